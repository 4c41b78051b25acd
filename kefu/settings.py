"""Every setting of the service, from environment variables. docs/settings.md lists them (a test compares)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
PHOTO_BYTES = 8 * 2**20  # what the routes read at most
INSECURE_SECRET = "change-me-before-serving"


class Settings(BaseSettings):
    """Read once at start. Names in the environment are the upper-case field names."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore")

    host: str = Field("127.0.0.1", description="Address the service listens on")
    port: int = Field(8080, ge=1, le=65535, description="Port the service listens on")
    database_url: str = Field(
        f"sqlite:///{ROOT / 'var' / 'kefu.db'}",
        description="SQLAlchemy address of the database: a SQLite file or postgresql+psycopg://…",
    )
    demo_mode: bool = Field(False, description="Loads the fictional city and opens /api/demo; never in production")
    secret_key: str = Field(
        INSECURE_SECRET,
        description="Signs visitor tokens and codes sent by SMS. Outside demo mode the service refuses to start on the default",
    )
    channel_token: str = Field(
        "", description="Bearer token callers of the REST channel must send outside demo mode; empty: channel closed"
    )
    company_dir: Path = Field(ROOT / "company", description="Folder of the company's own data: texts, safety, promises")
    model_dir: Path = Field(ROOT / "models", description="Folder of trained Rasa models")
    alert_webhook_url: str = Field("", description="Where operator alerts are posted; empty: a loud log line only")
    sms_webhook_url: str = Field(
        "", description="Gateway that SMS are posted to (docs/sms.md); empty: no SMS. Demo mode never sends any"
    )
    ticket_webhook_url: str = Field(
        "", description="Where every entry of a ticket's history is posted (docs/exports.md); empty: nowhere"
    )
    ticket_webhook_secret: str = Field("", description="Signs what is posted of tickets; needed with its address")
    sms_webhook_secret: str = Field("", description="Signs what is posted to the SMS gateway; needed with its address")
    redis_url: str = Field(
        "",
        description="redis://… wakes the workers of all processes; empty: each process wakes its own. Jobs are rows of the database either way",
    )
    jobs_here: bool = Field(
        True,
        description="Do jobs (time limits, reminders, surveys) in this process; false where `kefu.cli work` does them",
    )
    turn_timeout_s: float = Field(
        5.0,
        gt=0,
        description="Longest an awaiting action may hold a turn before it is rolled back, seconds (a blocking one cannot be stopped)",
    )
    lock_timeout_s: float = Field(5.0, gt=0, description="Longest wait for a database lock, seconds")
    turn_workers: int = Field(
        4, ge=1, le=64, description="Threads that run turns on PostgreSQL (SQLite has one writer: always 1)"
    )
    inbox_attempts: int = Field(
        3, ge=1, description="Tries of an accepted message before it is set aside with an alert"
    )
    snapshot_events: int = Field(60, ge=10, description="Dialogue events kept before history is folded into a snapshot")
    tracker_cache: int = Field(5000, ge=0, description="Dialogues kept in memory between turns")
    message_max_chars: int = Field(2000, ge=100, description="Longest customer message taken, characters")
    photo_max_bytes: int = Field(
        PHOTO_BYTES, ge=2**20, le=PHOTO_BYTES, description="Largest photo taken from a customer, bytes as it is sent"
    )
    photo_max_pixels: int = Field(
        40_000_000,
        ge=10_000,
        description="Most pixels of a photo; one of 40 million needs up to 320 MB of memory to read",
    )
    photos_per_day: int = Field(30, ge=1, description="New photos one conversation may send within 24 hours")
    widget_origins: str = Field(
        "",
        description="Sites whose pages may embed the web chat, with commas between: https://www.example.cn; empty: none but our own. "
        "Behind a proxy that changes the Host header, list the chat's own address too",
    )
    visitor_sockets: int = Field(
        5, ge=1, description="Live connections of one web visitor; further ones ask by polling"
    )
    visitor_burst: int = Field(
        20, ge=1, description="Messages one web visitor may send within 10 seconds; more are kindly turned away"
    )
    socket_max_bytes: int = Field(
        65536, ge=4096, description="Largest WebSocket message taken, bytes; a larger one closes the connection"
    )
    chart_hours: float = Field(
        24.0, gt=0, description="How long the address of a bill chart can be opened, hours of real time"
    )
    session_hours: float = Field(12.0, gt=0, description="Life of a staff session token, hours of real time")
    end_with_parent: bool = Field(
        False, description="Stop when the starting process ends or is interrupted (make demo)"
    )
    log_level: Literal["INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="How much is logged; there is no DEBUG, because Rasa would log what customers say"
    )

    def problems(self) -> list[str]:
        """What forbids starting, in words for the operator; empty when fine."""
        found = []
        if not self.demo_mode and (self.secret_key == INSECURE_SECRET or len(self.secret_key) < 16):
            found.append(
                "SECRET_KEY is the default or too short: set it to a long random text (e.g. `openssl rand -hex 32`)"
            )
        if not self.demo_mode and self.sms_webhook_url and len(self.sms_webhook_secret) < 16:
            found.append("SMS_WEBHOOK_SECRET is missing or too short: SMS_WEBHOOK_URL needs it to sign what it is sent")
        if self.ticket_webhook_url and len(self.ticket_webhook_secret) < 16:
            found.append(
                "TICKET_WEBHOOK_SECRET is missing or too short: TICKET_WEBHOOK_URL needs it to sign what it is sent"
            )
        if not self.company_dir.is_dir():
            found.append(f"COMPANY_DIR {self.company_dir} is not a folder")
        return found


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    return Settings()
