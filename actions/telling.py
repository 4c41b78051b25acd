"""Long answers: three lines, and the rest on 更多."""

from __future__ import annotations

from collections.abc import Sequence

from actions.dialogue import Dialogue

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
