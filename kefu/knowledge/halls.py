"""Service halls in words, from the table of halls: near a place, open on a day, for a service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account
from kefu.clock import clock
from kefu.company.calendar import is_working_day
from kefu.company.data import CompanyData
from kefu.knowledge.answers import Answer
from kefu.knowledge.prices import named_service
from kefu.network.models import Hall
from kefu.network.places import resolve
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values, resolve_time

SERVICES = {"electricity": "用电", "water": "用水", "gas": "燃气", "heat": "供暖"}
WEEKDAYS = "一二三四五六日"
FEAST = re.compile("元旦|春节|过年|除夕|清明|五一|劳动节|端午|中秋|十一|国庆|节假日|放假")
SPAN = re.compile(f"周([{WEEKDAYS}])(?:[至到–—-]周([{WEEKDAYS}]))?")


def hall_answer(
    session: Session, company: CompanyData, text: str, district: str | None = None, service: str | None = None
) -> Answer | None:
    """The hall that is named, those of the district (named, of a named place, else `district`), or all.

    First what the asked day changes (a holiday, a weekend), then a line a hall, then which of them do not handle what.
    None if the company has no halls.
    """
    halls = list(session.scalars(select(Hall).order_by(Hall.id)))
    if not halls:
        return None
    wanted = service or named_service(text)
    day = _asked_day(text)
    told = _useful_first(_chosen(session, halls, normalise(text), district), wanted, day)
    lines = [
        *_day_lines(company, told, day, FEAST.search(text) is not None),
        *(f"{hall.name}：{hall.address}，{hall.phone}，{hall.hours}" for hall in told),
        *_limits(halls, told, wanted),
    ]
    title = told[0].name if len(told) == 1 else "营业厅"
    return Answer(title, tuple(lines), f"{company.company.name}营业厅名单", clock.today().date(), "halls")


def _chosen(session: Session, halls: list[Hall], text: str, district: str | None) -> list[Hall]:
    stems = {hall.id: hall.name.removesuffix("营业厅") for hall in halls}
    named = [
        hall for hall in halls if hall.name in text or re.search(f"{re.escape(stems[hall.id])}(?:的?营业厅|厅)", text)
    ]
    if named:
        return named
    place = _district(session, halls, text) or district
    return [hall for hall in halls if hall.district == place] or halls


def _district(session: Session, halls: list[Hall], text: str) -> str | None:
    """The district a text names, itself or by a community, village or road in which we have an account."""
    for hall in halls:
        if hall.district in text:
            return hall.district
    districts = Account.address_parts["district"].as_string()
    addresses = [value.value for value in find_values(text) if value.entity == "address"]
    own = next((place for place in (resolve(session, one).one for one in addresses) if place and place.district), None)
    if own is not None:
        return own.district
    names = [one[key] for one in addresses for key in ("community", "village", "road") if one.get(key)]
    for name in names:
        found = session.scalar(select(districts).where(Account.address.contains(name, autoescape=True)).limit(1))
        if found:
            return str(found)
    community = Account.address_parts["community"].as_string()
    inside = select(districts).where(community != "", literal(text).contains(community)).limit(1)
    found = session.scalar(inside) or next((h.district for h in halls if h.district[:-1] in text), None)
    return str(found) if found else None


def _useful_first(halls: list[Hall], wanted: str | None, day: date | None) -> list[Hall]:
    """Those that handle the wanted service and open on the asked weekday first, otherwise in the table's order."""

    def in_vain(hall: Hall) -> int:
        closed = day is not None and day.weekday() not in open_weekdays(hall.hours)
        return (wanted is not None and wanted not in hall.services) + closed

    return sorted(halls, key=in_vain)


def _limits(halls: list[Hall], told: list[Hall], wanted: str | None) -> Iterator[str]:
    """Who does not handle what: the wanted service, or anything; and where to go instead."""
    for hall in told:
        missing = [service for service in SERVICES if service not in hall.services]
        if wanted:
            missing = [service for service in missing if service == wanted]
        if missing:
            yield f"{hall.name}不办{'、'.join(SERVICES[service] for service in missing)}"
    if wanted and not any(wanted in hall.services for hall in told):
        able = [f"{hall.name}（{hall.address}）" for hall in halls if wanted in hall.services]
        if able:
            yield f"{SERVICES[wanted]}请到：{'、'.join(able)}"


def _day_lines(company: CompanyData, halls: list[Hall], asked: date | None, feast: bool) -> Iterator[str]:
    """What the asked day changes, or a holiday today. `feast`: the text names a holiday."""
    day = asked or clock.today().date()
    name = f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"
    phone = company.company.hotline
    if _is_holiday(day, company) or (feast and asked):
        yield f"{name}是节假日，营业厅可能不开门，去之前先打{phone}问一下"
    elif is_working_day(day, company):
        if day.weekday() >= 5:
            yield f"{name}是调休的工作日，开门时间先打{phone}问一下"
    elif asked:
        opened = [hall.name for hall in halls if day.weekday() in open_weekdays(hall.hours)]
        yield f"{name}开门的有：{'、'.join(opened)}" if opened else f"{name}这里不开门"


def _asked_day(text: str) -> date | None:
    """The first day a text names, None if it names none."""
    for value in find_values(text):
        if value.entity == "time":
            span = resolve_time(value.text, clock.now())
            if span and span[0]:
                return span[0].date()
    return None


def _is_holiday(day: date, company: CompanyData) -> bool:
    """A day off that is no ordinary weekend: on a weekday, or at a weekend that touches one."""
    if is_working_day(day, company):
        return False
    friday, monday = day - timedelta(days=day.weekday() - 4), day + timedelta(days=7 - day.weekday())
    beside = [day] if day.weekday() < 5 else [friday, monday]
    return any(not is_working_day(one, company) for one in beside)


def open_weekdays(hours: str) -> set[int]:
    """The weekdays (Monday 0) that opening hours name: 周一至周五 …，周六 …"""
    found: set[int] = set()
    for match in SPAN.finditer(hours):
        first = WEEKDAYS.index(match[1])
        found.update(range(first, WEEKDAYS.index(match[2] or match[1]) + 1))
    return found
