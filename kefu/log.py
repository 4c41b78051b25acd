"""Structured logs on standard error: one JSON object a line, no personal data (ids only, never texts or numbers)."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logging(level: str) -> None:
    """Send our events as JSON lines; Rasa's own chatter only from WARNING up."""
    logging.basicConfig(level=level, stream=sys.stderr, format="%(message)s", force=True)
    for noisy in ("rasa", "rasa_sdk", "matplotlib", "apscheduler", "urllib3", "alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # a queue that is away it tells every moment, with a traceback; kefu/jobs/worker.py says it in one line
    logging.getLogger("huey").setLevel(logging.CRITICAL)
    # Rasa writes what customers say into these on failure; our own "turn failed" carries the traceback without it
    logging.getLogger("rasa.core.processor").setLevel(logging.CRITICAL)
    logging.getLogger("rasa.core.actions.action").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
