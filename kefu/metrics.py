"""What /metrics shows. Counts and times only, nothing of anyone's message."""

from prometheus_client import Counter, Histogram

MESSAGES = Counter("kefu_messages", "Customer messages taken in", ["channel", "outcome"])
NOTICES = Counter("kefu_notices", "Messages handed over that nobody had to ask for", ["channel"])
TURN_SECONDS = Histogram(
    "kefu_turn_seconds",
    "From the message to its replies",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
