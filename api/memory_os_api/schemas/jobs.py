"""Query parameters and examples of background work."""

from typing import Annotated, Any, Final

from fastapi.openapi.models import Example
from pydantic import Field

from memory_os.domain.jobs import JobState
from memory_os.domain.operations import Limits
from memory_os.domain.operations.common import Border, Id

_JOB: Final = "job_01JZ8Q4T6W0000000000000000"
_AT: Final = "2026-03-01T09:30:00Z"
_UNTIL: Final = "2026-03-01T09:31:00Z"


class JobsQuery(Border):
    """Which jobs, and which page of them."""

    states: list[JobState] | None = Field(default=None, description="Only in these states.")
    kind: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="Only of this kind, such as `dedup`."
    )
    limit: int = Field(default=100, ge=1, le=Limits.PAGE, description="How many on a page.")
    cursor: Id | None = Field(default=None, description="`next_cursor` of the page before.")


def _example(summary: str, value: dict[str, Any]) -> Example:
    return {"summary": summary, "value": value}


START: dict[str, Example] = {
    "dry": _example(
        "What a search for duplicates would merge",
        {"kind": "dedup", "dry_run": True, "reason": "before the import"},
    ),
    "sweep": _example("Archive and deactivate what has faded", {"kind": "decay"}),
}
RETRY: dict[str, Example] = {"again": _example("Once more", {"reason": "the disk has room again"})}

_QUEUED: Final[dict[str, Any]] = {
    "id": _JOB,
    "kind": "dedup",
    "key": f"dedup:asked:{_JOB}",
    "state": "queued",
    "priority": "normal",
    "targets": [],
    "dry_run": True,
    "created_by": "8k2vq0n4c7m1x5tz",
    "created_at": _AT,
    "run_after": _AT,
    "attempts": 0,
    "lease_owner": None,
    "lease_until": None,
    "finished_at": None,
    "cost": {"seconds": 0.0, "tokens": 0, "money": 0.0},
    "result": None,
    "error": None,
    "history": [],
}
_DONE: Final[dict[str, Any]] = {
    **_QUEUED,
    "state": "done",
    "attempts": 1,
    "finished_at": _UNTIL,
    "cost": {"seconds": 0.8, "tokens": 0, "money": 0.0},
    "result": {"merged": [], "conflicts": [], "review": [], "unsettled": 0, "policy": "merge@1"},
    "history": [
        {"at": _AT, "event": "leased", "by": "worker_01JZ8Q", "detail": ""},
        {"at": _UNTIL, "event": "done", "by": "worker_01JZ8Q", "detail": ""},
    ],
}


def _with(event: str, **changes: Any) -> dict[str, Any]:
    step = {"at": _UNTIL, "event": event, "by": "8k2vq0n4c7m1x5tz", "detail": ""}
    return {**_QUEUED, "history": [step], **changes}


ANSWERS: Final[dict[str, Any]] = {
    "list_jobs": {"results": [_DONE], "next_cursor": None},
    "start_job": _QUEUED,
    "get_job": _DONE,
    "cancel_job": _with("cancelled", state="cancelled", finished_at=_UNTIL),
    "retry_job": _with("retried", run_after=_UNTIL),
}
"""What each operation answers, by its id."""
