"""Who may do what: every operation of the API, every role; and how often somebody may try to sign in."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from kefu.privacy.masking import mask_name
from tests.api.feeding import Feed, fresh
from tests.support.desk import Desk

ROLES = ("agent", "supervisor", "admin", "integration")
EVERYBODY, FEEDS, PLANS = "agent supervisor admin integration", "admin integration", "supervisor admin integration"
# A new operation needs a line here: who may, on purpose.
MAY = {
    "GET /api/accounts": EVERYBODY,
    "POST /api/accounts": FEEDS,
    "PUT /api/accounts": FEEDS,
    "GET /api/accounts/{number}": EVERYBODY,
    "PUT /api/accounts/{number}": FEEDS,
    "GET /api/accounts/{number}/bills": EVERYBODY,
    "GET /api/accounts/{number}/meters": EVERYBODY,
    "GET /api/accounts/{number}/payments": EVERYBODY,
    "GET /api/accounts/{number}/readings": EVERYBODY,
    "PUT /api/meters/{number}": FEEDS,
    "POST /api/readings": FEEDS,
    "GET /api/bills": EVERYBODY,
    "POST /api/bills": FEEDS,
    "GET /api/bills/{number}": EVERYBODY,
    "PATCH /api/bills/{number}": FEEDS,
    "POST /api/bills/preview": FEEDS,
    "POST /api/bills/{number}/correction": FEEDS,
    "POST /api/payments": FEEDS,
    "PATCH /api/payments/{payment_id}": FEEDS,
    "GET /api/invoices": EVERYBODY,
    "PATCH /api/invoices/{invoice_id}": EVERYBODY,
    "GET /api/tariffs": EVERYBODY,
    "GET /api/tariffs/{tariff}": EVERYBODY,
    "PUT /api/tariffs/{tariff}": FEEDS,
    "GET /api/areas": EVERYBODY,
    "POST /api/areas": FEEDS,
    "PUT /api/areas": FEEDS,
    "GET /api/areas/{code}": EVERYBODY,
    "PUT /api/areas/{code}": FEEDS,
    "DELETE /api/areas/{code}": FEEDS,
    "GET /api/incidents": EVERYBODY,
    "POST /api/incidents": FEEDS,
    "GET /api/incidents/{number}": EVERYBODY,
    "PATCH /api/incidents/{number}": PLANS,
    "GET /api/incidents/{number}/reports": EVERYBODY,
    "POST /api/incidents/{number}/split": PLANS,
    "POST /api/incidents/{number}/merge": PLANS,
    "GET /api/interruptions": EVERYBODY,
    "POST /api/interruptions": FEEDS,
    "GET /api/interruptions/{number}": EVERYBODY,
    "PATCH /api/interruptions/{number}": FEEDS,
    "GET /api/halls": EVERYBODY,
    "GET /api/halls/{name}": EVERYBODY,
    "PUT /api/halls/{name}": FEEDS,
    "GET /api/places": EVERYBODY,
    "GET /api/places/{code}": EVERYBODY,
    "PUT /api/places/{code}": FEEDS,
    "GET /api/calendar": EVERYBODY,
    "GET /api/staff": PLANS,
    "GET /api/staff-messages": EVERYBODY,
    "PATCH /api/staff-messages/{message_id}": EVERYBODY,
    "PUT /api/staff/{username}": FEEDS,
    "GET /api/tickets": EVERYBODY,
    "POST /api/tickets": EVERYBODY,
    "GET /api/tickets/{number}": EVERYBODY,
    "PATCH /api/tickets/{number}": EVERYBODY,
    "POST /api/tickets/{number}/notes": EVERYBODY,
    "POST /api/tickets/{number}/steps": EVERYBODY,
    "POST /api/tickets/{number}/relief": "supervisor admin",
    "GET /api/complaints/repeats": "supervisor admin",
    "GET /api/complaints/remedies": "supervisor admin",
    "POST /api/complaints/remedies": "supervisor admin",
    "PATCH /api/complaints/remedies/{remedy_id}": "supervisor admin",
    "GET /api/tickets/{number}/related": EVERYBODY,
    "POST /api/tickets/{number}/assign": "agent supervisor admin",
    "POST /api/tickets/{number}/return": "agent supervisor admin",
    "POST /api/tickets/{number}/finish": "agent supervisor admin",
    "POST /api/tickets/{number}/merge": "agent supervisor admin",
    "POST /api/tickets/{number}/split": "agent supervisor admin",
    "GET /api/categories": EVERYBODY,
    "GET /api/units": EVERYBODY,
    "POST /api/tickets/{number}/survey": "agent supervisor admin",
    "POST /api/tickets/{number}/verify": EVERYBODY,
    "GET /api/callbacks": EVERYBODY,
    "POST /api/callbacks": EVERYBODY,
    "GET /api/callbacks/agenda": EVERYBODY,
    "GET /api/callbacks/{callback_id}": EVERYBODY,
    "POST /api/callbacks/{callback_id}/attempts": EVERYBODY,
    "PATCH /api/callbacks/{callback_id}": EVERYBODY,
    "GET /api/callback-slots": EVERYBODY,
    "PUT /api/callback-slots": PLANS,
    "GET /api/surveys": PLANS,
    "GET /api/reports": PLANS,
    "GET /api/reports/{name}": PLANS,
    "GET /api/reports/{name}.xlsx": PLANS,
    "GET /api/subscriptions": EVERYBODY,
    "GET /api/notices": EVERYBODY,
    "GET /api/jobs": "supervisor admin",
    "POST /api/jobs/{job_id}/retry": "supervisor admin",
    "GET /api/exports": "supervisor admin",
    "POST /api/exports/{export_id}/retry": "supervisor admin",
    "GET /api/handoffs": EVERYBODY,
    "GET /api/handoffs/{handoff_id}": EVERYBODY,
    "PATCH /api/handoffs/{handoff_id}": "agent supervisor admin",
    "POST /api/handoffs/{handoff_id}/messages": "agent supervisor admin",
    "GET /api/conversations": EVERYBODY,
    "GET /api/conversations/{conversation_id}": EVERYBODY,
    "GET /api/conversations/{conversation_id}/messages": EVERYBODY,
    "GET /api/attachments/{token}": EVERYBODY,
}
PLACES = dict.fromkeys(("callback_id", "remedy_id", "payment_id", "handoff_id", "invoice_id"), "2147483647")
PLACES = dict.fromkeys(("callback_id", "payment_id", "handoff_id", "invoice_id", "message_id"), "2147483647")


# --- roles ---------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def guarded(desk: Desk) -> list[str]:
    """Every operation behind a token, as the service describes itself."""
    paths = desk.http.get("/openapi.json").json()["paths"]
    found = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    return sorted(op for op in found if " /api/" in op and " /api/session" not in op and " /api/demo" not in op)


def knock(desk: Desk, operation: str, role: str | None) -> httpx.Response:
    """An attempt without effect: nobody of that name, nothing in the body."""
    method, path = operation.split()
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        path = path.replace("{" + name + "}", PLACES.get(name, "nobody-0"))
    body = None if method == "GET" else {}
    return desk.http.request(method, path, json=body, headers=desk.headers(role) if role else {})


def test_every_operation_has_its_line(guarded: list[str]) -> None:
    missing, gone = set(guarded) - set(MAY), set(MAY) - set(guarded)
    assert (missing, gone) == (set(), set())


@pytest.mark.parametrize("operation", MAY)
def test_each_role_may_what_it_should(desk: Desk, operation: str) -> None:
    assert knock(desk, operation, None).status_code == 401
    for role in ROLES:
        answer = knock(desk, operation, role)
        if role in MAY[operation].split():
            assert answer.status_code in (200, 404, 422), (role, answer.text)
        else:
            assert answer.status_code == 403, (role, answer.text)
            assert role in answer.json()["detail"] and "不能" in answer.json()["detail"]


def test_refusals_have_no_effect(desk: Desk) -> None:
    before = desk.rows()
    for operation in MAY:
        for role in ROLES:
            knock(desk, operation, role)
    assert desk.rows() == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳娜娜", "欧***"),
        ("云江百货有限公司", "云***"),
        ("李", "李*"),
        ("", ""),
        (None, None),
    ],
)
def test_names(name: str | None, shown: str | None) -> None:
    assert mask_name(name) == shown


# --- signing in ----------------------------------------------------------------------------------------------------------
class Visitor:
    """Somebody at an address of their own (all of 127.0.0.0/8 is this machine)."""

    def __init__(self, desk: Desk) -> None:
        parts = uuid.uuid4().bytes
        address = f"127.{parts[0] % 200 + 10}.{parts[1]}.{parts[2] % 250 + 1}"
        self.http = httpx.Client(
            base_url=desk.server.url, transport=httpx.HTTPTransport(verify=False, local_address=address)
        )

    def sign_in(self, username: str, password: str) -> httpx.Response:
        return self.http.post("/api/session", json={"username": username, "password": password}, timeout=60)


@pytest.fixture
def visitor(desk: Desk) -> Iterator[Callable[[], Visitor]]:
    made: list[Visitor] = []

    def make() -> Visitor:
        made.append(Visitor(desk))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


@pytest.fixture
def colleague(desk: Desk) -> str:
    """Somebody whose name may be locked."""
    username = fresh("u")
    body = {"name": "新来的", "employee_number": fresh("YJ"), "role": "agent", "password": "a good password"}
    Feed(desk).ok("PUT", f"/api/staff/{username}", body)
    return username


def test_ten_wrong_passwords_lock_a_name_everywhere(colleague: str, visitor: Callable[[], Visitor]) -> None:
    office = visitor()
    assert [office.sign_in(colleague, "wrong").status_code for _ in range(10)] == [401] * 10
    for place in (office, visitor()):
        refused = place.sign_in(colleague, "a good password")
        assert refused.status_code == 429 and "15分钟" in refused.json()["detail"]
        assert 0 < int(refused.headers["retry-after"]) <= 900
    assert office.sign_in("agent4", "agent4-demo").status_code == 200


def test_a_right_password_forgives_the_wrong_ones(colleague: str, visitor: Callable[[], Visitor]) -> None:
    office = visitor()
    for _ in range(2):
        assert [office.sign_in(colleague, "wrong").status_code for _ in range(9)] == [401] * 9
        assert office.sign_in(colleague, "a good password").status_code == 200


def test_an_address_is_locked_after_fifty(visitor: Callable[[], Visitor]) -> None:
    office, home = visitor(), visitor()
    codes = [office.sign_in(f"nobody-{n}", "wrong").status_code for n in range(51)]
    assert codes == [401] * 50 + [429]
    assert office.sign_in("agent4", "agent4-demo").status_code == 429
    assert home.sign_in("agent4", "agent4-demo").status_code == 200


# --- strangers' bodies ---------------------------------------------------------------------------------------------------
ODD: list[Any] = [None, [], {}, "", 0, -1, 1e300, True, [None], [[]], {"a": {}}, "\ud83d", "x" * 5000, "\u0000"]


@pytest.mark.parametrize("operation", [op for op in MAY if not op.startswith("GET") and "integration" in MAY[op]])
def test_odd_bodies_are_refused_in_words(desk: Desk, operation: str) -> None:
    method, path = operation.split()
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        path = path.replace("{" + name + "}", PLACES.get(name, "0000000000"))
    contents = [json.dumps(body).encode("ascii") for body in ODD] + [b"", b"{", b"\xff", b'{"amount": NaN}']
    before = desk.rows()
    for content in contents:
        headers = desk.headers("integration") | {"Content-Type": "application/json"}
        answer = desk.http.request(method, path, content=content, headers=headers)
        assert answer.status_code in (400, 404, 422), (content[:40], answer.text)
        assert answer.json()["detail"]
    assert desk.rows() == before
