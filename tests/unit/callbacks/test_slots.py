"""Slots by desk: hours, days off, capacity; what is offered instead; phones that are none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from actions.call_words import NOT_CALLED, says_when, vague_time
from kefu.callbacks.models import CallbackSlot
from kefu.callbacks.phones import wrong_with
from kefu.callbacks.service import Wish, book_earliest
from kefu.callbacks.slots import Slot, SlotTaken, find_slot, next_free, take_slot, usual_slots, window
from kefu.clock import clock, local, parse_local
from kefu.company.calendar import is_working_day
from kefu.company.data import CompanyData, load_company
from kefu.db.migrate import migrate
from kefu.db.session import Database
from kefu.nlu.values import resolve_time
from kefu.nlu.values.contact import find_contacts
from tests.support.company import Break

ROOT = Path(__file__).resolve().parent.parent.parent.parent
NOW = "2026-12-09T10:20"  # a Wednesday
POWER, COMPLAINTS = "供电坐席", "投诉协商坐席"
SetClock = Callable[[str | None], None]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('slots') / 'slots.db'}")
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def session(empty: Database, set_clock: SetClock) -> Iterator[Session]:
    set_clock(NOW)
    with empty.write() as session:
        yield session
        session.rollback()


def at(text: str) -> datetime:
    return parse_local(text if "T" in text else f"2026-12-{text[:2]}T{text[3:]}")


def span(words: str) -> tuple[datetime, datetime]:
    found = resolve_time(words, clock.now(), prefer="future")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("明天上午", "10 08:30"),
        ("一个半小时后", "09 12:00"),
        ("元旦后头一个上班日", "2027-01-04T08:30"),
        ("下周二下午三点以后", "15 15:00"),
        ("明天三点", "10 15:00"),
        ("上午九点到十一点", "10 09:00"),
        ("下午", "09 13:30"),
    ],
)
def test_a_wish_becomes_a_slot(session: Session, company: CompanyData, words: str, start: str) -> None:
    found = find_slot(session, company, span(words), POWER)
    assert found.slot is not None and found.slot.start == at(start)


@pytest.mark.parametrize(
    ("now", "words", "start"),
    [
        ("2026-09-28T10:00", "国庆后头一个上班日", "2026-10-08T08:30"),
        ("2026-10-08T10:20", "周六上午十点", "2026-10-10T10:00"),  # a Saturday worked for the holiday
    ],
)
def test_holidays_and_days_worked_for_them(
    session: Session, company: CompanyData, set_clock: SetClock, now: str, words: str, start: str
) -> None:
    set_clock(now)
    found = find_slot(session, company, span(words), POWER)
    assert found.slot is not None and found.slot.start == at(start)


@pytest.mark.parametrize(
    ("words", "why", "nearest"),
    [
        ("周六上午十点", "closed", ["11 17:00", "14 08:30"]),
        ("周末", "closed", ["11 17:00", "14 08:30"]),
        ("元旦", "closed", ["31 17:00", "2027-01-04T08:30"]),
        ("晚上九点", "out_of_hours", ["09 17:00", "10 08:30"]),
        ("今天五点半以后", "out_of_hours", ["09 17:00", "10 08:30"]),
        ("五分钟后", "too_soon", ["09 11:00", "09 11:30"]),
        ("昨天下午", "past", ["09 11:00", "09 11:30"]),
        ("国庆期间", "too_far", None),
    ],
)
def test_why_not_and_when_instead(
    session: Session, company: CompanyData, words: str, why: str, nearest: list[str] | None
) -> None:
    found = find_slot(session, company, span(words), POWER)
    assert (found.slot, found.why) == (None, why)
    assert nearest is None or [one.start for one in found.nearest] == [at(one) for one in nearest]


def test_each_desk_has_its_own_room(session: Session, company: CompanyData) -> None:
    wish = at("09 11:00"), at("09 11:00")
    for desk, capacity in ((POWER, 3), (COMPLAINTS, 2)):
        for number in range(capacity):
            assert find_slot(session, company, wish, desk).slot is not None, (desk, number)
            call = book_earliest(session, company, Wish("13812345678", f"rest:{desk}{number}", "x", desk=desk))
            assert call is not None and call.window_start == at("09 11:00")
        assert find_slot(session, company, wish, desk).why == "full"
    assert find_slot(session, company, wish, "供水坐席").slot is not None


def test_a_full_slot_has_the_nearest_two(session: Session, company: CompanyData) -> None:
    session.add(CallbackSlot(starts_at=at("10 14:00"), ends_at=at("10 14:30"), capacity=0))
    session.flush()
    found = find_slot(session, company, span("明天下午两点"), POWER)
    assert (found.why, [one.start for one in found.nearest]) == ("full", [at("10 13:30"), at("10 14:30")])


def test_the_first_slot_of_a_day_has_two_of_that_day(session: Session, company: CompanyData) -> None:
    session.add(CallbackSlot(starts_at=at("10 08:30"), ends_at=at("10 09:00"), capacity=0))
    session.flush()
    found = find_slot(session, company, span("明天早上八点半"), POWER)
    assert [one.start for one in found.nearest] == [at("10 09:00"), at("10 09:30")]


def test_a_desks_own_row_counts_before_that_of_all(session: Session, company: CompanyData) -> None:
    for desk, capacity in (("", 0), (POWER, 1)):
        session.add(CallbackSlot(starts_at=at("10 14:00"), ends_at=at("10 14:30"), desk=desk, capacity=capacity))
    session.flush()
    assert find_slot(session, company, span("明天下午两点"), POWER).slot is not None
    assert find_slot(session, company, span("明天下午两点"), COMPLAINTS).slot is None


def test_what_is_urgent_gets_one_more_place_but_no_closed_one(session: Session, company: CompanyData) -> None:
    wish = at("09 11:00"), at("09 11:00")
    for number in range(3):
        book_earliest(session, company, Wish("13812345678", f"rest:{number}", "x", desk=POWER))
    assert find_slot(session, company, wish, POWER).slot is None
    urgent = find_slot(session, company, wish, POWER, urgent=True).slot
    assert urgent is not None and urgent.start == at("09 11:00")
    assert book_earliest(session, company, Wish("13812345678", "rest:u", "x", desk=POWER, urgent=True))
    with pytest.raises(SlotTaken):
        take_slot(session, company, urgent, POWER, urgent=True)
    session.add(CallbackSlot(starts_at=at("09 11:30"), ends_at=at("09 12:00"), capacity=0))
    session.flush()
    following = next_free(session, company, POWER, clock.now())
    assert following is not None and following.start == at("09 12:00")


def test_a_desk_may_have_longer_stretches(broken: Break, company: CompanyData) -> None:
    assert broken("callbacks", "投诉协商坐席: {capacity: 2}", "投诉协商坐席: {minutes: 3}")
    assert "没有的台" in broken("callbacks", "投诉协商坐席: {", "没有的台: {")[0]
    assert "no_answer" in broken("callbacks", "  no_answer: {minutes: 60, window: next}\n", "")[0]
    longer = {COMPLAINTS: company.callbacks.desks[COMPLAINTS].model_copy(update={"minutes": 60})}
    other = replace(company, callbacks=company.callbacks.model_copy(update={"desks": longer}))
    slots = usual_slots(other, COMPLAINTS, at(NOW).date())
    assert [(one.start.hour, one.start.minute) for one in slots][:2] == [(8, 30), (9, 30)] and len(slots) == 9


# --- whatever is wished ------------------------------------------------------------------------------------------------
DAYS = ("", "今天", "明天", "后天", "大后天", "周三", "周六", "下周一", "下周日", "元旦", "12月25号", "月底", "春节")
HOURS = (
    "",
    "早上",
    "上午",
    "中午",
    "下午",
    "晚上",
    "八点半",
    "十二点",
    "下午五点",
    "三点以后",
    "半小时后",
    "上午九点到十一点",
)
FROM = parse_local("2026-09-01")
NOWS = st.integers(0, 140 * 24 * 60).map(lambda minutes: FROM + timedelta(minutes=minutes))


SHIPPED = load_company(ROOT / "company")  # no fixture: Hypothesis would print all of it


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=NOWS, day=st.sampled_from(DAYS), hour=st.sampled_from(HOURS), urgent=st.booleans())
def test_never_outside_hours_nor_in_the_past(
    empty: Database, moment: datetime, day: str, hour: str, urgent: bool
) -> None:
    clock.set(moment)
    try:
        wish = resolve_time(day + hour, clock.now(), prefer="future") if day + hour else None
        with empty.read() as session:
            found = find_slot(session, SHIPPED, wish, POWER, urgent)
        now = clock.now()
    finally:
        clock.set(None)
    offered = [*found.nearest, *([found.slot] if found.slot else [])]
    assert len(found.nearest) <= 2 and (found.slot is None) == (found.why is not None)
    for slot in offered:
        start, end = local(slot.start), local(slot.end)
        assert is_working_day(start.date(), SHIPPED) and start > now
        assert SHIPPED.company.hours.open <= start.time() < end.time() <= SHIPPED.company.hours.close
        said = re.match(r"(\d+)月(\d+)日（周(.)）", window(slot))
        assert said and (int(said[1]), int(said[2])) == (start.month, start.day)
        assert "一二三四五六日".index(said[3]) == start.isoweekday() - 1
    if found.slot is not None and wish is not None and wish[0] != wish[1]:
        assert wish[0] <= found.slot.start < wish[1]


def test_weekday_and_date_are_said() -> None:
    slot = Slot(at("10 09:00"), at("10 09:30"))
    assert window(slot) == "12月10日（周四）上午9:00–9:30"


# --- words ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("吃完晚饭打", "晚上七点以后"),
        ("午饭后吧", "下午一点以后"),
        ("明天一上班", "上午八点半以后"),
        ("明天上午", None),
    ],
)
def test_vague_times(words: str, meant: str | None) -> None:
    assert vague_time(words) == meant


@pytest.mark.parametrize("words", ["随便什么时候", "随时", "尽快", "哪天都行", "啥时候都可以", "吃完晚饭"])
def test_any_time_is_a_wish(words: str) -> None:
    assert says_when(words)


@pytest.mark.parametrize(
    "words",
    [
        "怎么没打来",
        "你们没给我打电话",
        "说好的电话呢",
        "没人打给我啊",
        "等到现在也没接到你们的电话",
        "约好九点打给我的怎么没打",
    ],
)
def test_asking_after_a_call(words: str) -> None:
    assert NOT_CALLED.search(words)


@pytest.mark.parametrize(
    "words", ["怎么还没来电", "没电了", "请给我回个电话", "没有手机", "打不通你们电话", "还没修好"]
)
def test_what_only_sounds_like_it(words: str) -> None:
    assert not NOT_CALLED.search(words)


# --- phones --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("1381234567", ("short", 10)),
        ("138 1234 567", ("short", 10)),
        ("138123456789", ("long", 12)),
        ("+86 138 1234 567", ("short", 10)),
        ("幺三八幺二三四五六七", ("short", 10)),
        ("62837719", ("area", 8)),
        ("0551-628377", ("odd", 10)),
        ("10812345678", ("odd", 11)),
        ("13812345678", None),
        ("+86 138 1234 5678", None),
        ("0551-62837719转8001", None),
        ("五栋三单元", None),
        ("", None),
    ],
)
def test_what_is_wrong_with_a_number(text: str, wrong: tuple[str, int] | None) -> None:
    assert wrong_with(text) == wrong


MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(phone=MOBILE, gap=st.sampled_from(["", " ", "-"]), code=st.sampled_from(["", "+86", "+86 ", "86"]))
def test_a_mobile_is_understood_however_it_is_written(phone: str, gap: str, code: str) -> None:
    said = code + gap.join((phone[:3], phone[3:7], phone[7:]))
    assert wrong_with(said) is None
    assert [value.value for value in find_contacts(said)] == [phone]


@example(phone="13008610000", cut=1)  # a country code in the middle is none
@given(phone=MOBILE, cut=st.integers(1, 3))
def test_a_missing_digit_is_counted(phone: str, cut: int) -> None:
    assert wrong_with(phone[:-cut]) == ("short", 11 - cut)


@given(text=st.text(max_size=40))
def test_any_text_is_looked_at(text: str) -> None:
    wrong_with(text)
