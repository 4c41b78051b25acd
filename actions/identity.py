"""Before anything of an account is told: whose is it? Account number and the last four digits of the phone on file."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import thread, words
from actions.dialogue import Dialogue, DialogueAction
from actions.taken import DECLINED
from kefu.accounts.models import Account
from kefu.accounts.proof import paused_until, prove
from kefu.clock import local
from kefu.nlu.normalise import fold_digits


def ask_for_proof(talk: Dialogue, topic: str, said: list[str], service: str | None, **wish: Any) -> list[EventType]:
    """Start asking; the matter goes on by itself when the proof is there.

    `wish`: more to remember of it; with `then`, a name of `thread.AFTER_PROOF`, it goes on there, proved or not.
    """
    until = paused_until(talk.session, talk.company, talk.conversation_id)
    if until is not None:
        talk.say("utter_identity_paused", until=f"{local(until):%H:%M}", hotline=talk.company.company.hotline)
        return talk.go_on()
    talk.begin("identity_form", said, identity_for={"topic": topic, "words": said, "service": service, **wish})
    talk.collect()
    if talk.slot("identity_account") is None or talk.slot("identity_digits") is None:
        talk.say("utter_identity_begin")
    return talk.go_on()


class AskAccount(DialogueAction):
    action_name = "action_ask_identity_form_identity_account"

    def act(self, talk: Dialogue) -> list[EventType]:
        identity, plain = talk.company.identity, fold_digits(talk.heard.plain)
        like = words.ACCOUNT_LIKE.search(words.METER_SHOWS.sub(" ", plain)) if talk.heard.phone is None else None
        known = (talk.slot("identity_for") or {}).get("known") or {}
        if like and any(like[1] in str(value) for value in known.values()):
            like = None  # what is to be registered, no account number
        if words.NO_ACCOUNT.search(talk.heard.plain):
            talk.say("utter_ask_identity_account_where", where=identity.where, digits=identity.digits)
        elif like and len(like[1]) != identity.digits:
            talk.say("utter_ask_identity_account_length", digits=identity.digits, given=len(like[1]))
        elif talk.slot("identity_digits"):
            talk.say("utter_ask_identity_account_only", digits=identity.digits)
        else:
            talk.say("utter_ask_identity_account", digits=identity.digits, where=identity.where)
        return talk.events


class AskDigits(DialogueAction):
    action_name = "action_ask_identity_form_identity_digits"

    def act(self, talk: Dialogue) -> list[EventType]:
        if words.NEW_PHONE.search(talk.heard.plain):
            talk.say("utter_ask_identity_digits_changed")
            return talk.events
        talk.say("utter_ask_identity_digits_again" if talk.slot("misses") else "utter_ask_identity_digits")
        return talk.events


class CheckIdentity(DialogueAction):
    """One try. Wrong number, blocked account, someone else's: the answer is the same."""

    action_name = "action_check_identity"

    def act(self, talk: Dialogue) -> list[EventType]:
        wish = talk.slot("identity_for") or {"topic": "ask_bill", "words": []}
        number, digits = talk.slot("identity_account"), talk.slot("identity_digits")
        talk.clear("identity_form")
        talk.form = None
        length = talk.company.identity.digits
        if number == DECLINED:
            return _go_on(talk, wish, None)
        if len(number) != length:  # no number of ours: nothing was tried
            talk.begin("identity_form", wish["words"], identity_for=wish)
            talk.say("utter_identity_length", digits=length, given=len(number))
            return talk.go_on()
        proof = prove(talk.session, talk.company, talk.conversation_id, number, digits)
        if proof.account is not None:
            talk.set(last_account=proof.account.number)
            talk.say("utter_identity_proved", account=f"尾号{number[-4:]}")
            return _go_on(talk, wish, proof.account)
        if proof.paused_until is not None:
            until, minutes = f"{local(proof.paused_until):%H:%M}", talk.company.identity.pause_minutes
            hotline = talk.company.company.hotline
            talk.set(identity_for=wish)  # whoever takes over knows what was wished
            talk.say("utter_identity_pause_begins", until=until, minutes=minutes, hotline=hotline)
            return _go_on(talk, wish, None)
        talk.begin("identity_form", wish["words"], identity_for=wish)
        talk.say("utter_identity_wrong", left=proof.tries_left)
        return talk.go_on()


def _go_on(talk: Dialogue, wish: dict[str, Any], account: Account | None) -> list[EventType]:
    """Back to what the proof was for; without it only where the wish can go on unproved."""
    if wish.get("then"):
        return thread.AFTER_PROOF[wish["then"]](talk, wish, account)
    if account is None:
        return thread.after(talk, ask_first=True)
    return thread.start(talk, wish["topic"], wish["words"], account.service)
