"""Is it the same matter? Two complaints compared by account, place, category, time and words, with points and reasons.

Rules: company/complaints.yml (`match`). Whose complaints are compared is the caller's: a customer's own ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from kefu.clock import local
from kefu.company.complaints import Either, Match
from kefu.company.data import CompanyData
from kefu.nlu.normalise import normalise
from kefu.nlu.values import Value, find_values, resolve_time

_SAYS = ("投诉", "反映", "反应", "举报", "说", "报", "打电话", "联系")


@dataclass(frozen=True)
class Matter:
    """What one complaint is about. `core`: the words without the names of places and people and without times; `place`: a
    key of a community; `days`: on which it happened, as far as the words tell."""

    core: str
    at: datetime
    indicator: str
    subjects: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    place: str | None = None
    building: str | None = None
    staff: frozenset[str] = frozenset()
    days: frozenset[date] = frozenset()
    refers_back: bool = False
    another: bool = False


@dataclass(frozen=True)
class Likeness:
    """The points, and what gave them: for staff."""

    points: float
    reasons: tuple[str, ...]


def matter_of(
    company: CompanyData,
    words: str,
    at: datetime,
    category: str = "complain",
    *,
    place: str | None = None,
    staff: str | None = None,
) -> Matter:
    """A matter from the customer's words; what is given beside them (from a ticket) goes before what they tell. Services
    are those that were said: a ticket without any bears its account's."""
    rule, text, values = company.complaints.match, normalise(words), find_values(words)
    address: dict[str, Any] = next(
        (v.value for v in values if v.entity == "address" and not v.value.get("negated")), {}
    )
    core = _without(text, values)
    return Matter(
        core=core,
        at=at,
        indicator=company.indicators.of(text, category)[0].code,
        subjects=rule.subjects_of(core),
        services=frozenset(str(v.value) for v in values if v.entity == "service"),
        place=place or address.get("community") or address.get("village"),
        building=address.get("building"),
        staff=_named(staff, values),
        days=_days(values, text, at),
        refers_back=rule.refers(text),
        another=rule.another(text),
    )


def _without(text: str, values: Sequence[Value]) -> str:
    """Two complaints are not about the same because both name 北山路, or 1023."""
    for value in sorted(values, key=lambda v: v.start, reverse=True):
        if value.entity in ("address", "staff", "time", "phone", "account_number"):
            text = f"{text[: value.start]} {text[value.end :]}"
    return text


def _named(staff: str | None, values: Sequence[Value]) -> frozenset[str]:
    """Numbers and names of the people it is about: "工号1006", "老吴"."""
    parts = [str(row) for v in values if v.entity == "staff" for row in (v.value.get("id"), v.value.get("name")) if row]
    return frozenset([*(staff or "").split(), *parts])


def _days(values: Sequence[Value], text: str, at: datetime) -> frozenset[date]:
    """Single days named as when it happened; not those on which it was said before ("上周二投诉过")."""
    found = set()
    for value in values:
        if value.entity != "time" or text[value.end : value.end + 6].lstrip("的就已经也，, ").startswith(_SAYS):
            continue
        span = resolve_time(value.value["text"], at, prefer="past")
        if span is None or span[0] > at:
            continue
        first, last = local(span[0]).date(), local(span[1] - timedelta(seconds=1)).date() if span[1] > span[0] else None
        if last in (None, first):
            found.add(first)
    return frozenset(found)


def likeness(first: str, second: str, ignore: Match | None = None) -> float:
    """0 to 1: how much of the shorter text's character pairs the other has too. `ignore`: without words that say nothing."""
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in (_bare(first, ignore), _bare(second, ignore))]
    shorter, longer = sorted(pairs, key=len)
    return len(shorter & longer) / len(shorter) if shorter else 0.0


def _bare(text: str, rule: Match | None) -> str:
    plain = normalise(text)
    return "".join(c for c in (rule.ignore.sub("", plain) if rule else plain) if c.isalnum())


def longest_run(first: str, second: str, ignore: Match) -> int:
    """How many characters in a row both have: "那锅卤菜" tells more than many common pairs."""
    a, b = _bare(first, ignore), _bare(second, ignore)
    return SequenceMatcher(None, a, b, autojunk=False).find_longest_match().size


def compare(rule: Match, new: Matter, old: Matter) -> Likeness:
    """Points for the same matter, with reasons: from `rule.same` on it is the same."""
    alike, apart = likeness(new.core, old.core, rule), abs((local(new.at).date() - local(old.at).date()).days)
    points = [
        ("文字相近", next(row.points for row in rule.likeness if row.fits(alike))),
        ("相同的词", next(row.points for row in rule.run if row.fits(longest_run(new.core, old.core, rule)))),
        (f"相隔{apart}天", next((row.points for row in rule.apart if row.fits(apart)), -100.0)),
        ("说的事", _subjects(rule.subject, new.subjects, old.subjects)),
        ("指标", _either(rule.indicator, _counted(new), _counted(old))),
        ("地点", _either(rule.place, new.place, old.place)),
        ("楼栋", _either(rule.building, new.building, old.building) if new.place == old.place else 0.0),
        ("业务", _sets(rule.service, new.services, old.services)),
        ("人员", _sets(rule.staff, new.staff, old.staff)),
        ("日期", 0.0 if new.refers_back else _sets(rule.day, new.days, old.days)),
        ("提到以前说过", rule.refers_back if new.refers_back else 0.0),
        ("说是另一件事", rule.other_matter if new.another else 0.0),
    ]
    told = tuple(f"{name}{figure:+g}" for name, figure in points if figure)
    return Likeness(sum(figure for _, figure in points), told)


def _counted(matter: Matter) -> str | None:
    return None if matter.indicator == "other" else matter.indicator


def _either(rule: Either, new: str | None, old: str | None) -> float:
    if new is None or old is None:
        return 0.0
    return rule.same if new == old else rule.other


def _sets(rule: Either, new: frozenset[Any], old: frozenset[Any]) -> float:
    if not new or not old:
        return 0.0
    return rule.same if new & old else rule.other


def _subjects(rule: Either, new: frozenset[str], old: frozenset[str]) -> float:
    """All that one of them is about is in the other; half of it where each is about something more."""
    within = new <= old or old <= new
    return _sets(rule, new, old) * (1.0 if within or not new & old else 0.5)
