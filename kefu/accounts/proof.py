"""Proving that an account is one's own: its number and the last four digits of the phone on file, or a code sent to it.

A stranger learns nothing: an unknown account, a blocked one, one without a phone and wrong digits are answered alike,
after the same work. Tries are counted for the sender and, over all senders and channels, for the account. Whoever
proved the account in the same conversation before is not shut out by what others tried.
Rule: company policy (company/identity.yml); Personal Information Protection Law, art. 51.
"""

from __future__ import annotations

import hmac
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, Binding, ProofAttempt
from kefu.clock import clock
from kefu.company.data import CompanyData
from kefu.db.session import one_at_a_time

SEND = "send"  # a code asked for: counted apart, it guesses nothing
_PROOFS = {"digits": "phone", "code": "code"}


@dataclass(frozen=True)
class Proof:
    """`account`: proved now. Otherwise `tries_left`, and `paused_until` once there are none."""

    account: Account | None = None
    tries_left: int = 0
    paused_until: datetime | None = None


def paused_until(session: Session, company: CompanyData, conversation_id: str) -> datetime | None:
    """The end of this sender's pause (aware), None when tries are left."""
    rule = company.identity
    since = clock.now() - timedelta(minutes=rule.pause_minutes)
    failed = _failed_since(session, since, ProofAttempt.conversation_id == conversation_id)
    return failed[-1] + timedelta(minutes=rule.pause_minutes) if len(failed) >= rule.tries else None


def prove(session: Session, company: CompanyData, conversation_id: str, number: str, last_four: str) -> Proof:
    """One try. Counted whatever comes of it; a right one binds the account to the conversation for a while."""
    until = paused_until(session, company, conversation_id)
    if until is not None:
        return Proof(paused_until=until)
    one_account_at_a_time(session, number)
    account = session.get(Account, number)
    phone = (account.phone if account else None) or ""
    right = hmac.compare_digest((phone or "none")[-4:].encode(), last_four.encode()) and phone != ""
    known, closed = knows(session, company, conversation_id, number), _closed(session, company, number)
    return settle(
        session, company, conversation_id, number, "digits", account if right and (known or not closed) else None
    )


def one_account_at_a_time(session: Session, number: str) -> None:
    """Tries on one account do not overtake each other, so that its counts hold over processes."""
    one_at_a_time(session.connection(), zlib.crc32(number.encode()), patient=False)


def knows(session: Session, company: CompanyData, conversation_id: str, number: str) -> bool:
    """This sender proved this account in the last months."""
    since = clock.now() - timedelta(days=company.identity.known_days)
    query = select(ProofAttempt.id).where(
        ProofAttempt.conversation_id == conversation_id,
        ProofAttempt.account_number == number,
        ProofAttempt.ok.is_(True),
        ProofAttempt.way != SEND,
        ProofAttempt.at > since,
    )
    return session.scalar(query.limit(1)) is not None


def settle(
    session: Session, company: CompanyData, conversation_id: str, number: str, way: str, proved: Account | None
) -> Proof:
    """Note the try; bind the proved account, or say how many tries are left."""
    now = clock.now()
    session.add(
        ProofAttempt(conversation_id=conversation_id, account_number=number, at=now, ok=proved is not None, way=way)
    )
    session.flush()
    if proved is None:
        return _refused(session, company, conversation_id)
    _bind(session, conversation_id, proved, _PROOFS[way], now + timedelta(hours=company.identity.proof_hours))
    return Proof(account=proved)


def _closed(session: Session, company: CompanyData, number: str) -> bool:
    """Too many wrong tries on this account, over all senders."""
    since = clock.now() - timedelta(hours=company.identity.account_pause_hours)
    failed = _failed_since(session, since, ProofAttempt.account_number == number)
    return len(failed) >= company.identity.account_tries


def _refused(session: Session, company: CompanyData, conversation_id: str) -> Proof:
    rule = company.identity
    since = clock.now() - timedelta(minutes=rule.pause_minutes)
    failed = len(_failed_since(session, since, ProofAttempt.conversation_id == conversation_id))
    return Proof(tries_left=max(0, rule.tries - failed), paused_until=paused_until(session, company, conversation_id))


def _failed_since(session: Session, since: datetime, whose: ColumnElement[bool]) -> list[datetime]:
    query = select(ProofAttempt.at).where(
        whose, ProofAttempt.ok.is_(False), ProofAttempt.way != SEND, ProofAttempt.at > since
    )
    return list(session.scalars(query.order_by(ProofAttempt.at)))


def _bind(session: Session, conversation_id: str, account: Account, proof: str, expires_at: datetime) -> None:
    """The newest proof is the first that is looked at; what the channel vouches for stays as it is."""
    known = session.scalar(
        select(Binding).where(Binding.conversation_id == conversation_id, Binding.account_number == account.number)
    )
    if known is not None and known.expires_at is None:
        return
    if known is not None:
        known.expires_at, known.proof = expires_at, proof
        return
    session.add(
        Binding(
            conversation_id=conversation_id,
            account_number=account.number,
            created_at=clock.now(),
            proof=proof,
            expires_at=expires_at,
        )
    )
    session.flush()
