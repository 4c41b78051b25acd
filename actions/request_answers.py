"""What the form for applications takes from a message: every ask of its row that the words answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions import words
from actions.heard import SMALL_TALK, Heard
from actions.taken import DECLINED, Collected, Slots, tired
from actions.wishes import SURE_OF_TALK, belongs, contact
from kefu.clock import clock, local
from kefu.company.data import get_company
from kefu.company.requests import Ask, RequestRow
from kefu.intake.answers import read, shown
from kefu.nlu.normalise import normalise
from kefu.nlu.values import find_values

# How a form ends (slot `request_answer`): everything is there; a person completes it; the offer was taken, or not.
COMPLETE, STUCK, NOTED, ACCEPTED, ONLY_ASKED = "complete", "stuck", "noted", "accepted", "only_asked"
ONLY_A_NO = 6  # characters
MOST_MISSES = 4  # questions do not count as misses before


def collect(slots: Slots, heard: Heard, taken: Collected) -> None:
    row = get_company().requests[slots["request_topic"]]
    old = dict(slots.get("request_values") or {})
    values = dict(old)
    asked = None if slots.get("request_offered") else pending(row, old, slots.get("request_state"))
    open_to = asked or _offered_number(row, slots)
    take(row, values, heard.text, open_to, _may_be_all(heard, asked), heard.corrects, taken.corrected)
    _agreed(slots, heard, values, asked)
    beside = _told_beside(row, heard, values, asked)
    if not beside or heard.phone:
        _phone(row, slots, heard, taken, values, asked)
    if asked is not None and asked.kind == "photo" and asked.id not in values and values != old and not heard.asks:
        values[asked.id] = None if heard.bare_data else heard.text.strip()  # told with something else, or passed over
    taken.changes["request_values"] = values
    taken.answered = values != old
    if slots.get("request_offered"):
        _offer(row, slots, heard, taken)
    else:
        _what_is_left(row, slots, heard, taken, asked)
    if beside:
        state = taken.changes.get("request_state") or slots.get("request_state") or {}
        taken.changes["request_state"] = {**state, "noted": beside}


def _told_beside(row: RequestRow, heard: Heard, values: dict[str, Any], asked: Ask | None) -> list[str]:
    """Asked for the phone, the customer tells when it was, or how much: the asks told, a better word replacing the old."""
    number = heard.has_long_number and not heard.values("amount")
    if asked is None or asked.kind != "phone" or number or heard.asks or words.CALL_ME.search(heard.plain):
        return []
    told = []
    for ask in (one for one in row.asks if one.kind in ("moment", "amount")):
        value = read(ask, heard.text, local(clock.now()).date(), asked=True)
        if value is not None:
            values[ask.id] = value
            told.append(ask.id)
    return told


def _offered_number(row: RequestRow, slots: Slots) -> Ask | None:
    """To "把表数发给我" a number alone is the answer."""
    return next((ask for ask in row.asks if ask.kind == "reading"), None) if slots.get("request_offered") else None


def pending(row: RequestRow, values: Mapping[str, Any], state: dict[str, Any] | None) -> Ask | None:
    """What is to be asked next; once a person is to complete it, only whom to call."""
    asks = row.open_asks(values)
    if (state or {}).get("how"):
        return next((ask for ask in asks if ask.kind == "phone"), None)
    return next(asks, None)


def wants_photo(slots: Slots) -> bool:
    """A photo is what was asked for."""
    ask = pending(get_company().requests[slots["request_topic"]], slots["request_values"] or {}, slots["request_state"])
    return ask is not None and ask.kind == "photo"


# --- reading ----------------------------------------------------------------------------------------------------------
def take(
    row: RequestRow,
    values: dict[str, Any],
    text: str,
    asked: Ask | None = None,
    whole: bool = False,
    corrects: bool = False,
    corrected: list[str] | None = None,
) -> None:
    """Put into `values` what this text answers; `corrected` gets what stood there otherwise before."""
    for ask in (ask for ask in row.asks if ask.kind != "phone"):
        known, mine = values.get(ask.id), ask is asked
        about = mine or (asked is not None and asked.id in ask.when)  # a name answers "单位还是个人" too
        cued = ask.cue is not None and bool(ask.cue.search(normalise(text)))
        if known is not None and not (mine or cued or corrects or ask.kind in ("tax_number", "email")):
            continue
        try:
            value = read(ask, text, local(clock.now()).date(), asked=about, whole=mine and whole)
        except ValueError:
            value = None
        if value is None:
            if known is not None and cued and corrects:
                del values[ask.id]  # "税号写错了": it is asked again
        elif _implied(ask, values, corrects):
            if known not in (None, value) and corrected is not None:
                corrected.append(shown(ask, value))
            values[ask.id] = value
    number = next((value.value for value in find_values(text) if value.entity == "account_number"), None)
    if number and row.needs_account == "number":
        values["account_number"] = number


def _implied(ask: Ask, values: dict[str, Any], corrects: bool) -> bool:
    """A tax number means that the title is a company's; False if the customer has said otherwise."""
    if any(values.get(name) not in (None, wanted) for name, wanted in ask.when.items()) and not corrects:
        return False
    values.update(ask.when)
    return True


def _agreed(slots: Slots, heard: Heard, values: dict[str, Any], asked: Ask | None) -> None:
    """ "对" to what a finishing supposed ("是不是5630？"), "没看错，就是这个数" instead of the answer again."""
    offered = (slots.get("request_state") or {}).get("offered") or {}
    if asked is None or offered.get("ask") != asked.id or asked.id in values or heard.asks:
        return
    name = "same" if words.INSISTS.search(heard.plain) else "meant" if heard.yes else None
    if name is not None and offered[name] is not None:
        values[asked.id] = offered[name]


def _may_be_all(heard: Heard, asked: Ask | None) -> bool:
    """The words can be the answer themselves: no question, no waiting, no yes or no, not surely something else."""
    bare = heard.bare_data and (asked is None or asked.kind != "text")  # an address is a text too
    plain = heard.plain
    talk = heard.intent in SMALL_TALK and heard.confidence >= SURE_OF_TALK
    no_answer = heard.unknown or heard.asks or heard.yes or heard.wordless or talk or bare
    return belongs(heard) and not (no_answer or words.LOOKS_FOR_IT.search(plain) or words.HAS_NONE.match(plain))


def _phone(
    row: RequestRow, slots: Slots, heard: Heard, taken: Collected, values: dict[str, Any], asked: Ask | None
) -> None:
    """The number to call, as in every form; `asked` for, the one on file can be affirmed."""
    ask = next((ask for ask in row.asks if ask.kind == "phone"), None)
    if ask is None:
        return
    now = dict(slots, requested_slot="request_phone" if asked is ask else None, request_phone=values.get(ask.id))
    said = Collected()
    contact(now, heard, said, "request_phone")
    phone = said.changes.get("request_phone")
    if phone is None and words.NO_CALL.search(heard.plain):
        phone = DECLINED
    if phone is None:
        return
    if values.get(ask.id) not in (None, phone) and phone != DECLINED:
        taken.corrected.append(phone)
    values[ask.id] = phone
    if "phone" in said.changes:
        taken.changes["phone"] = phone


# --- what follows -----------------------------------------------------------------------------------------------------
def _offer(row: RequestRow, slots: Slots, heard: Heard, taken: Collected) -> None:
    """The offer to apply is open: any answer to an ask takes it."""
    wanted = heard.yes or words.REGISTER.search(heard.plain)
    said: Slots = {}
    take(row, said, heard.text, _offered_number(row, slots))
    again = bool(said) and not (heard.asks or heard.declines or heard.no)  # told before, and once more
    if heard.declines and len(heard.plain) <= ONLY_A_NO:  # not the choice "不用了" of an ask that was not put yet
        taken.changes["request_answer"] = ONLY_ASKED
    elif wanted or taken.answered or again:
        phone = next((ask.id for ask in row.asks if ask.kind == "phone"), None)
        on_file = slots.get("phone")
        if phone and heard.yes and on_file not in (None, DECLINED):
            taken.changes["request_values"].setdefault(phone, on_file)
        taken.changes["request_answer"] = ACCEPTED
    elif heard.declines or (heard.no and not heard.corrects) or (tired(slots) and not heard.asks):
        taken.changes["request_answer"] = ONLY_ASKED


def _what_is_left(row: RequestRow, slots: Slots, heard: Heard, taken: Collected, asked: Ask | None) -> None:
    values, state = taken.changes["request_values"], dict(slots.get("request_state") or {})
    said_enough = words.JUST_NOTE.search(heard.plain) is not None
    if said_enough:
        just_note(row, values, state)
    elif not taken.answered:
        _missed(slots, heard, taken, asked, state)
    if state != (slots.get("request_state") or {}):
        _call_about_it(row, values)
        taken.changes["request_state"] = state
        taken.answered = True
    if pending(row, values, state) is None and _may_go(row, heard, taken, asked, state):
        taken.changes["request_answer"] = state.get("how") or COMPLETE


def _call_about_it(row: RequestRow, values: dict[str, Any]) -> None:
    """A person completes it now: a phone that was not to be asked for is asked for."""
    for ask in row.asks:
        if ask.kind == "phone" and ask.id in values and values[ask.id] is None:
            del values[ask.id]


def just_note(row: RequestRow, values: dict[str, Any], state: dict[str, Any]) -> None:
    """ "先登记吧": what has a usual meaning takes it; is anything else missing, a person completes it."""
    values |= {ask.id: ask.otherwise for ask in row.open_asks(values) if ask.otherwise}
    if any(not ask.optional for ask in row.open_asks(values)):
        state["how"] = NOTED


def _may_go(row: RequestRow, heard: Heard, taken: Collected, asked: Ask | None, state: dict[str, Any]) -> bool:
    """Read back first, where the row wants that; the yes must follow the reading back."""
    confirmed = asked is None and heard.yes and not taken.corrected
    return not row.confirm or bool(state.get("how")) or confirmed


def _missed(slots: Slots, heard: Heard, taken: Collected, asked: Ask | None, state: dict[str, Any]) -> None:
    """Nothing was answered: none there, still looking, or missed for the second time."""
    values = taken.changes["request_values"]
    if asked is not None and asked.optional and _has_none(heard, asked):
        values[asked.id] = None
        taken.answered = True
    elif words.LOOKS_FOR_IT.search(heard.plain) and not heard.gives_up:
        taken.waits = True
    elif asked is not None and asked.otherwise and (_tells(heard) or words.HAS_NONE.match(heard.plain)):
        values[asked.id] = asked.otherwise
        taken.answered = True
    elif _enough(slots, heard) or (asked is not None and asked.kind == "reading" and _cannot_read(heard)):
        if asked is not None and asked.optional:
            values[asked.id] = None
        elif asked is not None and asked.otherwise:
            values[asked.id] = asked.otherwise
        elif asked is not None and asked.kind == "text":
            values[asked.id] = heard.text.strip()
        else:
            state["how"] = STUCK if asked is not None else NOTED
        taken.answered = True


def _has_none(heard: Heard, asked: Ask) -> bool:
    """None there, or not known. Who is asked for a photo and speaks of something else has none to send."""
    over = heard.asks or heard.gives_up or heard.cancels or words.LOOKS_FOR_IT.search(heard.plain)
    unknown = heard.unknown and asked.kind != "phone"
    return bool(words.HAS_NONE.match(heard.plain)) or unknown or (asked.kind == "photo" and not over)


def _cannot_read(heard: Heard) -> bool:
    """The meter is dark, high up, or a riddle: somebody else reads it."""
    return bool(words.CANNOT_READ.search(heard.plain)) and not heard.asks


def _tells(heard: Heard) -> bool:
    """An answer in other words: no question, and nothing that calls it off."""
    return belongs(heard) and not (heard.asks or heard.gives_up or heard.cancels or heard.wordless)


def _enough(slots: Slots, heard: Heard) -> bool:
    """Asked twice in vain. A question, or another matter, is no vain answer at first."""
    aside = heard.asks or heard.gives_up or heard.cancels
    return tired(slots) and (not aside or (slots.get("misses") or 0) >= MOST_MISSES)
