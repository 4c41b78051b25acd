"""The states of a ticket and the moves between them, written once."""

from __future__ import annotations

AT_WORK = ("new", "assigned", "in_progress")
UNDONE = (*AT_WORK, "waiting")
OPEN = (*UNDONE, "resolved")  # resolved: called done by us, not yet by the customer
DONE = ("resolved", "closed")
OVER = ("closed", "cancelled")
MOVES = {
    "new": {"assigned", "in_progress", "waiting", "resolved", "closed", "cancelled"},
    "assigned": {"in_progress", "waiting", "resolved", "closed", "cancelled"},
    "in_progress": {"assigned", "waiting", "resolved", "closed", "cancelled"},
    "waiting": {"assigned", "in_progress", "resolved", "closed", "cancelled"},
    "resolved": {"in_progress", "closed"},
    "closed": {"in_progress"},
    "cancelled": set(),
}
