"""Which demo city is in the database."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kefu.db.base import Base


class DemoSeed(Base):
    __tablename__ = "demo_seed"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
