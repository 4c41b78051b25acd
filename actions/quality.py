"""Faults of quality in the talk: what is asked, held against the promise, read back, and told when the ticket stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from rasa_sdk.events import EventType

from actions import cold_rooms, emergencies
from actions.details import SINCE, alarm, open_asks, symptom
from actions.dialogue import Dialogue
from kefu.clock import local
from kefu.company.quality import ROOM, HeatRule, Level, Symptom
from kefu.intake.service import first_word
from kefu.intake.symptoms import Judged, judge, shown


@dataclass(frozen=True)
class Judgement:
    """The reading the customer told, against the level promised."""

    how: Judged
    level: Level
    value: dict[str, Any]
    reading: str

    @property
    def number(self) -> Decimal:
        return Decimal(self.value["number"])


def _details(talk: Dialogue) -> dict[str, Any]:
    return dict(talk.slot("fault_details") or {})


def _answers(talk: Dialogue) -> dict[str, Any]:
    known: dict[str, Any] = _details(talk).get("answers") or {}
    return known


def of(talk: Dialogue) -> Symptom | None:
    return symptom(talk.slots)


# --- asking -----------------------------------------------------------------------------------------------------------
def ask(talk: Dialogue) -> list[EventType]:
    """At most two questions at once: two details, or one and the time it began."""
    row = of(talk)
    open_ = open_asks(row, _details(talk))
    if not open_:
        talk.set(fault_detail="done")
        return talk.go_on()
    say_first(talk)
    again = bool(talk.slot("misses")) or open_[0] in (_details(talk).get("now") or [])
    both = talk.slot("fault_since") is None
    names = open_[:1] if both else open_[:2]
    texts = [_says(talk, name, again) for name in names]
    if both:
        texts.append(talk.company.phrase("quality_since"))
    _put(talk, [*names, SINCE] if both else names)
    if len(texts) == 1:
        talk.say_again(texts[0])
    else:
        talk.tell("quality_two", text=texts[0], others=texts[1])
    return talk.events


def with_address(talk: Dialogue) -> None:
    """The first detail, asked together with the place: one message less for whoever has to be asked everything."""
    details = _details(talk)
    open_ = open_asks(of(talk), details)
    if open_ and not details.get("asked") and not talk.slot("misses"):
        text = _says(talk, open_[0], again=False)
        _put(talk, open_[:1])
        talk.say_again(text)


def with_phone(talk: Dialogue) -> None:
    """What was left open when only the time was told: asked beside the phone, so that it takes no message of its own."""
    details = _details(talk)
    names = details.pop("beside", [])
    if names:
        text = _says(talk, names[0], names[0] in (details.get("asked") or []))
        talk.set(fault_details=details)
        _put(talk, names)
        talk.say_again(text)


def _says(talk: Dialogue, name: str, again: bool) -> str:
    row = talk.company.quality.asks[name]
    return str(row.help if again else row.says)


def _put(talk: Dialogue, names: list[str]) -> None:
    details = _details(talk)
    asked = [*(details.get("asked") or [])]
    asked += [name for name in names if name != SINCE and name not in asked]
    talk.set(fault_details={**details, "asked": asked, "now": names})


# --- said once ----------------------------------------------------------------------------------------------------------
def once(talk: Dialogue, what: str) -> bool:
    details = _details(talk)
    told = details.get("told") or []
    if what in told:
        return False
    talk.set(fault_details={**details, "told": [*told, what]})
    return True


def say_first(talk: Dialogue) -> None:
    """What to mind until somebody comes; and that no heat is due outside the season."""
    row = of(talk)
    if row is None:
        return
    if row.hint and once(talk, row.code):
        talk.say_again(row.hint)
    if row.level == ROOM and (season := cold_rooms.out_of_season(talk)) and once(talk, "season"):
        talk.tell("heat_off_season", start=season[0], until=season[1])
    rule = _rule(talk)
    if rule is not None and cold_rooms.REFUND.search(talk.heard.plain) and once(talk, "refund"):
        cold_rooms.tell_refund(talk, rule, None, place_text(talk))


def say_judgement(talk: Dialogue) -> None:
    """The reading against the promise, each reading once."""
    judged, row = judged_now(talk), of(talk)
    if judged is None or row is None or row.measure is None:
        return
    if once(talk, f"{row.level}{judged.reading}"):
        label, level = talk.company.quality.asks[row.measure].label, judged.level
        talk.tell(
            f"quality_{judged.how}", label=label, reading=judged.reading, standard=level.says, source=level.source
        )


def judged_now(talk: Dialogue) -> Judgement | None:
    """None without a reading or a level, where the words leave it open, and for rooms out of the season."""
    row = of(talk)
    value = _answers(talk).get(row.measure) if row is not None and row.measure else None
    if row is None or value is None or (row.level == ROOM and cold_rooms.out_of_season(talk)):
        return None
    level = talk.company.quality.level_of(row, talk.company.company.city, talk.slot("words") or [])
    how = judge(level, value) if level is not None else None
    if level is None or how is None:
        return None
    return Judgement(how, level, value, shown(talk.company.quality.asks[row.measure or ""], value))


# --- reading back and the ticket ------------------------------------------------------------------------------------------
def label(talk: Dialogue) -> str | None:
    """The fault in a word or two; None where no symptom was recognised."""
    row = of(talk)
    return None if row is None else row.label


def told(talk: Dialogue) -> str | None:
    """The fault and its details for the reading back; None where no symptom was recognised."""
    row = of(talk)
    if row is None:
        return None
    asks = talk.company.quality.asks
    parts = [shown(asks[name], value) for name, value in _known(talk, row) if asks[name].kind != "words"]
    return "，".join([row.label, *parts])


def _known(talk: Dialogue, row: Symptom) -> list[tuple[str, Any]]:
    answers = _answers(talk)
    return [(name, answers[name]) for name in row.details if answers.get(name) is not None]


def for_ticket(talk: Dialogue) -> dict[str, Any]:
    """Symptom code and priority of the report."""
    row = of(talk)
    if row is None:
        return {}
    judged = judged_now(talk)
    broken = judged is not None and judged.how != "within"
    raised = broken and row.raises is not None and judged is not None and judged.number < row.raises.below
    priority = row.raises.to if raised and row.raises is not None else row.priority
    return {"symptom": row.code, "priority": priority}


def lines(talk: Dialogue) -> list[str]:
    """What the crew reads: the symptom, each detail with its label, what was asked in vain, the promised level."""
    row = of(talk)
    if row is None:
        return []
    asks, answers = talk.company.quality.asks, _answers(talk)
    found = [f"现象：{row.label}（{row.code}）"]
    found += [f"{asks[name].label}：{shown(asks[name], value)}" for name, value in _known(talk, row)]
    found += [f"{asks[name].label}：问过，客户没说" for name in row.asks if name in answers and answers[name] is None]
    judged = judged_now(talk)
    if judged is not None:
        how = {"below": "低于", "above": "高于", "within": "符合"}[judged.how]
        found.append(f"规定：{judged.level.says}（{judged.level.source}）；客户所报{how}规定")
    rule = _rule(talk)
    if rule is not None:
        by = local(first_word(talk.slot("first_word_at")) + timedelta(hours=rule.test_within))
        found.append(f"须上门测温：{by:%m-%d %H:%M}前（接报后{rule.test_within}小时内）；{rule.measuring}")
    return found


def _rule(talk: Dialogue) -> HeatRule | None:
    """The city's heat rule, where a room may be too cold and heat is due."""
    row, judged = of(talk), judged_now(talk)
    if row is None or row.level != ROOM or (judged is not None and judged.how == "within"):
        return None
    return cold_rooms.rule(talk)


def say_registered(talk: Dialogue) -> None:
    """The heat rule, and what a day would be worth if the test shows what the customer says. Never a promise."""
    rule = _rule(talk)
    if rule is None:
        return
    room = rule.room(talk.slot("words") or [])
    talk.tell(
        "heat_rule",
        source=rule.source,
        standard=rule.level(room).says,
        hours=rule.test_within,
        who=rule.tested_by,
        text=rule.measuring,
        until="；".join(part for part in (rule.counts, rule.excluded) if part),
    )
    judged = judged_now(talk)
    if judged is not None and judged.value["side"] is None:
        cold_rooms.tell_a_day(talk, judged.number, place_text(talk))


def place_text(talk: Dialogue) -> str:
    return str((talk.slot("fault_address") or {}).get("text") or "")


# --- told beside what was asked --------------------------------------------------------------------------------------------
def say_noted(talk: Dialogue) -> None:
    """What was told before its question came, or after it, beside another one."""
    details, row = _details(talk), of(talk)
    names = details.get("noted") or []
    if row is None:
        return
    if names:
        asks, answers = talk.company.quality.asks, _answers(talk)
        talk.tell("quality_noted", text="，".join(shown(asks[name], answers[name]) for name in names))
        talk.set(fault_details={**details, "noted": []})
    elif talk.heard.unknown and talk.slot("requested_slot") == "phone":
        talk.tell("quality_not_known")


# --- danger -------------------------------------------------------------------------------------------------------------
def alarmed(talk: Dialogue) -> list[EventType] | None:
    """A sign beside a bad flame that makes it danger, however the message was read."""
    return None if alarm(talk.slots, talk.heard, talk.form) is None else emergencies.Emergency().act(talk)
