"""Query parameters and examples of the time machine."""

from typing import Annotated, Any, Final

from fastapi.openapi.models import Example
from pydantic import Field

from memory_os.domain.operations import Limits
from memory_os.domain.operations.common import Border, BranchName, Id, When
from memory_os.domain.scope import MAX_NAMESPACE_DEPTH, ScopeMatch

_ID: Final = "mem_01JZ8Q4T6W0000000000000000"
_START: Final = "2026-03-01T09:30:00Z"
_END: Final = "2026-04-11T18:05:12Z"


class ScopeQuery(Border):
    """Whose memory is meant."""

    user_id: Id | None = Field(default=None, description="Whose memories.")
    agent_id: Id | None = Field(default=None, description="Which agent's memories.")
    session_id: Id | None = Field(default=None, description="Which session's memories.")
    run_id: Id | None = Field(default=None, description="Another name of `session_id`.")
    namespace: Annotated[list[Id], Field(max_length=MAX_NAMESPACE_DEPTH)] = Field(
        default=[], description="Labels from the outermost in."
    )


class DiffQuery(ScopeQuery):
    """Two times of a scope, and which page of what differs."""

    start: When | None = Field(
        default=None,
        description="Changes after this time, or `snapshot:` and a name. Needed but with `branch`: "
        "without it, the branch is compared with main as it is now.",
    )
    branch: BranchName | None = Field(default=None, description="On this branch instead of main.")
    end: When | None = Field(default=None, description="Changes up to this time; unset: now.")
    scope_match: ScopeMatch = Field(
        default=ScopeMatch.EXACT,
        description="`exact`: each given id equals the memory's; `inherit`: memories without that "
        "id are meant too.",
    )
    limit: int = Field(default=100, ge=1, le=Limits.PAGE, description="How many on a page.")
    cursor: Annotated[str, Field(max_length=500)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )


def _example(summary: str, value: dict[str, Any]) -> Example:
    return {"summary": summary, "value": value}


SNAPSHOT: dict[str, Example] = {
    "scope": _example(
        "Before a migration",
        {"name": "before-migration", "user_id": "ada", "reason": "new extractor tomorrow"},
    )
}
ROLLBACK: dict[str, Example] = {
    "scope": _example(
        "What a scope's way back would be",
        {
            "to": _START,
            "user_id": "ada",
            "reason": "the import was wrong",
            "dry_run": True,
        },
    ),
}

_SNAPSHOT: Final[dict[str, Any]] = {
    "name": "before-migration",
    "at": _START,
    "seq": 1_290,
    "hash": "5f1c09d2" * 8,
    "user_id": "ada",
    "agent_id": None,
    "session_id": None,
    "namespace": [],
    "by": "8k2vq0n4c7m1x5tz",
    "reason": "new extractor tomorrow",
}


def answers(memory: dict[str, Any]) -> dict[str, Any]:
    """Return what each operation answers, by its id, about an example memory."""
    after = {**memory, "memory": "Ada drinks coffee now.", "version": 2, "updated_at": _END}
    after["payload"] = {**memory["payload"], "text": "Ada drinks coffee now."}
    return {
        "diff": {
            "results": [
                {
                    "id": _ID,
                    "changes": ["revised"],
                    "fields": [
                        {
                            "name": "memory",
                            "before": memory["memory"],
                            "after": "Ada drinks coffee now.",
                        }
                    ],
                    "before": memory,
                    "after": after,
                }
            ],
            "start": _START,
            "end": _END,
            "next_cursor": None,
        },
        "create_snapshot": _SNAPSHOT,
        "list_snapshots": {"results": [_SNAPSHOT]},
        "delete_snapshot": _SNAPSHOT,
        "rollback": {
            "results": [
                {
                    "id": _ID,
                    "changes": ["revised"],
                    "state": "generated",
                    "version": 3,
                    "from_version": 1,
                }
            ],
            "refused": [],
            "skipped": [],
            "to": _START,
            "undo_to": _END,
            "dry_run": False,
            "next_cursor": None,
        },
    }
