"""Codes by SMS, the rules: what opens an account, what never does, how often, and that nobody can tell accounts apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from kefu.accounts.codes import prove_by_code, request_code
from kefu.accounts.models import Account, IdentityCode
from kefu.accounts.proof import prove
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.db.session import Database
from kefu.sms.models import SmsMessage

OWN, OTHER, UNKNOWN, LANDLINE, PHONELESS = "1000000001", "1000000002", "1000000009", "1000000003", "1000000004"
PHONES = {OWN: "13800001111", OTHER: "13800002222", LANDLINE: "0600-8600201", PHONELESS: None}
SetClock = Callable[[str | None], None]


@pytest.fixture
def session(database: Database, set_clock: SetClock) -> Iterator[Session]:
    set_clock("2026-12-09T10:20")
    with database.write() as opened:
        for number, phone in PHONES.items():
            opened.add(
                Account(
                    number=number,
                    service="electricity",
                    holder="张三丰",
                    phone=phone,
                    address="某地",
                    created_at=clock.now(),
                )
            )
        opened.flush()
        yield opened


def texts(session: Session, number: str = OWN) -> list[str]:
    """The texts written for an account's phone, newest first."""
    query = select(SmsMessage.text).where(SmsMessage.phone == PHONES[number])
    return list(session.scalars(query.order_by(SmsMessage.id.desc())))


def code_in(text: str) -> str:
    found = re.search(r"验证码(\d{6})，", text)
    assert found is not None, text
    return found[1]


def later(set_clock: SetClock, minutes: float) -> None:
    set_clock((clock.now() + timedelta(minutes=minutes)).isoformat())


def test_the_code_opens_its_account_once(session: Session, company: CompanyData) -> None:
    assert request_code(session, company, "rest:a", OWN) is None
    code = code_in(texts(session)[0])
    assert prove_by_code(session, company, "rest:b", OWN, code).account is None
    assert prove_by_code(session, company, "rest:a", OTHER, code).account is None
    proved = prove_by_code(session, company, "rest:a", OWN, code).account
    assert proved is not None and proved.number == OWN
    assert prove_by_code(session, company, "rest:a", OWN, code).account is None


def test_nothing_readable_of_the_code_is_kept(session: Session, company: CompanyData) -> None:
    request_code(session, company, "rest:a", OWN)
    row = session.scalars(select(IdentityCode)).one()
    assert code_in(texts(session)[0]) not in row.digest and len(row.digest) == 64


def test_a_code_holds_minutes(session: Session, company: CompanyData, set_clock: SetClock) -> None:
    request_code(session, company, "rest:a", OWN)
    later(set_clock, company.identity.code.minutes + 0.1)
    assert prove_by_code(session, company, "rest:a", OWN, code_in(texts(session)[0])).account is None


def test_only_the_newest_code_holds(session: Session, company: CompanyData) -> None:
    request_code(session, company, "rest:a", OWN)
    request_code(session, company, "rest:a", OWN)
    new, old = map(code_in, texts(session))
    if new != old:
        assert prove_by_code(session, company, "rest:a", OWN, old).account is None
    assert prove_by_code(session, company, "rest:a", OWN, new).account is not None


def test_wrong_codes_pause_their_sender_and_count_with_wrong_digits(session: Session, company: CompanyData) -> None:
    request_code(session, company, "rest:a", OWN)
    prove(session, company, "rest:a", OWN, "0000")
    assert prove_by_code(session, company, "rest:a", OWN, "none").tries_left == company.identity.tries - 2
    assert prove_by_code(session, company, "rest:a", OWN, "none").paused_until is not None
    assert prove_by_code(session, company, "rest:a", OWN, code_in(texts(session)[0])).account is None
    assert request_code(session, company, "rest:a", OWN) is not None


def test_a_phone_is_not_flooded(session: Session, company: CompanyData, set_clock: SetClock) -> None:
    """Two days, four fresh senders every hour: what an hour and a day may bring, and no more."""
    rule, sent = company.identity.code, [0]
    for hour in range(48):
        for sender in range(4):
            request_code(session, company, f"web:{hour}-{sender}", OWN)
        sent.append(len(texts(session)))
        assert sent[-1] - sent[-2] <= rule.account_hour
        assert sent[-1] - sent[max(0, len(sent) - 25)] <= rule.account_day
        later(set_clock, 60.1)
    assert sent[-1] > rule.account_day  # and free again the next day


def test_a_sender_is_told_when_he_may_ask_again(session: Session, company: CompanyData, set_clock: SetClock) -> None:
    numbers = [OWN, UNKNOWN, LANDLINE, OTHER]
    waits = [request_code(session, company, "rest:a", number) for number in numbers]
    assert waits[: company.identity.code.sender_hour] == [None] * company.identity.code.sender_hour
    assert waits[-1] is not None and waits[-1] > clock.now()
    later(set_clock, 61)
    assert request_code(session, company, "rest:a", OWN) is None


def test_strangers_do_not_shut_out_the_holder(session: Session, company: CompanyData, set_clock: SetClock) -> None:
    """Wrong digits close that way, not the code; whoever was here before has both, and a code of his own."""
    assert prove(session, company, "web:holder", OWN, "1111").account is not None
    for sender in range(12):
        prove(session, company, f"web:{sender}", OWN, "0000")
    assert request_code(session, company, "web:new-device", OWN) is None
    assert prove_by_code(session, company, "web:new-device", OWN, code_in(texts(session)[0])).account is not None
    assert prove(session, company, "web:another", OWN, "1111").account is None
    assert prove(session, company, "web:holder", OWN, "1111").account is not None
    for sender in range(12):
        request_code(session, company, f"web:b{sender}", OWN)
    assert request_code(session, company, "web:holder", OWN) is None
    assert prove_by_code(session, company, "web:holder", OWN, code_in(texts(session)[0])).account is not None


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    """Every statement the database is given, in order."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_the_same_work_whatever_the_account(session: Session, company: CompanyData, statements: list[str]) -> None:
    """Known, unknown, without a phone, with a landline, blocked, out of codes: statement for statement the same."""
    for sender in range(6):
        prove(session, company, f"web:x{sender}", OTHER, "0000")
        request_code(session, company, f"web:y{sender}", OTHER)
    done = {}
    for number in (OWN, UNKNOWN, LANDLINE, PHONELESS, OTHER):
        session.expunge_all()
        statements.clear()
        request_code(session, company, f"web:{number}", number)
        asked = list(statements)
        statements.clear()
        prove_by_code(session, company, f"web:{number}", number, "none")
        prove(session, company, f"web:{number}", number, "none")
        done[number] = (asked, list(statements))
    for number, work in done.items():
        assert work == done[OWN], number
    void = session.scalar(select(func.count()).where(SmsMessage.status == "void"))
    assert void and len(texts(session, OTHER)) == company.identity.code.account_hour


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.one_of(st.text(max_size=12), st.text("0123456789 -", max_size=9), st.text("零一二三〇①１", max_size=6)))
def test_nothing_but_the_code_is_the_code(session: Session, company: CompanyData, said: str) -> None:
    conversation = f"rest:{clock.real_now().timestamp()}"
    request_code(session, company, conversation, UNKNOWN)
    request_code(session, company, conversation, OWN)
    sent = texts(session)
    right = bool(sent) and code_in(sent[0]) == said
    proof = prove_by_code(session, company, conversation, OWN, said)
    assert right or (proof.account is None and proof.tries_left == company.identity.tries - 1)
