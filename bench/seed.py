"""Migrate the database of DATABASE_URL and load the demo city: what an action server works on beside a stock Rasa."""

from __future__ import annotations

from kefu.db.migrate import migrate
from kefu.db.session import get_database
from kefu.demo.routes import seed_if_needed

if __name__ == "__main__":
    migrate(get_database())
    seed_if_needed(get_database())
