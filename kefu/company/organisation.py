"""The company's organisation: who answers for what is nobody else's."""

from __future__ import annotations

from kefu.company.yaml_lines import Strict


class Organisation(Strict):
    """`head` is a login; `desk` a desk of desks.yml."""

    head: str
    desk: str
