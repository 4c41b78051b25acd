"""What is to be done at a time. The row is the truth: written with what causes it, done and marked in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Job(Base):
    """`key` names it within its kind: scheduled twice, it is one row. Jobs of one `subject` are done in order of `due_at`.

    `status`: waiting → done; or cancelled, or failed (tried too often: an operator knows). `due_at` and `done_at` are
    business time; `retry_at`, after a failed try, is real time. `scheduled`: how often it has been; it is done once each.
    """

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_job_due", "status", "due_at", "id"),
        Index("ix_job_subject", "subject", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(80))
    due_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(10))
    scheduled: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
