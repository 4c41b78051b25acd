"""A payment that went wrong: a proved customer hears at once what became of it; a stranger's word is noted."""

from __future__ import annotations

from actions import requests
from actions.dialogue import Dialogue
from actions.requests import Opening, Request
from kefu.accounts.models import Account
from kefu.billing.noting import Asker
from kefu.intake import payment_problem
from kefu.intake.payment_words import payment_said
from kefu.intake.service import first_word

TOPIC = payment_problem.CATEGORY
CHECK = {"title": "缴费没到账，请登记", "payload": "缴费没到账，请登记"}


@requests.own(TOPIC)
def is_own(talk: Dialogue, said: list[str], account: Account) -> bool:
    return True


@requests.opening(TOPIC)
def opened(talk: Dialogue, said: list[str], account: Account | None) -> Opening:
    if account is None:
        return Opening(skip=["over"])
    spoken = payment_said(talk.company, said)
    found = payment_problem.look(talk.session, talk.company, account, spoken)
    if found.over is not None:
        return Opening(list(found.lines), skip=["phone"], asks=["over"])
    if not found.open:
        talk.say_again("\n".join(found.lines), [CHECK])
        return Opening(settled=True)
    asker = Asker(talk.conversation_id, first_word(talk.slot("first_word_at")), account.phone, "\n".join(said))
    noted = payment_problem.note(talk.session, talk.company, account, asker, spoken, found.findings)
    return Opening([*found.lines, *noted], settled=True)


@requests.finishing(TOPIC)
def finished(talk: Dialogue, request: Request) -> list[str]:
    """What is to become of the money paid too much; the books may have moved since it was asked."""
    if request.account is None or "over" not in request.values:
        return requests.as_ticket(talk, request)
    spoken = payment_said(talk.company, request.said)
    found = payment_problem.look(talk.session, talk.company, request.account, spoken)
    choice = talk.company.payments.offers[request.values["over"]]
    asker = Asker(talk.conversation_id, request.first_word_at, request.account.phone, "\n".join(request.said))
    return payment_problem.note(talk.session, talk.company, request.account, asker, spoken, found.findings, choice)
