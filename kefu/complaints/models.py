"""What was done so that complaints of one place and cause do not come back."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class Remedy(Base):
    """`place`: code of a place of ours, or a name as it was given (`place_name`: how it is shown); `indicator`: of
    indicators.yml; `month`: the one whose list it answers ("2026-11"); `owner`: a login; `due`: by when it is to be done."""

    __tablename__ = "remedy"
    __table_args__ = (Index("ix_remedy_place_indicator", "place", "indicator"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(String(60))
    place_name: Mapped[str] = mapped_column(String(60))
    indicator: Mapped[str] = mapped_column(String(40), index=True)
    month: Mapped[str] = mapped_column(String(7), index=True)
    what: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(40))
    due: Mapped[date]
    done_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
