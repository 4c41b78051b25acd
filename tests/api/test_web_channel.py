"""The web chat over HTTP: its pages and files, the visitor's token, and that nobody reaches another visitor's conversation."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from kefu.company.data import CompanyData
from kefu.settings import INSECURE_SECRET
from tests.support.desk import Desk

MESSAGES = "/web/messages"


class Page(HTMLParser):
    """What a page consists of: tags with their attributes, and the title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.title, self._inside = "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        self.title += data if self._inside == "title" else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def visitor(desk: Desk) -> tuple[str, str]:
    """A new visitor's token, and the bare name of the conversation behind it."""
    token = desk.post({}, "/web/visitor").raise_for_status().json()["token"]
    return token, say(desk, token, "你好")[0]["recipient_id"]


def say(desk: Desk, token: str, text: str, **more: Any) -> list[dict[str, Any]]:
    answer = desk.post({"token": token, "text": text, **more}, MESSAGES)
    return answer.raise_for_status().json()  # type: ignore[no-any-return]


def test_danger_is_answered_and_a_person_called(desk: Desk) -> None:
    token, name = visitor(desk)
    say(desk, token, "家里煤气味好大")
    replies = say(desk, token, "阳光花园5号楼2单元501")
    assert any("96118" in reply["text"] for reply in replies)
    assert [row["priority"] for row in desk.items("/api/tickets", conversation_id=f"web:{name}")] == ["emergency"]
    assert [row["skill"] for row in desk.items("/api/handoffs", conversation_id=f"web:{name}")] == ["emergency"]


# --- pages ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/", "/privacy"])
def test_pages_are_whole_chinese_and_need_nothing_from_elsewhere(desk: Desk, path: str) -> None:
    answer = desk.http.get(path)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    page = Page(answer.text)
    assert page.all("html")[0]["lang"] == "zh-CN" and page.title.strip()
    assert any("width=device-width" in (meta.get("content") or "") for meta in page.all("meta"))
    assert all((script["src"] or "").startswith("/web/static/") for script in page.all("script"))
    assert not page.all("style") and not any("style" in tag or "onclick" in tag for _, tag in page.tags)
    assert not re.search(r"https?://|src=\"//|@import|{{|}}", answer.text)


def test_the_chat_page_can_be_used_without_eyes_or_mouse(desk: Desk) -> None:
    page = Page(desk.http.get("/").text)
    log = next(tag for _, tag in page.tags if tag.get("role") == "log")
    assert log["aria-live"] == "polite" and log["aria-label"]
    assert all(field.get("aria-label") for field in page.all("textarea"))
    assert len(page.all("form")) == len(page.all("main")) == len(page.all("h1")) == 1


def test_the_emergency_phone_can_be_called_before_any_script_runs(desk: Desk, company: CompanyData) -> None:
    links = Page(desk.http.get("/").text).all("a")
    assert any(link["href"] == f"tel:{company.company.hotline}" for link in links)


FILES = {
    "/web/static/chat.css": "text/css",
    "/web/static/chat.js": "text/javascript",
    "/web/static/icon.svg": "image/svg+xml",
    "/widget.js": "text/javascript",
}


@pytest.mark.parametrize(("path", "kind"), FILES.items())
def test_files_have_their_type_and_are_sent_once(desk: Desk, path: str, kind: str) -> None:
    answer = desk.http.get(path)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(kind)
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-cache"
    again = desk.http.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert desk.http.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_every_file_a_page_names_exists(desk: Desk) -> None:
    for path in ("/", "/privacy"):
        page = Page(desk.http.get(path).text)
        named = [tag.get("src") for tag in page.all("script")] + [tag.get("href") for tag in page.all("link")]
        assert named and all(desk.http.get(str(name)).status_code == 200 for name in named)


@pytest.mark.parametrize(
    "name", ["chat.html", "privacy.html", "nothing.js", "../routes.py", "..%2froutes.py", "%00", "."]
)
def test_nothing_else_is_served(desk: Desk, name: str) -> None:
    assert desk.http.get(f"/web/static/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/privacy"])
def test_a_page_runs_nothing_inline_and_nothing_foreign(desk: Desk, path: str) -> None:
    policy = desk.http.get(path).headers["content-security-policy"]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'self'" and parts["img-src"] == "'self' data:" and "unsafe" not in policy
    assert parts["connect-src"].startswith("'self' ws://127.0.0.1") and parts["frame-ancestors"] == "*"


def test_a_strange_host_does_not_reach_the_policy(desk: Desk) -> None:
    policy = desk.http.get("/", headers={"Host": "x; script-src *"}).headers["content-security-policy"]
    assert "script-src" not in policy


def test_the_privacy_page_names_who_to_ask(desk: Desk, company: CompanyData) -> None:
    text = desk.http.get("/privacy").text
    assert company.company.name in text and company.company.hotline in text


# --- the token -----------------------------------------------------------------------------------------------------------
def test_a_visitor_is_answered_and_recorded(desk: Desk) -> None:
    token, name = visitor(desk)
    assert say(desk, token, "谢谢")[0]["text"]
    assert desk.lines(f"web:{name}", "customer") == ["你好", "谢谢"]


@pytest.mark.parametrize("body", [{"text": "你好"}, {"token": None, "text": "你好"}, {"token": "", "text": "你好"}])
def test_without_a_token_nothing_is_heard(desk: Desk, body: dict[str, Any]) -> None:
    before = desk.rows()
    answer = desk.post(body, MESSAGES)
    assert answer.status_code in (401, 422) and answer.json()["detail"]
    assert desk.rows() == before


def forgeries(token: str, name: str) -> dict[str, str]:
    payload, signature = token.rsplit(".", 1)
    return {
        "only the name": name,
        "quoted name": f'"{name}"',
        "no signature": payload,
        "empty signature": payload + ".",
        "another signature": f"{payload}.{signature[::-1]}",
        "longer payload": f"{payload}x.{signature}",
        "another key": str(URLSafeSerializer("guess", salt="visitor").dumps(name)),
        "another purpose": str(URLSafeSerializer(INSECURE_SECRET, salt="staff").dumps(name)),
        "no salt": str(URLSafeSerializer(INSECURE_SECRET).dumps(name)),
    }


def test_a_forged_token_is_refused(desk: Desk) -> None:
    token, name = visitor(desk)
    before = desk.lines(f"web:{name}")
    for how, forged in forgeries(token, name).items():
        answer = desk.post({"token": forged, "text": "我要查进度"}, MESSAGES)
        assert answer.status_code == 401, how
        assert "令牌" in answer.json()["detail"]
    assert desk.lines(f"web:{name}") == before


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(st.characters(), max_size=220))
def test_any_token_is_refused_with_a_reason(desk: Desk, token: str) -> None:
    answer = desk.post({"token": token, "text": "你好"}, MESSAGES)
    assert answer.status_code in (401, 422) and answer.json()["detail"]


# --- one visitor and another -----------------------------------------------------------------------------------------------
def test_visitors_are_strangers_to_each_other(desk: Desk) -> None:
    (anna, anna_name), (boris, boris_name) = visitor(desk), visitor(desk)
    assert anna != boris and anna_name != boris_name
    say(desk, anna, "阳光花园5号楼楼下有煤气味，我电话13987654321")
    (ticket,) = desk.items("/api/tickets", conversation_id=f"web:{anna_name}")
    told = " ".join(reply.get("text", "") for reply in say(desk, boris, f"查一下工单{ticket['number']}的进度"))
    assert "13987654321" not in told and "已登记" not in told
    assert ticket["number"] not in [
        t["number"] for t in desk.items("/api/tickets", conversation_id=f"web:{boris_name}")
    ]


def test_a_visitors_words_need_a_staff_token_to_be_read(desk: Desk) -> None:
    token, name = visitor(desk)
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        answer = desk.http.get(f"/api/conversations/web:{name}/messages", headers=headers)
        assert answer.status_code == 401


def test_the_rest_channel_cannot_speak_for_a_visitor(desk: Desk) -> None:
    _, name = visitor(desk)
    before = desk.lines(f"web:{name}")
    for sender in (name, f"web:{name}"):
        desk.post({"sender": sender, "message": "查进度"})
    assert desk.lines(f"web:{name}") == before


def test_two_visitors_same_message_id_does_not_collide(desk: Desk) -> None:
    for token, name in (visitor(desk), visitor(desk)):
        say(desk, token, "谢谢", message_id="same")
        assert desk.lines(f"web:{name}", "customer") == ["你好", "谢谢"]


# --- other people's pages ------------------------------------------------------------------------------------------------
FOREIGN = ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_another_sites_page_cannot_speak_for_a_visitor(desk: Desk, origin: str) -> None:
    token, name = visitor(desk)
    for path, body in (("/web/visitor", {}), (MESSAGES, {"token": token, "text": "查进度"})):
        answer = desk.post(body, path, Origin=origin)
        assert answer.status_code == 403 and answer.json()["detail"]
    assert desk.lines(f"web:{name}", "customer") == ["你好"]


def test_our_own_page_may(desk: Desk) -> None:
    assert desk.post({}, "/web/visitor", Origin=desk.server.url).status_code == 200


# --- lines, for those whom no socket reaches -----------------------------------------------------------------------------
def tail(desk: Desk, token: str, after: int = 0) -> Any:
    answer = desk.http.get("/web/lines", params={"after": after}, headers={"Authorization": f"Bearer {token}"})
    return answer.raise_for_status().json()


def test_the_lines_are_the_visitors_own_and_only_the_new(desk: Desk) -> None:
    (anna, _), (boris, _) = visitor(desk), visitor(desk)
    first = tail(desk, anna)
    assert [line["speaker"] for line in first["lines"]][:2] == ["customer", "assistant"] and first[
        "owner"
    ] == "assistant"
    last = first["lines"][-1]["id"]
    assert tail(desk, anna, last)["lines"] == []
    say(desk, boris, "谢谢")
    assert tail(desk, anna, last)["lines"] == []
    say(desk, anna, "谢谢", message_id="m-9")
    (mine,) = [line for line in tail(desk, anna, last)["lines"] if line["speaker"] == "customer"]
    assert (mine["text"], mine["message_id"]) == ("谢谢", "m-9") and mine["at"].endswith("+08:00")


def test_who_knows_lines_that_are_gone_gets_them_anew(desk: Desk) -> None:
    token, _ = visitor(desk)
    known = tail(desk, token)["lines"]
    answer = tail(desk, token, known[-1]["id"] + 1000)
    assert answer["fresh"] and answer["lines"] == known


@pytest.mark.parametrize("token", ["0", "x", "Bearer"])
def test_lines_want_a_token(desk: Desk, token: str) -> None:
    assert desk.http.get("/web/lines", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_too_much_at_once_is_turned_away_unrecorded(desk: Desk) -> None:
    token, name = visitor(desk)
    answers = [desk.post({"token": token, "text": "谢谢"}, MESSAGES) for _ in range(21)]
    turned_away = [answer for answer in answers if answer.status_code == 429]
    assert turned_away and "太快" in turned_away[0].json()["detail"]
    assert len(desk.lines(f"web:{name}", "customer")) == 1 + len(answers) - len(turned_away)


# --- messages --------------------------------------------------------------------------------------------------------------
def test_a_repeat_gets_the_stored_replies(desk: Desk) -> None:
    token, name = visitor(desk)
    first = say(desk, token, "阳光花园5号楼楼下有煤气味", message_id="m-1")
    assert first == say(desk, token, "阳光花园5号楼楼下有煤气味", message_id="m-1") != []
    assert len(desk.lines(f"web:{name}", "customer")) == 2
    assert len(desk.items("/api/tickets", conversation_id=f"web:{name}")) == 1


@pytest.mark.parametrize(
    ("text", "kind"), [("", "empty"), (" \n", "empty"), ("\0", "empty"), ("字" * 2001, "too_long")]
)
def test_what_is_no_message_gets_a_kind_answer(desk: Desk, company: CompanyData, text: str, kind: str) -> None:
    token, name = visitor(desk)
    values = {"limit": 2000} if kind == "too_long" else {}
    (reply,) = say(desk, token, text)
    assert reply["text"] == company.text(kind, **values) and reply["custom"] == {"recorded": False}
    assert desk.lines(f"web:{name}", "customer") == ["你好"]


@pytest.mark.parametrize(
    "part", [{"text": None}, {"text": 5}, {"message_id": ""}, {"message_id": "x" * 121}, {"message_id": 5}]
)
def test_a_broken_message_is_refused_with_a_reason(desk: Desk, part: dict[str, Any]) -> None:
    token, name = visitor(desk)
    answer = desk.post({"token": token, "text": "谢谢", **part}, MESSAGES)
    assert answer.status_code == 422
    assert next(iter(part)) in answer.json()["errors"][0]["where"]
    assert desk.lines(f"web:{name}", "customer") == ["你好"]


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=100), message_id=st.text(st.characters(), max_size=130))
def test_any_words_under_any_id_are_answered(desk: Desk, company: CompanyData, text: str, message_id: str) -> None:
    token = desk.post({}, "/web/visitor").json()["token"]
    answer = desk.post({"token": token, "text": text, "message_id": message_id}, MESSAGES)
    if answer.status_code != 200:
        assert answer.status_code == 422 and answer.json()["errors"]
        return
    told = "\n".join(reply["text"] for reply in answer.json())
    assert told.strip() and company.text("turn_failed") not in told
