"""Before anything of an account is told: whose is it? Account number, and the last four digits of the phone on file or
a code sent to it."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import EventType

from actions import thread, words
from actions.dialogue import Dialogue, DialogueAction
from actions.taken import DECLINED
from actions.wishes import code_said, way_said
from kefu.accounts.codes import prove_by_code, request_code
from kefu.accounts.models import Account
from kefu.accounts.proof import Proof, paused_until, prove
from kefu.clock import local
from kefu.nlu.normalise import fold_digits
from kefu.sms.service import available as sms_available

CODE_BUTTON = {"title": "发验证码", "payload": "发验证码"}
CHANGE_PHONE = "登记的手机号换了，要改手机号"


def ask_for_proof(talk: Dialogue, topic: str, said: list[str], service: str | None, **wish: Any) -> list[EventType]:
    """Start asking; the matter goes on by itself when the proof is there.

    `wish`: more to remember of it; with `then`, a name of `thread.AFTER_PROOF`, it goes on there, proved or not; with `begin`, a
    phrase, that is said first instead of the word about bills.
    """
    until = paused_until(talk.session, talk.company, talk.conversation_id)
    if until is not None:
        talk.say("utter_identity_paused", until=f"{local(until):%H:%M}", hotline=talk.company.company.hotline)
        return talk.go_on()
    talk.begin("identity_form", said, identity_for={"topic": topic, "words": said, "service": service, **wish})
    talk.collect()
    if talk.slot("identity_account") is None or talk.slot("identity_digits") is None:
        _begin(talk, wish.get("begin"))
    return talk.go_on()


def _begin(talk: Dialogue, phrase: str | None) -> None:
    if phrase is None:
        talk.say("utter_identity_begin")
    else:
        talk.tell(phrase)


def about_the_proof(talk: Dialogue) -> list[EventType] | None:
    """A code wished or given, digits forgotten, a phone that changed: whatever intent that was read as."""
    if talk.form != "identity_form":
        return None
    way = talk.slot("identity_way")
    registers = words.REGISTER.search(talk.heard.plain) or talk.heard.yes or talk.heard.plain == "登记"
    if way == "moved" and registers and not talk.heard.has_values:
        talk.leave_form()
        talk.clear("identity_form")
        return thread.start(talk, "change_account", [CHANGE_PHONE])
    again = way == "code" and words.AGAIN_CODE.search(talk.heard.plain)
    if not (again or code_said(talk.slots, talk.heard) or way_said(talk.slots, talk.heard) not in (None, way)):
        return None
    talk.collect()
    return talk.go_on()


def _way_answered(talk: Dialogue) -> bool:
    """What the customer said about the way itself is answered first; True when that is all there is to say now."""
    way = talk.slot("identity_way")
    if way == "moved":
        talk.say("utter_identity_phone_changed")
    elif way == "offered" and sms_available():
        talk.say("utter_identity_code_offer")
    elif way == "code" and not sms_available():
        talk.set(identity_way=None)
        talk.say("utter_identity_code_unavailable")
    else:
        return False
    return True


def _offer_code(talk: Dialogue) -> None:
    """A button under the question, where codes can be sent."""
    if sms_available():
        talk.offer([CODE_BUTTON])


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
        elif _way_answered(talk):
            return talk.events
        elif talk.slot("identity_way") == "code":
            talk.say("utter_identity_code_account", digits=identity.digits, where=identity.where)
        elif talk.slot("identity_digits"):
            talk.say("utter_ask_identity_account_only", digits=identity.digits)
        else:
            talk.say("utter_ask_identity_account", digits=identity.digits, where=identity.where)
            _offer_code(talk)
        return talk.events


class AskDigits(DialogueAction):
    action_name = "action_ask_identity_form_identity_digits"

    def act(self, talk: Dialogue) -> list[EventType]:
        if _way_answered(talk):
            return talk.events
        if talk.slot("identity_way") == "code":
            return self._ask_code(talk)
        talk.say("utter_ask_identity_digits_again" if talk.slot("misses") else "utter_ask_identity_digits")
        _offer_code(talk)
        return talk.events

    def _ask_code(self, talk: Dialogue) -> list[EventType]:
        """The code of the account named now: sent if it was not yet."""
        rule, number, digits = talk.company.identity.code, talk.slot("identity_account"), talk.company.identity.digits
        if talk.slot("identity_sent") == number:
            talk.say("utter_ask_identity_code", length=rule.length)
            return talk.events
        if len(number) != digits:  # no number of ours: nothing was sent, nothing is counted
            talk.set(identity_account=None)
            talk.say("utter_identity_length", digits=digits, given=len(number))
            return talk.events
        until = request_code(talk.session, talk.company, talk.conversation_id, number)
        if until is not None:
            talk.set(identity_sent=number)  # what was sent before holds
            talk.say("utter_identity_code_pause", until=f"{local(until):%H:%M}")
            return talk.events
        talk.set(identity_sent=number)
        talk.say("utter_identity_code_sent", minutes=rule.minutes, length=rule.length)
        return talk.events


class CheckIdentity(DialogueAction):
    """One try. Wrong number, blocked account, someone else's: the answer is the same."""

    action_name = "action_check_identity"

    def act(self, talk: Dialogue) -> list[EventType]:
        wish = talk.slot("identity_for") or {"topic": "ask_bill", "words": []}
        number, said, way = (talk.slot(f"identity_{name}") for name in ("account", "digits", "way"))
        sent = {"identity_way": way, "identity_account": number, "identity_sent": talk.slot("identity_sent")}
        again = sent if way == "code" else {}
        talk.said_at = talk.slot("first_word_at")
        talk.clear("identity_form")
        talk.form = None
        digits, length = talk.company.identity.digits, talk.company.identity.code.length
        if number == DECLINED:
            return _go_on(talk, wish, None)
        if len(number) != digits:  # no number of ours: nothing was tried
            return self._again(talk, wish, {}, "utter_identity_length", digits=digits, given=len(number))
        if way == "code" and len(said) != length:
            return self._again(talk, wish, again, "utter_identity_code_length", length=length, given=len(said))
        check = prove_by_code if way == "code" else prove
        proof = check(talk.session, talk.company, talk.conversation_id, number, said)
        if proof.account is not None:
            talk.set(last_account=proof.account.number)
            talk.say("utter_identity_proved", account=f"尾号{number[-4:]}")
            return _go_on(talk, wish, proof.account)
        if proof.paused_until is not None:
            return self._pause(talk, wish, proof)
        wrong = "utter_identity_wrong_or_code" if sms_available() else "utter_identity_wrong"
        wrong = "utter_identity_code_wrong" if way == "code" else wrong
        return self._again(talk, wish, again, wrong, left=proof.tries_left)

    def _again(
        self, talk: Dialogue, wish: dict[str, Any], kept: dict[str, Any], response: str, **told: Any
    ) -> list[EventType]:
        talk.begin("identity_form", wish["words"], identity_for=wish, **kept)
        talk.say(response, **told)
        return talk.go_on()

    def _pause(self, talk: Dialogue, wish: dict[str, Any], proof: Proof) -> list[EventType]:
        assert proof.paused_until is not None
        until, minutes = f"{local(proof.paused_until):%H:%M}", talk.company.identity.pause_minutes
        talk.set(identity_for=wish)  # whoever takes over knows what was wished
        hotline = talk.company.company.hotline
        talk.say("utter_identity_pause_begins", until=until, minutes=minutes, hotline=hotline)
        return _go_on(talk, wish, None)


def _go_on(talk: Dialogue, wish: dict[str, Any], account: Account | None) -> list[EventType]:
    """Back to what the proof was for; without it only where the wish can go on unproved."""
    if wish.get("then"):
        return thread.AFTER_PROOF[wish["then"]](talk, wish, account)
    if account is None:
        return thread.after(talk, ask_first=True)
    return thread.start(talk, wish["topic"], wish["words"], account.service)
