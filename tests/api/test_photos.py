"""Photos over HTTP: what is taken and what is refused, who sees them, what the assistant says, where they end up."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.support.desk import Desk
from tests.support.photos import data_url, not_photos, photo
from tests.support.postgres import running_postgres
from tests.support.server import Server

PHOTO = "/web/photo"


def send(desk: Desk, sender: str, data: bytes, text: str = "", **metadata: Any) -> httpx.Response:
    return desk.post({"sender": sender, "message": text, "metadata": {"image": data_url(data), **metadata}})


def told(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return "\n".join(reply.get("text", "") for reply in answer.json())


def lines(desk: Desk, conversation_id: str) -> list[dict[str, Any]]:
    """The customer's lines, oldest first."""
    said = desk.items(f"/api/conversations/{conversation_id}/messages")
    return [line for line in reversed(said) if line["speaker"] == "customer"]


def only_ticket(desk: Desk, conversation_id: str) -> dict[str, Any]:
    (ticket,) = desk.items("/api/tickets", conversation_id=conversation_id)
    return ticket


def opened(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    return Image.open(BytesIO(answer.content))


# --- the REST channel ----------------------------------------------------------------------------------------------------
def test_a_bare_photo_is_a_message_that_staff_can_see(desk: Desk, sender: str) -> None:
    answer = send(desk, sender, photo((4000, 1000)))
    assert "照片收到了" in told(answer) and "什么事" in told(answer)
    titles = [button["title"] for reply in answer.json() for button in reply.get("buttons", [])]
    assert titles == ["报表数", "报修", "投诉或索赔"]
    (line,) = lines(desk, f"rest:{sender}")
    assert line["text"] == "[照片]" and len(line["attachments"]) == 1
    for role in ("agent", "supervisor", "admin", "integration"):
        seen = opened(desk.get(f"/api/attachments/{line['attachments'][0]}", role))
        assert seen.size == (2000, 500) and not seen.getexif()


def test_words_beside_a_photo_decide(desk: Desk, sender: str) -> None:
    said = told(send(desk, sender, photo(), "家里停电了"))
    assert "照片收到了" in said and "地址" in said
    (line,) = lines(desk, f"rest:{sender}")
    assert line["text"] == "家里停电了" and line["attachments"]


def test_a_repeat_is_answered_and_done_once(desk: Desk, sender: str) -> None:
    first, again = (send(desk, sender, photo(), message_id="m-1") for _ in range(2))
    assert first.json() == again.json() != []
    assert len(lines(desk, f"rest:{sender}")) == 1


def test_the_same_photo_twice_is_kept_once(desk: Desk, sender: str) -> None:
    for _ in range(2):
        told(send(desk, sender, photo()))
    told(send(desk, sender, photo(colour="blue")))
    one, same, other = (line["attachments"][0] for line in lines(desk, f"rest:{sender}"))
    assert one == same != other


def test_written_down_first_and_answered_later(desk: Desk, sender: str) -> None:
    body = {"sender": sender, "message": "", "metadata": {"image": data_url(photo()), "message_id": "later"}}
    accepted = desk.post(body, Prefer="respond-async")
    assert (accepted.status_code, accepted.json()) == (202, [])
    assert lines(desk, f"rest:{sender}")[0]["attachments"], "in the same transaction as the words"
    for _ in range(100):
        answer = desk.post(body, Prefer="respond-async")
        if answer.status_code == 200:
            break
    assert "照片收到了" in told(answer)
    assert len(lines(desk, f"rest:{sender}")) == 1


@pytest.mark.parametrize("what", not_photos())
def test_what_is_no_photo_is_refused_kindly_and_kept_nowhere(desk: Desk, sender: str, what: str) -> None:
    before = desk.rows()
    (reply,) = send(desk, sender, not_photos()[what]).json()
    assert "照片" in reply["text"] and reply["custom"] == {"recorded": False}
    assert desk.rows() == before


def test_a_bad_photo_does_not_silence_danger(desk: Desk, sender: str) -> None:
    said = told(send(desk, sender, b"no photo", "阳光花园5号楼有煤气味"))
    assert "不是照片" in said and "打开门窗" in said
    assert only_ticket(desk, f"rest:{sender}")["kind"] == "emergency"
    assert "attachments" not in lines(desk, f"rest:{sender}")[0]


@pytest.mark.parametrize(
    "image",
    [
        "https://example.cn/a.jpg",
        "",
        5,
        ["data:image/jpeg;base64,AAAA"],
        {"url": "x"},
        "data:text/html;base64,AAAA",
        "data:image/jpeg;base64,%%%",
        "data:image/jpeg;base64,AAA",
        "data:image/jpeg,AAAA",
        "data:image/jpeg;base64," + "照片",
    ],
)
def test_what_is_no_data_url_is_named(desk: Desk, sender: str, image: Any) -> None:
    before = desk.rows()
    answer = desk.post({"sender": sender, "message": "你好", "metadata": {"image": image}})
    assert answer.status_code == 422 and answer.json()["detail"].startswith("metadata.image ")
    assert desk.rows() == before


def test_too_large_is_refused_in_words(desk: Desk, sender: str) -> None:
    before = desk.rows()
    assert "最大8兆" in told(send(desk, sender, photo() + b"\0" * 8 * 2**20))
    answer = send(desk, sender, b"\0" * 20 * 2**20)
    assert answer.status_code == 413 and answer.text
    assert desk.rows() == before


def test_without_a_photo_everything_is_as_before(desk: Desk, sender: str) -> None:
    answer = desk.post({"sender": sender, "message": "你好", "metadata": {"image": None, "shop": {"x": [1]}}})
    assert "您好" in told(answer)
    assert "attachments" not in lines(desk, f"rest:{sender}")[0]
    assert "没收到内容" in told(desk.post({"sender": sender, "message": "", "metadata": {"image": None}}))


# --- the talk ------------------------------------------------------------------------------------------------------------
def test_in_a_form_it_is_kept_with_the_matter_and_the_question_stands(desk: Desk, sender: str) -> None:
    desk.server.say(sender, "家里停电了")
    said = told(send(desk, sender, photo()))
    assert "照片收到了" in said and "用文字" in said and "地址" in said
    desk.server.say(sender, "阳光花园5号楼2单元501，昨晚八点，电话13812345678")
    desk.server.say(sender, "对")
    ticket, (line,) = only_ticket(desk, f"rest:{sender}"), lines(desk, f"rest:{sender}")[1:2]
    assert ticket["attachments"] == line["attachments"] != []
    assert desk.page(f"/api/tickets/{ticket['number']}")["attachments"] == line["attachments"]
    assert "[照片]" not in ticket["description"]


def test_after_the_ticket_it_joins_it(desk: Desk, sender: str) -> None:
    number = desk.leave_a_suggestion(sender)[0]["number"]
    said = told(send(desk, sender, photo()))
    assert number in said and "附到" in said
    assert only_ticket(desk, f"rest:{sender}")["attachments"] == lines(desk, f"rest:{sender}")[-1]["attachments"]


def test_a_photo_of_danger_goes_to_the_ticket_of_danger(desk: Desk, sender: str) -> None:
    desk.server.say(sender, "阳光花园5号楼有煤气味")
    told(send(desk, sender, photo()))
    told(send(desk, sender, photo(colour="blue"), "煤气味越来越大了"))
    photos = [token for line in lines(desk, f"rest:{sender}") for token in line.get("attachments", [])]
    assert only_ticket(desk, f"rest:{sender}")["attachments"] == photos and len(photos) == 2


@pytest.mark.parametrize(("button", "next_word"), [("报表数", "户号"), ("报修", "哪一项"), ("投诉或索赔", "具体说说")])
def test_the_offered_answers_lead_on(desk: Desk, sender: str, button: str, next_word: str) -> None:
    replies = send(desk, sender, photo()).json()
    (payload,) = [b["payload"] for reply in replies for b in reply.get("buttons", []) if b["title"] == button]
    assert next_word in desk.server.text(sender, payload)


def test_typed_words_that_look_like_a_photo_are_only_words(desk: Desk, sender: str) -> None:
    assert "照片收到了" not in desk.server.text(sender, "[照片]")


# --- the web chat --------------------------------------------------------------------------------------------------------
def visitor(desk: Desk) -> str:
    return str(desk.post({}, "/web/visitor").raise_for_status().json()["token"])


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "image/jpeg", **more}


def upload(desk: Desk, token: str, data: bytes) -> httpx.Response:
    return desk.http.post(PHOTO, content=data, headers=bearer(token))


def speak(desk: Desk, token: str, photos: list[str], text: str = "", message_id: str = "") -> list[dict[str, Any]]:
    body = {"token": token, "text": text, "attachments": photos, "message_id": message_id or uuid.uuid4().hex}
    return desk.post(body, "/web/messages").raise_for_status().json()  # type: ignore[no-any-return]


def test_a_visitors_photo_is_uploaded_named_and_seen_again(desk: Desk) -> None:
    token = visitor(desk)
    kept = upload(desk, token, photo((300, 200)))
    assert kept.status_code == 201 and (kept.json()["width"], kept.json()["height"]) == (300, 200)
    assert upload(desk, token, photo((300, 200))).json() == kept.json(), "the same one is there already"
    replies = speak(desk, token, [kept.json()["id"]])
    assert "照片收到了" in replies[0]["text"]
    tail = desk.http.get("/web/lines", headers=bearer(token)).json()["lines"]
    assert (tail[0]["text"], tail[0]["attachments"]) == ("[照片]", [kept.json()["id"]])
    assert opened(desk.http.get(f"{PHOTO}/{kept.json()['id']}", headers=bearer(token))).size == (300, 200)
    (line,) = lines(desk, f"web:{replies[0]['recipient_id']}")
    assert line["attachments"] == [kept.json()["id"]]


def test_nobody_else_sees_it(desk: Desk) -> None:
    token = visitor(desk)
    name = upload(desk, token, photo()).json()["id"]
    for headers, code in ((bearer(visitor(desk)), 404), (bearer("forged"), 401), ({}, 401), (desk.headers(), 401)):
        assert desk.http.get(f"{PHOTO}/{name}", headers=headers).status_code == code
    assert desk.http.get(f"/api/attachments/{name}", headers=bearer(token)).status_code == 401
    assert desk.http.get(f"/api/attachments/{name}").status_code == 401
    for odd in ("nobody", "%00", "x" * 65, "照片"):
        assert desk.get(f"/api/attachments/{odd}").status_code in (404, 422)
        assert desk.http.get(f"{PHOTO}/{odd}", headers=bearer(token)).status_code in (404, 422)


def test_a_strangers_photo_cannot_be_named(desk: Desk) -> None:
    theirs = upload(desk, visitor(desk), photo()).json()["id"]
    mine = visitor(desk)
    (reply,) = speak(desk, mine, [theirs])
    assert "重新发" in reply["text"] and reply["custom"] == {"recorded": False}
    replies = speak(desk, mine, [theirs], "你好")
    assert "attachments" not in lines(desk, f"web:{replies[0]['recipient_id']}")[0]


def test_a_message_repeated_is_one_line(desk: Desk) -> None:
    token = visitor(desk)
    name = upload(desk, token, photo()).json()["id"]
    one, two = (speak(desk, token, [name], message_id="m-1") for _ in range(2))
    assert one == two and len(lines(desk, f"web:{one[0]['recipient_id']}")) == 1


@pytest.mark.parametrize("what", not_photos())
def test_an_upload_that_is_no_photo_is_refused_with_a_reason(desk: Desk, what: str) -> None:
    answer = upload(desk, visitor(desk), not_photos()[what])
    assert answer.status_code == 422 and "照片" in answer.json()["detail"]


def test_an_upload_that_is_too_large_is_not_read_to_its_end(desk: Desk) -> None:
    token = visitor(desk)
    for too_much in (8 * 2**20 + 1, 12 * 2**20):
        answer = upload(desk, token, b"\xff" * too_much)
        assert answer.status_code == 413 and "最大8兆" in answer.json()["detail"]

    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b"\xff" * 2**16

    answer = desk.http.post(PHOTO, content=endless(), headers=bearer(token))
    assert answer.status_code == 413 and answer.json()["detail"]


def test_an_upload_needs_a_visitor_and_our_own_page(desk: Desk) -> None:
    assert upload(desk, "forged", photo()).status_code == 401
    assert desk.http.post(PHOTO, content=photo()).status_code == 401
    foreign = bearer(visitor(desk), Origin="https://evil.example")
    assert desk.http.post(PHOTO, content=photo(), headers=foreign).status_code == 403


def test_uploads_are_counted_like_messages(desk: Desk) -> None:
    token = visitor(desk)
    codes = [upload(desk, token, b"x").status_code for _ in range(25)]
    assert codes == [422] * 20 + [429] * 5


@pytest.mark.parametrize("attachments", ["x", [5], [None], ["x" * 65], ["x"] * 5, None])
def test_odd_names_are_refused(desk: Desk, attachments: Any) -> None:
    body = {"token": visitor(desk), "text": "你好", "attachments": attachments}
    assert desk.post(body, "/web/messages").status_code == 422


# --- PostgreSQL, and a day's limit -----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def strict_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A service on PostgreSQL that takes two photos a day from a conversation."""
    for cluster in running_postgres():
        folder, address = tmp_path_factory.mktemp("photos"), cluster.create("photos")
        server = Server(folder, DATABASE_URL=address, PHOTOS_PER_DAY="2").start()
        yield Desk(server)
        server.stop()


def test_on_postgresql_photos_come_back_byte_by_byte(strict_desk: Desk, sender: str) -> None:
    told(send(strict_desk, sender, photo(), "我家电表坏了"))
    (line,) = lines(strict_desk, f"rest:{sender}")
    one, again = (strict_desk.get(f"/api/attachments/{line['attachments'][0]}").content for _ in range(2))
    assert one == again and opened(strict_desk.get(f"/api/attachments/{line['attachments'][0]}")).size == (640, 480)


def test_the_third_photo_of_a_day_is_refused_and_its_words_are_heard(strict_desk: Desk, sender: str) -> None:
    for colour in ("red", "blue"):
        assert "照片收到了" in told(send(strict_desk, sender, photo(colour=colour)))
    (reply,) = send(strict_desk, sender, photo(colour="green")).json()
    assert "最多2张" in reply["text"] and reply["custom"] == {"recorded": False}
    said = told(send(strict_desk, sender, photo(colour="green"), "我家停水了"))
    assert "最多2张" in said and "地址" in said
    assert "照片收到了" in told(send(strict_desk, sender, photo(colour="red"))), "a known one is no new one"
    assert ["attachments" in line for line in lines(strict_desk, f"rest:{sender}")] == [True, True, False, True]


def test_the_same_upload_at_once_is_one_photo(strict_desk: Desk) -> None:
    token = visitor(strict_desk)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: upload(strict_desk, token, photo()), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_reset_of_the_demo_forgets_photos_too(strict_desk: Desk, sender: str) -> None:
    told(send(strict_desk, sender, photo()))
    strict_desk.leave_a_suggestion(sender)
    (token,) = only_ticket(strict_desk, f"rest:{sender}")["attachments"]
    strict_desk.server.reset()
    assert strict_desk.get(f"/api/attachments/{token}").status_code == 404
