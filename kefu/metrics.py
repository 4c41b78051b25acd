"""What /metrics shows. Counts and times only, nothing of anyone's message."""

from prometheus_client import Counter, Histogram

MESSAGES = Counter("kefu_messages", "Customer messages taken in", ["channel", "outcome"])
NOTICES = Counter("kefu_notices", "Messages handed over that nobody had to ask for", ["channel"])
JOBS = Counter("kefu_jobs", "Jobs done", ["kind"])
JOB_PROBLEMS = Counter("kefu_job_problems", "Tries of jobs that failed", ["kind"])
JOB_LATENESS = Histogram(
    "kefu_job_lateness_seconds", "From when a job was due to when it was done", buckets=(1, 5, 10, 60, 600, 3600, 86400)
)
TURN_SECONDS = Histogram(
    "kefu_turn_seconds",
    "From the message to its replies",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
