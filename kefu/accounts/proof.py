"""Proving that an account is one's own: its number and the last four digits of the phone on file.

A stranger learns nothing: an unknown account, a blocked one, one without a phone and wrong digits are answered alike,
after the same work. Tries are counted for the sender and, over all senders and channels, for the account.
Rule: company policy (company/identity.yml); Personal Information Protection Law, art. 51.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kefu.accounts.models import Account, Binding, ProofAttempt
from kefu.clock import clock
from kefu.company.data import CompanyData


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
    rule, now = company.identity, clock.now()
    until = paused_until(session, company, conversation_id)
    if until is not None:
        return Proof(paused_until=until)
    account = session.get(Account, number)
    right = hmac.compare_digest(((account.phone if account else None) or "none")[-4:].encode(), last_four.encode())
    since = now - timedelta(hours=rule.account_pause_hours)
    blocked = len(_failed_since(session, since, ProofAttempt.account_number == number)) >= rule.account_tries
    ok = right and not blocked and account is not None
    session.add(ProofAttempt(conversation_id=conversation_id, account_number=number, at=now, ok=ok))
    session.flush()
    if not ok:
        return _refused(session, company, conversation_id)
    assert account is not None
    _bind(session, conversation_id, account, now + timedelta(hours=rule.proof_hours))
    return Proof(account=account)


def _refused(session: Session, company: CompanyData, conversation_id: str) -> Proof:
    rule = company.identity
    since = clock.now() - timedelta(minutes=rule.pause_minutes)
    failed = len(_failed_since(session, since, ProofAttempt.conversation_id == conversation_id))
    return Proof(tries_left=max(0, rule.tries - failed), paused_until=paused_until(session, company, conversation_id))


def _failed_since(session: Session, since: datetime, whose: ColumnElement[bool]) -> list[datetime]:
    query = select(ProofAttempt.at).where(whose, ProofAttempt.ok.is_(False), ProofAttempt.at > since)
    return list(session.scalars(query.order_by(ProofAttempt.at)))


def _bind(session: Session, conversation_id: str, account: Account, expires_at: datetime) -> None:
    """The newest proof is the first that is looked at; what the channel vouches for stays as it is."""
    known = session.scalar(
        select(Binding).where(Binding.conversation_id == conversation_id, Binding.account_number == account.number)
    )
    if known is not None and known.expires_at is None:
        return
    if known is not None:
        known.expires_at = expires_at
        return
    session.add(
        Binding(
            conversation_id=conversation_id,
            account_number=account.number,
            created_at=clock.now(),
            proof="phone",
            expires_at=expires_at,
        )
    )
    session.flush()
