"""What customers hear when the dialogue itself cannot answer, and at first contact (company/texts.yml)."""

from __future__ import annotations

from string import Formatter

from pydantic import field_validator

from kefu.company.yaml_lines import Strict


class Texts(Strict):
    notice: str
    turn_failed: str
    nothing_recorded: str
    danger_nothing_recorded: str
    too_long: str
    empty: str
    people_gone: str
    survey: str
    sms_code: str

    @field_validator("*")
    @classmethod
    def only_known_names(cls, text: str) -> str:
        """A wrong name in braces would fail when the text is needed, at the worst in danger."""
        names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        unknown = names - {"assistant", "phone", "privacy_url", "limit", "number", "what", "company", "code", "minutes"}
        if unknown:
            raise ValueError(f"unknown names in braces: {', '.join(sorted(unknown)) or '{}'}")
        return text
