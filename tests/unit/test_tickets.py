"""Tickets: numbers that cannot be mistyped, moves that are allowed, and a history that forgets nothing."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kefu.clock import clock, parse_local
from kefu.company.data import CompanyData
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.intake.service import report_emergency, report_fault
from kefu.tickets import ending
from kefu.tickets import service as tickets
from kefu.tickets.models import Counter, Ticket
from kefu.tickets.numbers import check_digit, is_valid, next_number
from kefu.tickets.service import PREFIXES, NotAllowed, Report

SetClock = Callable[[str | None], None]
STATES = ("new", "assigned", "in_progress", "waiting", "resolved", "closed", "cancelled")
# Written out by hand from what people do with a ticket: at work in any order, resolved → reopened or closed,
# closed → reopened, cancelled for good.
ALLOWED = {
    "new": {"assigned", "in_progress", "waiting", "resolved", "closed", "cancelled"},
    "assigned": {"in_progress", "waiting", "resolved", "closed", "cancelled"},
    "in_progress": {"assigned", "waiting", "resolved", "closed", "cancelled"},
    "waiting": {"assigned", "in_progress", "resolved", "closed", "cancelled"},
    "resolved": {"in_progress", "closed"},
    "closed": {"in_progress"},
    "cancelled": set(),
}
SIGNS = string.digits + string.ascii_uppercase


def a_report(**more: Any) -> Report:
    given = {"kind": "fault", "category": "report_outage", "description": "家里停电了", "service": "electricity"}
    given |= {"conversation_id": "rest:anna", "address": "阳光花园5号楼2单元501"}
    return Report(first_word_at=clock.now(), **(given | more))


def opened(session: Session, company: CompanyData, **more: Any) -> Ticket:
    ticket, _ = tickets.open_ticket(session, company, a_report(**more), "customer")
    return ticket


def history(session: Session, ticket: Ticket) -> list[tuple[str, str, str, dict[str, Any]]]:
    session.flush()
    session.refresh(ticket, ["history"])
    return [(entry.actor, entry.action, entry.note, entry.changes) for entry in ticket.history]


# --- numbers -----------------------------------------------------------------------------------------------------------
WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in string.digits}


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Some as they are given out: every prefix, several days, counters small and large."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('numbers') / 'numbers.db'}")
    migrate(database)
    given = []
    with database.write() as session:
        for day, (prefix, counter) in enumerate(
            zip([*PREFIXES.values(), "HD"], (0, 1, 41, 998, 1233, 5554, 7777, 9997), strict=True)
        ):
            clock.set(parse_local(f"2026-{day + 5:02}-{day * 3 + 1:02}T12:00"))
            next_number(session, prefix)
            newest = session.query(Counter).order_by(Counter.key.desc()).filter(Counter.key.startswith(prefix)).first()
            assert newest is not None
            newest.value = counter
            given.append(next_number(session, prefix))
    clock.set(None)
    yield given
    database.dispose()


def counted(number: str) -> tuple[str, int]:
    """What a number is made of: prefix with day, and the counter. Fails when it is no number of ours."""
    assert is_valid(number)
    body, _, check = number.partition("-")
    assert body[:2].isalpha() and body[2:].isdigit() and check == check_digit(body)
    return body[:8], int(body[8:])


def missed(number: str, position: int, signs: str) -> list[str]:
    """The wrong numbers at one position that would be believed."""
    wrong = [number[:position] + sign + number[position + 1 :] for sign in signs if sign != number[position]]
    return [altered for altered in wrong if is_valid(altered)]


def test_the_check_digit_finds_every_wrong_digit(numbers: list[str]) -> None:
    for number in numbers:
        digits = [position for position, sign in enumerate(number) if sign.isdigit()]
        assert [m for position in digits for m in missed(number, position, string.digits)] == []


def test_the_check_digit_finds_every_single_wrong_character(numbers: list[str]) -> None:
    """Letters for letters, letters for digits, anything for the dash: exhaustively."""
    for number in numbers:
        assert [m for position in range(len(number)) for m in missed(number, position, SIGNS + "-")] == []


def test_a_missing_or_an_extra_character_is_found(numbers: list[str]) -> None:
    for number in numbers:
        shorter = [number[:position] + number[position + 1 :] for position in range(len(number))]
        longer = [number[:p] + sign + number[p:] for p in range(len(number) + 1) for sign in SIGNS + "- "]
        assert [altered for altered in shorter + longer if is_valid(altered)] == []


@pytest.mark.parametrize(
    "change",
    [str.lower, lambda n: n.replace("-", ""), lambda n: f" {n}", lambda n: n.translate(WIDE), lambda n: n + "\n"],
    ids=["lower case", "no dash", "a space", "wide digits", "a line break"],
)
def test_only_the_canonical_form_is_valid(numbers: list[str], change: Callable[[str], str]) -> None:
    assert [number for number in numbers if is_valid(change(number))] == []


@given(
    st.text(max_size=20) | st.text(st.characters(categories=["L", "N"]), min_size=12, max_size=12).map("{}-1".format)
)
def test_any_text_can_be_asked_about(text: str) -> None:
    assert is_valid(text) in (True, False)


def test_numbers_name_the_shanghai_day_and_count_up(database: Database, set_clock: SetClock) -> None:
    given = []
    for moment, prefix in (("09T23:59:30", "BX"), ("09T23:59:40", "QX"), ("10T00:00:30", "BX"), ("09T12:00", "BX")):
        set_clock(f"2026-12-{moment}")
        with database.write() as session:
            given.append(counted(next_number(session, prefix)))
    assert given == [("BX261209", 1), ("QX261209", 1), ("BX261210", 1), ("BX261209", 2)]


def test_numbers_never_repeat_whoever_asks_at_once(database: Database) -> None:
    def ask(_: int) -> str:
        with database.write() as session:
            return next_number(session, "BX")

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(ask, range(80)))
    assert sorted(counted(number)[1] for number in given) == list(range(1, 81))


def test_a_number_of_a_failed_transaction_was_never_given(database: Database) -> None:
    given = []
    with pytest.raises(RuntimeError), database.write() as session:
        next_number(session, "BX")
        raise RuntimeError
    for _ in range(2):
        with database.write() as session:
            given.append(next_number(session, "BX"))
    assert len(set(given)) == 2


def test_the_ten_thousandth_of_a_day_is_a_number_like_any_other(database: Database) -> None:
    """A storm over a whole city: nobody may be given a number that we then call wrong."""
    with database.write() as session:
        first = next_number(session, "BX")
        session.get_one(Counter, first[:8]).value = 9998
        given = [next_number(session, "BX") for _ in range(3)]
    assert [number for number in given if not is_valid(number)] == []
    assert [number[8:12] for number in given] == ["9999", "0000", "0001"] and len({n[:12] for n in given}) == 3


# --- made --------------------------------------------------------------------------------------------------------------
def test_a_new_ticket_has_its_number_promise_and_first_entry(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket, due = tickets.open_ticket(session, company, a_report(area_class="urban"), "customer")
        assert is_valid(ticket.number) and ticket.number.startswith("BX")
        assert (ticket.status, ticket.priority, ticket.closed_at) == ("new", "normal", None)
        assert ticket.due_at == due.due_at == ticket.first_word_at + timedelta(minutes=45)
        assert due.says in ticket.due_source and due.source in ticket.due_source
        assert history(session, ticket) == [("customer", "created", "家里停电了", {})]


@pytest.mark.parametrize("kind", sorted(PREFIXES))
def test_every_kind_has_a_prefix_of_its_own(database: Database, company: CompanyData, kind: str) -> None:
    with database.write() as session:
        assert is_valid(opened(session, company, kind=kind).number)
    assert len(set(PREFIXES.values())) == len(PREFIXES)


# --- moves -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("before", STATES)
def test_moves(database: Database, company: CompanyData, before: str, status: str) -> None:
    with database.write() as session:
        ticket = opened(session, company)
        ticket.status = before
        if status in ALLOWED[before]:
            tickets.move(session, company, ticket, "agent1", status, "因为")
            assert ticket.status == status
            assert (ticket.closed_at is not None) == (status in ("closed", "cancelled"))
            assert history(session, ticket)[-1] == ("agent1", "status", "因为", {"status": [before, status]})
        else:
            with pytest.raises(NotAllowed, match=ticket.number):
                tickets.move(session, company, ticket, "agent1", status)
            assert ticket.status == before and len(history(session, ticket)) == 1


def test_an_unknown_state_is_not_allowed(database: Database, company: CompanyData) -> None:
    with database.write() as session, pytest.raises(NotAllowed):
        tickets.move(session, company, opened(session, company), "agent1", "lost")


def test_reopening_forgets_the_closing_time_not_the_history(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = opened(session, company)
        for status in ("resolved", "closed", "in_progress"):
            tickets.move(session, company, ticket, "agent1", status)
        assert ticket.closed_at is None
        assert [changes["status"][1] for _, _, _, changes in history(session, ticket)[1:]] == [
            "resolved",
            "closed",
            "in_progress",
        ]


def test_a_customer_may_withdraw(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = opened(session, company)
        ending.cancel(session, company, ticket, "customer", "来电了，不用来了")
        assert (ticket.status, ticket.closed_at is None) == ("cancelled", False)
        assert history(session, ticket)[-1][2] == "来电了，不用来了"
        with pytest.raises(NotAllowed):
            ending.cancel(session, company, ticket, "customer", "再撤一次")


@pytest.mark.parametrize("status", [state for state in STATES if state != "cancelled"])
def test_an_emergency_cannot_be_waved_away(database: Database, company: CompanyData, status: str) -> None:
    with database.write() as session:
        ticket = report_emergency(session, company, a_report(kind="emergency", category="report_emergency")).ticket
        assert ticket.priority == "emergency"
        ticket.status = status
        with pytest.raises(NotAllowed):
            ending.cancel(session, company, ticket, "customer", "没事了")
        assert ticket.status == status


# --- added to ------------------------------------------------------------------------------------------------------------
def test_urging_counts_and_changes_nothing_else(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket, other = opened(session, company), opened(session, company, address="别处")
        before = (ticket.status, ticket.priority, ticket.due_at)
        assert [tickets.urge(session, ticket, "customer", f"快点{n}") for n in range(3)] == [1, 2, 3]
        assert tickets.urge(session, other, "customer", "快点") == 1
        tickets.supplement(session, ticket, "customer", "门口有狗")
        assert tickets.urge(session, ticket, "agent1", "客户又催") == 4
        assert (ticket.status, ticket.priority, ticket.due_at) == before
        assert [action for _, action, _, _ in history(session, ticket)] == [
            "created",
            *["urge"] * 3,
            "supplement",
            "urge",
        ]


def test_a_correction_records_old_and_new(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = opened(session, company, phone="13812345678")
        fields = {"phone": "13987654321", "address": "阳光花园6号楼1单元101", "address_parts": {"building": "6号楼"}}
        changes = tickets.correct(session, company, ticket, "customer", "是6号楼", **fields)
        assert changes == {
            "phone": ["13812345678", "13987654321"],
            "address": ["阳光花园5号楼2单元501", "阳光花园6号楼1单元101"],
            "address_parts": [{}, {"building": "6号楼"}],
        }
        assert history(session, ticket)[-1] == ("customer", "correct", "是6号楼", changes)
        assert (ticket.phone, ticket.address) == (fields["phone"], fields["address"])


def test_a_correction_that_changes_nothing_leaves_no_trace(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = opened(session, company, phone="13812345678")
        assert tickets.correct(session, company, ticket, "customer", "是的", phone="13812345678", address=None) == {}
        assert len(history(session, ticket)) == 1


def test_the_history_survives_in_order(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        number = opened(session, company).number
    for words in ("一", "二", "三"):
        with database.write() as session:
            tickets.supplement(session, find(session, number), "customer", words)
    with database.read() as session:
        assert [entry.note for entry in find(session, number).history] == ["家里停电了", "一", "二", "三"]


def find(session: Session, number: str) -> Ticket:
    return session.query(Ticket).filter_by(number=number).one()


# --- never made twice ----------------------------------------------------------------------------------------------------
SAME = {
    "conversation_id": "rest:anna",
    "category": "report_outage",
    "service": "electricity",
    "address": "阳光花园5号楼2单元501",
}


def same(session: Session, **more: Any) -> Ticket | None:
    return tickets.same_open_matter(session, **{**SAME, **more})


def test_the_same_open_matter_is_found(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        assert same(session) is None
        ticket = opened(session, company)
        assert same(session) is ticket
        for other in (
            {"conversation_id": "rest:boris"},
            {"category": "report_quality"},
            {"address": "别处"},
            {"address": None},
        ):
            assert same(session, **other) is None


@pytest.mark.parametrize("status", STATES)
def test_only_an_open_ticket_is_the_same_matter(database: Database, company: CompanyData, status: str) -> None:
    with database.write() as session:
        opened(session, company).status = status
        session.flush()
        assert (same(session) is None) == (status in ("closed", "cancelled"))


def test_after_a_day_it_is_a_new_matter(database: Database, company: CompanyData, set_clock: SetClock) -> None:
    set_clock("2026-12-09T10:00")
    with database.write() as session:
        ticket = opened(session, company)
        set_clock("2026-12-10T09:59")
        assert same(session) is ticket
        set_clock("2026-12-10T10:01")
        assert same(session) is None


def test_a_matter_without_a_place_is_found_again(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        ticket = opened(session, company, address=None)
        assert same(session, address=None) is ticket


def test_a_fault_reported_again_joins_its_ticket(database: Database, company: CompanyData) -> None:
    with database.write() as session:
        first = report_fault(session, company, a_report())
        again = report_fault(session, company, a_report(description="还没来电"))
        assert not first.already and again.already and again.ticket is first.ticket
        assert history(session, first.ticket)[-1][1:3] == ("supplement", "还没来电")


def test_a_fault_reported_again_joins_its_ticket_though_another_service_failed_since(
    database: Database, company: CompanyData
) -> None:
    """Electricity, then water at the same place, then electricity once more: two tickets, not three."""
    with database.write() as session:
        power = report_fault(session, company, a_report())
        water = report_fault(session, company, a_report(service="water", description="水也停了"))
        again = report_fault(session, company, a_report(description="还没来电"))
        assert not water.already and water.ticket is not power.ticket
        assert again.already and again.ticket is power.ticket
