"""A late fee asked about by whoever pays it: his own days and sums, and how to ask for it to be waived."""

from __future__ import annotations

from actions import enquire, words
from actions.dialogue import Dialogue
from actions.telling import tell
from kefu.accounts.models import Account
from kefu.billing.own_late_fees import own_fees, running
from kefu.billing.relief_rules import late_fees
from kefu.nlu.normalise import normalise

AT_ONCE = 5
WAIVER = "觉得不该收，说“申请免违约金”，我帮您登记。"
NOT_YET = "这笔还没记进账单，等缴清、记进账单了，才能申请免。"


@enquire.own("ask_late_fee")
def own_late_fees(talk: Dialogue, said: list[str], account: Account) -> bool:
    """False for a question about the rules, and for an account without any late fee."""
    if words.RULES_OF_LATE_FEES.search(normalise(" ".join(said))):
        return False
    lines = own_fees(talk.session, talk.company, account)
    if lines:
        way = _way(talk, account)
        tell(talk, [*lines[:AT_ONCE], *way, *lines[AT_ONCE:]], at_once=min(len(lines), AT_ONCE) + len(way))
    return bool(lines)


def _way(talk: Dialogue, account: Account) -> list[str]:
    """How to be rid of it: nothing is promised of a fee that no bill holds yet, or that does not run."""
    if late_fees(talk.session, account.number):
        return [WAIVER]
    return [NOT_YET] if running(talk.session, talk.company, account) else []
