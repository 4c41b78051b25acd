"""The other proof: a code by SMS to the mobile on file.

Asking for one does the same work and is answered alike whether the account exists, is blocked, has no phone or a
landline, or has had its share of codes. A code opens one account in one conversation, once. Wrong tries on an account
do not close this way, so that a stranger's guesses shut out nobody who holds the phone; how many codes one account and
one sender get is limited. Rule: company policy (company/identity.yml).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, IdentityCode, ProofAttempt
from kefu.accounts.proof import SEND, Proof, knows, one_account_at_a_time, paused_until, settle
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.settings import get_settings
from kefu.sms.service import mobile, queue

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def request_code(session: Session, company: CompanyData, conversation_id: str, number: str) -> datetime | None:
    """Send a code to the account's mobile, if it has one. None: asked for, more is not told; else when it may be again."""
    rule, now = company.identity.code, clock.now()
    until = paused_until(session, company, conversation_id) or _sender_waits(session, company, conversation_id)
    if until is not None:
        return until
    one_account_at_a_time(session, number)
    account = session.get(Account, number)
    known, full = knows(session, company, conversation_id, number), _account_waits(session, company, number)
    allowed = known or full is None
    phone = mobile(account.phone if account else None) if allowed else None
    code = "".join(secrets.choice("0123456789") for _ in range(rule.length))
    expires_at = now + timedelta(minutes=rule.minutes)
    session.add(ProofAttempt(conversation_id=conversation_id, account_number=number, at=now, ok=allowed, way=SEND))
    session.add(
        IdentityCode(
            conversation_id=conversation_id,
            account_number=number,
            digest=_digest(conversation_id, number, code),
            sent=phone is not None,
            created_at=now,
            expires_at=expires_at,
        )
    )
    text = company.text("sms_code", code=code, minutes=rule.minutes)
    queue(session, phone, text, "identity_code", expires_at, conversation_id)
    session.flush()
    return None


def prove_by_code(session: Session, company: CompanyData, conversation_id: str, number: str, said: str) -> Proof:
    """One try with the newest code sent for this account in this conversation; counted like any other try."""
    until = paused_until(session, company, conversation_id)
    if until is not None:
        return Proof(paused_until=until)
    one_account_at_a_time(session, number)
    account, code = session.get(Account, number), _newest(session, conversation_id, number)
    right = hmac.compare_digest(code.digest if code else "", _digest(conversation_id, number, said))
    proved = account if code is not None and right and _holds(code, company) else None
    if code is not None:
        code.tries += 1
        code.used_at = clock.now() if proved is not None else code.used_at
    return settle(session, company, conversation_id, number, "code", proved)


def _digest(conversation_id: str, number: str, code: str) -> str:
    """Nobody who reads the table learns the code; it fits no other account and no other conversation."""
    told = f"identity-code|{conversation_id}|{number}|{code}"
    return hmac.new(get_settings().secret_key.encode(), told.encode(), hashlib.sha256).hexdigest()


def _newest(session: Session, conversation_id: str, number: str) -> IdentityCode | None:
    """The last one sent; one that was not sent never stands before it."""
    query = select(IdentityCode).where(
        IdentityCode.conversation_id == conversation_id, IdentityCode.account_number == number
    )
    return session.scalar(query.order_by(IdentityCode.sent.desc(), IdentityCode.id.desc()).limit(1))


def _holds(code: IdentityCode, company: CompanyData) -> bool:
    fresh = code.expires_at > clock.now() and code.used_at is None
    return code.sent and fresh and code.tries < company.identity.code.tries


def _sender_waits(session: Session, company: CompanyData, conversation_id: str) -> datetime | None:
    """When this sender may ask for a code again; None: now."""
    rule = company.identity.code
    asked = _asked(session, ProofAttempt.conversation_id == conversation_id)
    return _free_at(asked, ((rule.sender_hour, HOUR), (rule.sender_day, DAY)))


def _account_waits(session: Session, company: CompanyData, number: str) -> datetime | None:
    """When this account has room for another code, over all senders; None: now."""
    rule = company.identity.code
    sent = _asked(session, (ProofAttempt.account_number == number) & ProofAttempt.ok.is_(True))
    return _free_at(sent, ((rule.account_hour, HOUR), (rule.account_day, DAY)))


def _asked(session: Session, whose: ColumnElement[bool]) -> list[datetime]:
    """When codes were asked for within a day, oldest first."""
    query = select(ProofAttempt.at).where(whose, ProofAttempt.way == SEND, ProofAttempt.at > clock.now() - DAY)
    return list(session.scalars(query.order_by(ProofAttempt.at)))


def _free_at(times: list[datetime], limits: tuple[tuple[int, timedelta], ...]) -> datetime | None:
    ends = [times[-most] + span for most, span in limits if len(times) >= most]
    return max((end for end in ends if end > clock.now()), default=None)
