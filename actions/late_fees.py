"""A late fee asked about by whoever pays it: his own days and sums, and how to ask for it to be waived."""

from __future__ import annotations

from actions import enquire, words
from actions.dialogue import Dialogue
from actions.telling import tell
from kefu.accounts.models import Account
from kefu.billing.own_late_fees import own_fees
from kefu.billing.relief_rules import late_fees
from kefu.nlu.normalise import normalise

AT_ONCE = 5
WAIVER = "觉得不该收，说“申请免违约金”，我帮您登记。"
NOT_YET = "要等缴清、违约金记进账单，才能申请免。"


@enquire.own("ask_late_fee")
def own_late_fees(talk: Dialogue, said: list[str], account: Account) -> bool:
    """False for a question about the rules, and for an account without any late fee."""
    if words.RULES_OF_LATE_FEES.search(normalise(" ".join(said))):
        return False
    lines = own_fees(talk.session, talk.company, account)
    if lines:
        way = WAIVER if late_fees(talk.session, account.number) else NOT_YET
        tell(talk, [*lines[:AT_ONCE], way, *lines[AT_ONCE:]], at_once=min(len(lines), AT_ONCE) + 1)
    return bool(lines)
