"""What several matters tell alike: long answers (three lines, and the rest on 更多), a phone, what a fault is called."""

from __future__ import annotations

from collections.abc import Sequence

from actions.dialogue import Dialogue
from actions.taken import DECLINED
from kefu.privacy.masking import mask_phone

WHAT = {
    "report_outage": {"electricity": "停电", "water": "停水", "gas": "停气", "heat": "停暖"},
    "report_quality": {"electricity": "用电异常", "water": "用水异常", "gas": "用气异常", "heat": "供暖不热"},
    "report_facility": {"electricity": "电力设施", "water": "供水设施", "gas": "燃气设施", "heat": "供暖设施"},
}
AT_ONCE = 3
MORE_BUTTON = {"title": "更多", "payload": "更多"}


def tell(
    talk: Dialogue,
    lines: Sequence[str],
    source: str = "",
    at_once: int = AT_ONCE,
    buttons: Sequence[dict[str, str]] = (),
) -> None:
    """Say the first lines with their source; keep the rest for 更多. `buttons` stand behind that one."""
    first, rest = list(lines[:at_once]), list(lines[at_once:])
    text = "\n".join([*first, *([source] if source else [])])
    talk.say_again(text, [*([MORE_BUTTON] if rest else []), *buttons] or None)
    talk.set(more=rest or None)


def more(talk: Dialogue) -> bool:
    """Say what was kept; False when nothing is."""
    rest = talk.slot("more")
    if not rest:
        return False
    talk.say_again("\n".join(rest))
    talk.set(more=None)
    return True


def shown_phone(talk: Dialogue) -> str:
    """Said by the customer in this talk: in full, to check; from our files, or known no longer how: masked."""
    phone = talk.slot("phone")
    if phone in (None, DECLINED):
        return "没有留"
    on_file = any(account.phone == phone for account in talk.accounts)
    return str(mask_phone(phone) if on_file or not talk.heard_phone(phone) else phone)
