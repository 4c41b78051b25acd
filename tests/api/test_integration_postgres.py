"""A few of the writes on PostgreSQL: what only it refuses, and what only several writers at once can spoil."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from kefu.accounts.feed import put_accounts
from kefu.accounts.models import Account
from kefu.billing.grants import decide, grant
from kefu.billing.payments import find_payments
from kefu.billing.reconnection import state
from kefu.billing.relief import Wish
from kefu.billing.relief_rules import late_fees
from kefu.clock import clock
from kefu.company.data import load_company
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.feeding import FeedProblem
from kefu.imports.run import import_files
from kefu.network.areas.feed import put_area
from kefu.network.moves import hanging_at
from kefu.network.tree import network
from kefu.tickets.feed import held
from tests.api.feeding import Feed, a_bill, a_tariff, fresh
from tests.support import books
from tests.support.books import an_account
from tests.support.desk import Desk
from tests.support.postgres import Postgres, running_postgres
from tests.support.server import ROOT, Server

WRITERS = 8


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    yield from running_postgres()


@pytest.fixture(scope="module")
def own_desk(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    server = Server(tmp_path_factory.mktemp("postgres"), DATABASE_URL=postgres.create("feed")).start()
    yield Desk(server)
    server.stop()


@pytest.fixture(scope="module")
def feed(own_desk: Desk) -> Feed:
    return Feed(own_desk)


def at_once(feed: Feed, method: str, path: str, body: object) -> list[int]:
    with ThreadPoolExecutor(WRITERS) as pool:
        return sorted(pool.map(lambda _: feed.send(method, path, body).status_code, range(WRITERS)))


def test_the_books_of_an_account(feed: Feed, own_desk: Desk) -> None:
    account = feed.account(balance="-0.000001")
    bill = a_bill(account)
    feed.ok("POST", "/api/bills", [bill, a_bill(account, kind="correction", amount="0.10", lines=[
        {"kind": "x", "label": "x", "amount": "0.10"}])])  # fmt: skip
    reading = {"account_number": account, "read_on": "2026-09-30", "value": "123456789012.654321"}
    assert feed.ok("POST", "/api/readings", reading)["value"] == "123456789012.654321"
    payment = {"account_number": account, "bill": bill["number"], "amount": "125.24", "paid_at": "2026-10-05T10:20"}
    feed.ok("POST", "/api/payments", payment | {"channel": "微信", "reference": fresh("ZF")})
    shown = own_desk.items(f"/api/accounts/{account}/bills")
    assert [(item["sequence"], item["status"]) for item in shown] == [(1, "unpaid"), (0, "paid")]
    assert own_desk.walk(f"/api/accounts/{account}/bills", limit=1) == shown
    assert feed.ok("GET", f"/api/accounts/{account}")["balance"] == "-0.000001"
    assert feed.send("POST", "/api/bills", bill).status_code == 200
    feed.refused(409, "POST", "/api/bills", bill | {"usage": "1"})


def test_every_list_can_be_walked(own_desk: Desk) -> None:
    for path in ("accounts", "bills", "areas", "staff", "halls", "incidents", "interruptions", "callback-slots"):
        first = own_desk.page(f"/api/{path}", limit=2)
        second = own_desk.page(first["next"])["items"] if first["next"] else []
        assert not [item for item in second if item in first["items"]], path


def test_half_a_list_is_nothing(feed: Feed) -> None:
    good, account = feed.account(), fresh()
    rows = [{"number": account, "service": "gas", "holder": "王五", "address": "x"}] * 2
    rows[1] = rows[1] | {"number": fresh(), "area_code": "E-NONE"}
    feed.refused(422, "POST", "/api/accounts", rows)
    feed.refused(404, "GET", f"/api/accounts/{account}")
    feed.refused(422, "POST", "/api/bills", [a_bill(good), a_bill(good, amount=1)])
    assert feed.ok("GET", f"/api/accounts/{good}/bills")["total"] == 0


def test_a_ticket_and_its_moves(feed: Feed) -> None:
    made = feed.ticket(created_at="2026-03-02T10:30", account_number=feed.account())
    moved = feed.ok("PATCH", f"/api/tickets/{made['number']}", {"status": "closed", "at": "2026-03-02T11:00"})
    assert datetime.fromisoformat(moved["closed_at"]) > datetime.fromisoformat(made["created_at"])
    linked = feed.ticket(links=[{"ticket": made["number"], "relation": "same"}])
    assert linked["links"] == [{"ticket": made["number"], "relation": "same"}]


@pytest.mark.parametrize("text", ["%00", "a%00b", "%EF%BF%BF"])
def test_what_postgresql_cannot_hold_is_refused(feed: Feed, own_desk: Desk, text: str) -> None:
    for path in ("accounts", "bills", "tickets", "areas", "incidents", "interruptions", "halls", "conversations"):
        assert own_desk.get(f"/api/{path}/{text}").status_code in (404, 422), path
    for name in ("account_number", "conversation_id", "desk", "incident", "before"):
        assert own_desk.get(f"/api/tickets?{name}={text}").status_code in (200, 404, 422), name
    feed.refused(422, "POST", "/api/tickets", {"kind": "fault", "category": "x", "description": "a\0b"})


def test_the_same_at_once_is_written_once(feed: Feed) -> None:
    account = feed.account()
    assert at_once(feed, "POST", "/api/bills", a_bill(account)) == [200] * 7 + [201]
    payment = {"account_number": account, "amount": 1, "paid_at": "2026-10-05T10:20", "channel": "x"}
    assert at_once(feed, "POST", "/api/payments", payment | {"reference": fresh("ZF")}) == [200] * 7 + [201]
    meter = {"account_number": account, "kind": "smart"}
    assert at_once(feed, "PUT", f"/api/meters/N{account}", meter) == [200] * 7 + [201]
    for part, total in (("bills", 1), ("payments", 1), ("meters", 2)):
        assert feed.ok("GET", f"/api/accounts/{account}/{part}")["total"] == total
    number = fresh()
    codes = at_once(feed, "PUT", f"/api/accounts/{number}", {"service": "gas", "holder": "王五", "address": "x"})
    assert set(codes) <= {200, 201, 409} and codes.count(201) == 1


def test_a_bill_is_corrected_once(feed: Feed) -> None:
    account = feed.account(status="cut_off")
    bill = a_bill(account)
    feed.ok("POST", "/api/bills", bill)
    payment = {"account_number": account, "bill": bill["number"], "amount": "125.24", "paid_at": "2026-10-05T10:20"}
    feed.ok("POST", "/api/payments", payment | {"channel": "微信", "reference": fresh("ZF")})
    right = {
        "reason": "表数抄错",
        "usage": 100,
        "amount": "90",
        "lines": [{"kind": "tier", "label": "x", "amount": 90}],
    }
    assert at_once(feed, "POST", f"/api/bills/{bill['number']}/correction", right) == [200] * 7 + [201]
    assert feed.ok("GET", f"/api/accounts/{account}/bills")["total"] == 3
    assert feed.ok("GET", f"/api/accounts/{account}")["balance"] == "35.24"


def test_relief_is_granted_once_however_often_it_is_approved(postgres: Postgres) -> None:
    """The tables and queries of relief on PostgreSQL, and eight supervisors at once."""
    database, company = Database(postgres.create("relief")), load_company(ROOT / "company")
    migrate(database)
    with database.write() as session:
        account = an_account(session)
        bill = books.a_bill(session, account, "300", fee="30")
        books.paid(session, account, bill, "330")
        number = grant(session, company, account, Wish("waive_late_fee"), "rest:a", clock.now()).ticket.number

    def approve(_: int) -> None:
        with database.write() as session:
            decide(session, company, held(session, number), True, "supervisor1")

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(approve, range(WRITERS)))
    with database.write() as session:
        own = session.get_one(Account, account.number)
        assert own.balance == 30 and late_fees(session, own.number) == []
        assert find_payments(session, company, own)[0].state == "credited"
        books.a_bill(session, own, "300", back=2)
        plan = grant(session, company, own, Wish("instalments"), "rest:a", clock.now()).plan
        assert plan is not None and sum(part.amount for part in plan.parts) == 300
        assert state(session, company, own).kind == "not_cut_off"
    database.dispose()


def test_a_network_is_imported_and_moves_at_once_make_no_circle(postgres: Postgres, tmp_path: Path) -> None:
    """The statements of dates and bulk on PostgreSQL; eight writers, half of whom would close a circle."""
    database = Database(postgres.create("network"))
    migrate(database)
    areas = [f"{code},gas,regulator,{code},{above}" for code, above in (("x", "top"), ("y", "top"), ("top", ""))]
    accounts = [f"{number:08d},gas,张三,阳光花园{number % 9 + 1}号楼,x" for number in range(2_500)]
    (tmp_path / "areas.csv").write_text("\n".join(["code,service,kind,name,parent_code", *areas]), encoding="utf-8")
    header = "number,service,holder,address,area_code"
    (tmp_path / "accounts.csv").write_text("\n".join([header, *accounts]), encoding="utf-8")
    for new in (2_503, 0):
        outcome = import_files(database, sorted(tmp_path.glob("*.csv")), lambda words: None)
        assert outcome.refused == [] and sum(load.new for load in outcome.loads) == new

    def hang(turn: int) -> bool:
        code, above = ("x", "y") if turn % 2 else ("y", "x")
        row = {"service": "gas", "kind": "regulator", "name": code, "parent_code": above}
        try:
            with database.write() as session:
                put_area(session, code, row)
        except FeedProblem:
            return False
        return True

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sorted(pool.map(hang, range(WRITERS))) == [False] * 4 + [True] * 4
    with database.write() as session:
        same = {"service": "gas", "holder": "张三", "address": "x"}
        moved, closed = {"number": "00000001", "area_code": "y"}, {"number": "00000002", "status": "closed"}
        put_accounts(session, [same | moved, same | closed])
        now = network(session)
        right_at = {"x": 2_498, "y": 1}
        upper, lower = ("y", "x") if now.below("x", "y") else ("x", "y")
        assert now.homes == {"top": 2_499, upper: 2_499, lower: right_at[lower]}
        assert set(session.scalars(select(Account.number).where(hanging_at("y", clock.now())))) == {"00000001"}
    database.dispose()


def test_a_tariff_written_by_many_prices_a_bill_exactly(feed: Feed) -> None:
    tariff = fresh("t")
    body = a_tariff(tiers=[{"price": "0.1234567891"}], accumulates="none", rounding={"at": "total"})
    assert at_once(feed, "PUT", f"/api/tariffs/{tariff}", body) == [200] * 7 + [201]
    first_days = [body | {"valid_from": f"2026-09-{day:02d}"} for day in range(2, 2 + WRITERS)]
    with ThreadPoolExecutor(WRITERS) as pool:
        answers = pool.map(lambda row: feed.send("PUT", f"/api/tariffs/{tariff}", row).status_code, first_days)
        assert list(answers) == [201] * WRITERS
    rows = feed.ok("GET", f"/api/tariffs/{tariff}")["items"]
    assert [row["valid_to"] for row in rows] == [f"2026-09-{day:02d}" for day in range(1, 1 + WRITERS)] + [None]
    bill = a_bill(feed.account(), tariff=tariff, usage="100.000001")
    bill = {name: value for name, value in bill.items() if name not in ("lines", "amount")}
    would_be = feed.ok("POST", "/api/bills/preview", bill)
    assert at_once(feed, "POST", "/api/bills", bill) == [200] * 7 + [201]
    shown = feed.ok("GET", f"/api/bills/{bill['number']}")
    assert shown["amount"] == would_be["amount"] == "12.35"
    assert sum(Decimal(line["amount"]) for line in shown["lines"]) == Decimal("12.35") and len(shown["lines"]) == 10


def test_the_last_place_of_a_slot_is_given_once(feed: Feed) -> None:
    window = {"window_start": "2031-03-03T09:00+08:00", "window_end": "2031-03-03T09:30+08:00"}
    slot = {"starts_at": window["window_start"], "ends_at": window["window_end"], "capacity": 2}
    feed.ok("PUT", "/api/callback-slots", slot)
    body = {"phone": "13812345678", "reason": "x", **window}
    assert at_once(feed, "POST", "/api/callbacks", body) == [201] * 2 + [409] * 6


def test_one_move_of_a_ticket_wins(feed: Feed) -> None:
    number = feed.ticket()["number"]
    assert at_once(feed, "PATCH", f"/api/tickets/{number}", {"status": "cancelled"}) == [200] * WRITERS
    history = feed.ok("GET", f"/api/tickets/{number}")["history"]
    assert [entry["action"] for entry in history] == ["created", "status"]


def test_many_readers_and_writers_do_not_wait_for_each_other_for_ever(feed: Feed) -> None:
    """More requests at once than the pool has connections."""
    account = feed.account()
    with ThreadPoolExecutor(60) as pool:
        codes = pool.map(
            lambda _: feed.send("POST", "/api/bills", a_bill(account, kind="adjustment")).status_code, range(60)
        )
        assert set(codes) <= {201, 503}
