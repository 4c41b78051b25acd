"""The staff API: who may come in, what each role sees, and lists that can be walked to the end."""

from __future__ import annotations

import random
import re
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.desk import Desk

TICKET = (
    "number kind service category priority status address account_number phone conversation_id incident created_at "
    "due_at history grade description staff symptom links grade_reasons desk demand anonymous"
)
CALLBACK = "id number phone window_start window_end status ticket conversation_id desk"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
LISTS = ("/api/tickets", "/api/callbacks", "/api/conversations")
PHONES = {"supervisor", "integration", "admin"}
FIELDS = ["username", "password", "token", "text", "message_id", "conversation_id", "channel", "account_number"]
NOT_BUILT = {"GET": "/console /socket.io/ /wechat /nowhere", "POST": "/wechat /hotline/overflow /hotline/turn /nowhere"}


@pytest.fixture
def talk(desk: Desk, sender: str) -> str:
    """A conversation that has caused three tickets with a callback each."""
    desk.server.say(sender, "你好")
    for tail in "678":
        cause(desk, sender, f"1381234567{tail}")
    return sender


def cause(desk: Desk, sender: str, phone: str = "13812345678") -> None:
    """A ticket with a callback, as the assistant would have made them for that conversation."""
    body = {"kind": "enquiry", "category": "ask_person", "conversation_id": sender, "phone": phone}
    body["description"] = f"我要找人工，电话{phone}"
    ticket = desk.http.post("/api/tickets", json=body, headers=desk.headers()).raise_for_status().json()
    call_back(desk, ticket["number"], phone)


def call_back(desk: Desk, ticket: str, phone: str) -> None:
    start = datetime.fromisoformat("2032-01-01T09:00:00+08:00") + timedelta(minutes=random.randrange(10**7))
    window = {"window_start": start.isoformat(), "window_end": (start + timedelta(minutes=30)).isoformat()}
    call = {"phone": phone, "reason": f"回电{phone}", "ticket": ticket, **window}
    desk.http.post("/api/callbacks", json=call, headers=desk.headers()).raise_for_status()


def session_for(desk: Desk, username: str, password: str) -> httpx.Response:
    return desk.post({"username": username, "password": password}, "/api/session")


def somewhere(desk: Desk) -> httpx.Client:
    """An address of its own on this machine, so that failed tries do not add up to a lock (test_roles.py)."""
    address = ".".join(["127", *(str(random.randrange(1, 255)) for _ in range(3))])
    transport = httpx.HTTPTransport(verify=False, local_address=address)
    return httpx.Client(base_url=desk.server.url, transport=transport, timeout=60)


def stranger(http: httpx.Client, username: str) -> httpx.Response:
    return http.post("/api/session", json={"username": username, "password": "wrong"})


# --- signing in --------------------------------------------------------------------------------------------------------
def test_every_demo_login_opens_a_session(desk: Desk) -> None:
    logins = desk.server.demo()["logins"]
    assert {"agent", "supervisor", "admin", "integration"} <= {login["role"] for login in logins}
    for login in logins:
        given = session_for(desk, login["username"], login["password"]).raise_for_status().json()
        assert given["role"] == login["role"] and TIME.fullmatch(given["expires_at"])
        assert desk.http.get("/api/tickets", headers={"Authorization": f"Bearer {given['token']}"}).status_code == 200


def test_a_wrong_name_and_a_wrong_password_look_the_same(desk: Desk) -> None:
    with somewhere(desk) as http:
        answers = [stranger(http, "agent2"), stranger(http, "nobody")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json() != {}
    shown = [{k: v for k, v in answer.headers.items() if k != "date"} for answer in answers]
    assert shown[0] == shown[1]


def test_a_wrong_name_takes_as_long_as_a_wrong_password(desk: Desk) -> None:
    def seconds(name: str) -> float:
        started = time.perf_counter()
        assert stranger(http, name).status_code == 401
        return time.perf_counter() - started

    with somewhere(desk) as http:
        pairs = [(seconds("agent2"), seconds("nobody")) for _ in range(7)]
    known, unknown = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert 1 / 3 < known / unknown < 3, (known, unknown)


@pytest.mark.parametrize(
    "body",
    [{}, {"username": "agent1"}, {"username": "", "password": "x"}, {"username": "agent1", "password": None}, [], "x"]
    + [{"username": "x" * 41, "password": "x"}, {"username": "\ud83d", "password": "x"}],
    ids=repr,
)
def test_half_a_sign_in_is_refused_without_repeating_it(desk: Desk, body: Any) -> None:
    answer = desk.post(body, "/api/session")
    assert answer.status_code == 422 and answer.json()["errors"][0]["reason"]
    assert "agent1" not in answer.text


@pytest.mark.parametrize("name", ["AGENT1", " agent1", "agent1\0", "agent1'--", "１"])
def test_names_are_taken_exactly(desk: Desk, name: str) -> None:
    assert session_for(desk, name, "agent1-demo").status_code == 401


def test_strangers_at_the_door_do_not_hold_up_customers(desk: Desk, sender: str) -> None:
    """Checking a password is slow on purpose; it must not keep the database to itself meanwhile."""
    stop = threading.Event()
    places = [somewhere(desk) for _ in range(40)]

    def guess() -> None:
        while not stop.is_set():
            assert stranger(random.choice(places), uuid.uuid4().hex).status_code == 401

    with ThreadPoolExecutor(8) as strangers:
        for _ in range(8):
            strangers.submit(guess)
        try:
            for _ in range(15):
                desk.post({"sender": sender, "message": "你好"}).raise_for_status()
        finally:
            stop.set()
    for place in places:
        place.close()
    assert len(desk.lines(f"rest:{sender}", "customer")) == 15, "some words were not recorded"


# --- the token -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("given", ["", "Bearer", "Bearer garbage", "Basic YWdlbnQxOng=", "Bearer é", "Bearer a b"])
def test_without_a_good_token_every_address_is_closed(desk: Desk, given: str) -> None:
    headers = {"Authorization": given.encode()} if given else {}
    for path in (*LISTS, "/api/tickets/x", "/api/conversations/x", "/api/conversations/x/messages"):
        answer = desk.http.get(path, headers=headers)
        assert answer.status_code == 401, path
        assert "/api/session" in answer.json()["detail"]
        assert answer.headers["www-authenticate"] == "Bearer"


def test_an_altered_token_is_refused(desk: Desk) -> None:
    token = desk.headers("agent")["Authorization"].split()[1]
    for altered in (token[:-1], token + "x", token.swapcase(), token[::-1]):
        answer = desk.http.get("/api/tickets", headers={"Authorization": f"Bearer {altered}"})
        assert answer.status_code == 401


def test_every_operation_of_the_api_needs_a_token_but_for_signing_in_and_the_demo(desk: Desk) -> None:
    for path, method, operation in operations(desk):
        inside = path.startswith("/api/") and not path.startswith(("/api/session", "/api/demo"))
        assert bool(operation.get("security")) == inside, (method, path)


# --- what is shown -------------------------------------------------------------------------------------------------------
def test_tickets_and_callbacks_have_what_the_contract_names(desk: Desk, talk: str) -> None:
    for ticket in desk.items("/api/tickets", conversation_id=talk):
        assert set(TICKET.split()) <= set(ticket)
        assert ticket["kind"] == "enquiry" and ticket["status"] == "new" and ticket["priority"] == "normal"
        assert ticket["conversation_id"] == f"rest:{talk}"
        assert desk.get(f"/api/tickets/{ticket['number']}").json() == ticket
    for callback in desk.items("/api/callbacks", conversation_id=talk):
        assert set(CALLBACK.split()) <= set(callback)
        assert callback["window_start"] < callback["window_end"]
    tickets = [ticket["number"] for ticket in desk.items("/api/tickets", conversation_id=talk)]
    assert [callback["ticket"] for callback in desk.items("/api/callbacks", conversation_id=talk)] == tickets


def times(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every value whose key says that it is a time."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from times(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from times(inner, key)
    elif value is not None and (key.endswith("_at") or key in ("at", "window_start", "window_end")):
        yield key, value


def test_times_are_shanghai_times(desk: Desk, talk: str) -> None:
    shown = [desk.items(path, conversation_id=talk) for path in ("/api/tickets", "/api/callbacks")]
    shown += [desk.get(f"/api/conversations/{talk}").json(), desk.items(f"/api/conversations/{talk}/messages")]
    found = list(times(shown))
    assert {"created_at", "due_at", "at", "window_start", "last_at", "first_word_at"} <= {key for key, _ in found}
    assert [pair for pair in found if not TIME.fullmatch(pair[1])] == []


def test_the_transcript_has_both_sides(desk: Desk, talk: str) -> None:
    lines = desk.items(f"/api/conversations/{talk}/messages")
    assert {line["speaker"] for line in lines} == {"customer", "assistant"}
    assert lines[-1]["text"] == "你好" and lines[-1]["speaker"] == "customer"
    assert [line["id"] for line in lines] == sorted((line["id"] for line in lines), reverse=True)


@pytest.mark.parametrize("role", ["agent", "supervisor", "admin", "integration"])
def test_phones_are_masked_but_for_roles_that_may_see_them(desk: Desk, talk: str, role: str) -> None:
    tails = ("8", "7", "6")
    wanted = [f"1381234567{t}" if role in PHONES else f"138****567{t}" for t in tails]
    for path in ("/api/tickets", "/api/callbacks"):
        found = desk.items(path, role, conversation_id=talk)
        assert [item["phone"] for item in found] == wanted
        key = "number" if path == "/api/tickets" else "id"
        assert [desk.get(f"{path}/{item[key]}", role).json()["phone"] for item in found] == wanted


@pytest.fixture
def corrected(desk: Desk, sender: str) -> str:
    """A talk that left a ticket with a callback, and whose phone was then put right."""
    desk.server.say(sender, "你好")
    cause(desk, sender)
    desk.server.say(sender, "13987654321")
    return sender


@pytest.mark.parametrize("role", ["agent", "supervisor", "admin", "integration"])
def test_a_corrected_phone_is_masked_in_the_history_too(desk: Desk, corrected: str, role: str) -> None:
    newest = desk.items("/api/tickets", role, conversation_id=corrected)[0]
    wanted = ["13812345678", "13987654321"] if role in PHONES else ["138****5678", "139****4321"]
    assert newest["phone"] == wanted[1]
    changes = [entry["changes"]["phone"] for entry in newest["history"] if "phone" in entry["changes"]]
    assert changes == [wanted]


def test_an_agent_reads_no_phone_in_the_words_of_a_ticket_either(desk: Desk, talk: str) -> None:
    """A phone masked in one field and written out in the next is not masked."""
    for path in ("/api/tickets", "/api/callbacks"):
        for item in desk.items(path, "agent", conversation_id=talk):
            shown = [*item.values(), *(entry["note"] for entry in item.get("history", []))]
            assert not [text for text in shown if isinstance(text, str) and re.search(r"1[3-9]\d{9}", text)]


def test_a_corrected_phone_reaches_the_callback_too(desk: Desk, corrected: str) -> None:
    """Who corrects the number wants to be called there."""
    ticket = desk.items("/api/tickets", conversation_id=corrected)[0]
    callback = desk.items("/api/callbacks", conversation_id=corrected)[0]
    assert (callback["ticket"], callback["phone"]) == (ticket["number"], ticket["phone"])


# --- lists ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", LISTS)
def test_lists_have_their_shape(desk: Desk, talk: str, path: str) -> None:
    page = desk.page(path, limit=1)
    assert set(page) == {"items", "total", "next"}
    assert len(page["items"]) == 1 and page["total"] >= 1
    assert page["next"] is None or page["next"].startswith(path)


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
def test_paging_walks_everything_exactly_once_newest_first(desk: Desk, talk: str, limit: int) -> None:
    for path in ("/api/tickets", "/api/callbacks"):
        whole = desk.items(path, conversation_id=talk)
        walked = desk.walk(path, conversation_id=talk, limit=limit)
        assert walked == whole and len(whole) == 3
        created = [item["created_at"] for item in walked]
        assert created == sorted(created, reverse=True)
        assert len({item["number"] for item in walked}) == 3
    messages = f"/api/conversations/{talk}/messages"
    assert desk.walk(messages, limit=limit) == desk.items(messages)


def test_total_counts_what_the_filter_leaves_not_the_page(desk: Desk, talk: str) -> None:
    first = desk.page("/api/tickets", conversation_id=talk, limit=1)
    second = desk.page(first["next"])
    assert (first["total"], second["total"]) == (3, 3)
    assert "limit=1" in first["next"] and "conversation_id" in first["next"]


def test_conversations_are_walked_exactly_once(desk: Desk, new_sender: Callable[[], str]) -> None:
    senders = [new_sender() for _ in range(4)]
    for sender in senders:
        desk.server.say(sender, "你好")
    ids = [item["id"] for item in desk.walk("/api/conversations", limit=2)]
    assert len(ids) == len(set(ids)) == desk.page("/api/conversations", limit=1)["total"]
    assert [i for i in ids if i.removeprefix("rest:") in senders] == [f"rest:{s}" for s in reversed(senders)]


@pytest.mark.parametrize("path", LISTS)
def test_what_comes_in_while_paging_neither_repeats_nor_hides(
    desk: Desk, new_sender: Callable[[], str], path: str
) -> None:
    def happens() -> None:
        someone = new_sender()
        desk.server.say(someone, "你好")
        cause(desk, someone)

    for _ in range(4):
        happens()
    name = "id" if path == "/api/conversations" else "number"
    before = [item[name] for item in desk.items(path)][:4]
    first = desk.page(path, limit=2)
    happens()
    second = desk.page(first["next"])
    assert [item[name] for item in first["items"] + second["items"]] == before


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=501", "limit=x", "before=0", "before=-5", "before=x", "kind=fire", "service=steam"]
    + ["status=done", "priority=urgent", "account_number=" + "1" * 21, "conversation_id=" + "x" * 121],
)
def test_a_wrong_parameter_is_named(desk: Desk, query: str) -> None:
    answer = desk.get(f"/api/tickets?{query}")
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert f"query.{query.split('=')[0]}" in [error["where"] for error in errors]
    assert all(re.search("[一-龥]", error["reason"]) for error in errors), errors


HUGE = "9" * 30


@pytest.mark.parametrize("path", [f"/api/tickets?before={HUGE}", f"/api/callbacks?before={HUGE}"])
def test_a_number_beyond_any_database_is_no_crash(desk: Desk, path: str) -> None:
    assert desk.get(path).status_code in (200, 422)


@pytest.mark.parametrize("query", [f"offset={HUGE}", f"limit={HUGE}", f"before={HUGE}", "limit=-1&offset=-1"])
def test_conversations_survive_any_number(desk: Desk, query: str) -> None:
    assert desk.get(f"/api/conversations?{query}").status_code in (200, 422)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=130)
STRANGE = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@STRANGE
@given(
    path=st.sampled_from(LISTS),
    name=st.sampled_from(
        ["limit", "before", "offset", "conversation_id", "kind", "service", "status", "priority", "account_number", "x"]
    ),
    value=TEXTS | st.integers().map(str),
)
def test_any_parameter_is_answered_or_refused(desk: Desk, path: str, name: str, value: str) -> None:
    answer = desk.get(path, **{name: value})
    assert answer.status_code in (200, 409, 422)
    assert answer.status_code == 200 or answer.json()["detail"]


@STRANGE
@given(
    door=st.sampled_from(["/api/tickets/", "/api/conversations/"]), name=TEXTS, rest=st.sampled_from(["", "/messages"])
)
def test_any_name_is_found_or_not(desk: Desk, door: str, name: str, rest: str) -> None:
    assert desk.get(door + quote(name, safe="") + rest).status_code in (200, 307, 404, 409)


@STRANGE
@given(
    door=st.sampled_from(["/api/session", "/web/visitor", "/web/messages", "/api/demo/sign-in"]),
    body=st.recursive(
        st.none() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
        lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner) | st.lists(inner, max_size=2),
        max_leaves=4,
    ),
)
def test_any_body_at_any_door_is_no_crash(desk: Desk, door: str, body: Any) -> None:
    answer = desk.post(body, door)
    assert answer.status_code in (200, 401, 404, 422) or answer.json()["detail"]
    assert answer.status_code < 500


# --- filters -------------------------------------------------------------------------------------------------------------
def test_filters_leave_only_what_fits(desk: Desk, talk: str, new_sender: Callable[[], str]) -> None:
    danger = new_sender()
    desk.server.say(danger, "阳光花园5号楼2单元501煤气味很大")
    desk.server.say(danger, "阳光花园5号楼2单元501")
    for name, value in (("kind", "emergency"), ("priority", "emergency"), ("service", "gas")):
        found = desk.items("/api/tickets", **{name: value})
        assert {ticket[name] for ticket in found} == {value}
        assert f"rest:{danger}" in {ticket["conversation_id"] for ticket in found}
        assert f"rest:{talk}" not in {ticket["conversation_id"] for ticket in found}
    both = {"conversation_id": danger, "status": "new"}
    assert len(desk.items("/api/tickets", **both)) == 1
    assert desk.items("/api/tickets", **both, kind="complaint") == []
    assert desk.items("/api/tickets", account_number="0000000000") == []


def test_bare_sender_and_full_id_are_the_same(desk: Desk, talk: str) -> None:
    for path in ("/api/tickets", "/api/callbacks"):
        bare, full = (desk.items(path, conversation_id=name) for name in (talk, f"rest:{talk}"))
        assert bare == full != []
    assert desk.get(f"/api/conversations/{talk}").json() == desk.get(f"/api/conversations/rest:{talk}").json()
    assert desk.lines(talk) == desk.lines(f"rest:{talk}") != []


def test_another_channels_full_id_is_another_conversation(desk: Desk, talk: str) -> None:
    for channel in ("web", "wechat", "socketio", "hotline"):
        assert desk.items("/api/tickets", conversation_id=f"{channel}:{talk}") == []
        assert desk.get(f"/api/conversations/{channel}:{talk}").status_code == 404


def test_an_unknown_sender_has_caused_nothing(desk: Desk, sender: str) -> None:
    for path in ("/api/tickets", "/api/callbacks"):
        assert desk.page(path, conversation_id=sender) == {"items": [], "total": 0, "next": None}
    for path in (f"/api/conversations/{sender}", f"/api/conversations/{sender}/messages"):
        answer = desk.get(path)
        assert answer.status_code == 404 and sender in answer.json()["detail"]


def test_a_sender_two_channels_know_must_be_named_in_full(desk: Desk) -> None:
    token = desk.post({}, "/web/visitor").json()["token"]
    name = desk.post({"token": token, "text": "你好"}, "/web/messages").json()[0]["recipient_id"]
    assert desk.get(f"/api/conversations/{name}").json()["id"] == f"web:{name}"
    desk.server.say(name, "你好")
    for path in (
        f"/api/tickets?conversation_id={name}",
        f"/api/conversations/{name}",
        f"/api/callbacks?conversation_id={name}",
    ):
        answer = desk.get(path)
        assert answer.status_code == 409
        assert re.search(f"(rest|web):{name}", answer.json()["detail"])
    assert {desk.get(f"/api/conversations/{c}:{name}").status_code for c in ("rest", "web")} == {200}


@pytest.mark.parametrize("sign", ["张三", "a b", "a?b", "a#b", "a&b", "a+b", "a=b", "a'b", "a:b", "%41", "a/b"])
def test_any_senders_transcript_can_be_walked(desk: Desk, sender: str, sign: str) -> None:
    name = f"{sender}{sign}"
    for text in ("你好", "谢谢"):
        desk.post({"sender": name, "message": text})
    path = f"/api/conversations/{quote(f'rest:{name}', safe='')}"
    assert desk.get(path).json().get("id") == f"rest:{name}"
    said = [line["text"] for line in desk.walk(f"{path}/messages", limit=1) if line["speaker"] == "customer"]
    assert said == ["谢谢", "你好"]
    assert desk.page("/api/tickets", conversation_id=name)["total"] == 0


# --- what does not exist ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", ["BX2611220001-0", "nope", "%00", "1", "张", "BX2611220001-0%20"])
def test_an_unknown_ticket_is_404_with_a_reason(desk: Desk, number: str) -> None:
    answer = desk.get(f"/api/tickets/{number}")
    assert answer.status_code == 404 and "没有工单" in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path"), [(m, p) for m, paths in NOT_BUILT.items() for p in paths.split()])
def test_what_is_not_built_yet_is_404(desk: Desk, method: str, path: str) -> None:
    """Whoever builds one takes it off the list."""
    answer = desk.http.request(method, path, headers=desk.headers("integration"))
    assert answer.status_code == 404 and answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/conversations", "/api/surveys", "/api/halls"])
def test_a_list_is_not_written_to(desk: Desk, path: str) -> None:
    assert desk.http.post(path, headers=desk.headers("agent"), json={}).status_code == 405


# --- the description -----------------------------------------------------------------------------------------------------
def operations(desk: Desk) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in desk.http.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_operation_says_what_it_does(desk: Desk) -> None:
    found = list(operations(desk))
    ids = [operation["operationId"] for _, _, operation in found]
    assert len(ids) == len(set(ids)) >= 10
    for path, method, operation in found:
        summary = operation.get("summary", "")
        assert len(summary) > 5 and operation.get("tags"), (method, path)
        named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)(?::\w+)?}", path))
        assert operation["responses"]


def test_the_description_is_valid(desk: Desk) -> None:
    described = desk.http.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1") and described["info"]["title"] and described["info"]["version"]
    schemas = described["components"]["schemas"]
    for reference in references(described):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        resolver = jsonschema.RefResolver("", described)
        for sample in schema.get("examples", []):
            jsonschema.Draft202012Validator(schema, resolver=resolver).validate(sample)
        assert schema.get("properties") or schema.get("enum"), name


def test_a_named_account_stays_silent_through_a_second_danger(desk: Desk, sender: str) -> None:
    """Danger at a mere account number, then another kind of danger, then a corrected building: no address comes out."""
    account = desk.http.get("/api/demo").json()["situations"]["normal"]
    said = ""
    for text in (f"家里煤气味很大，户号{account['account_number']}", "13912345678", "电表箱也着火了", "不对，是9号楼"):
        replies = desk.post({"sender": sender, "message": text}).json()
        said += "\n".join(reply.get("text", "") for reply in replies)
    road = account["address"].split("号")[0]
    assert road not in said and account["room"] not in said
