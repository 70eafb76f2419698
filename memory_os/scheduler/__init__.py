"""Background work: when it is due, who does it, and what becomes of it."""

from memory_os.scheduler.retry import Backoff
from memory_os.scheduler.turn import Turn
from memory_os.scheduler.worker import Worker, WorkerRules

__all__ = ["Backoff", "Turn", "Worker", "WorkerRules"]
