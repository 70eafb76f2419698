"""Examples of branches."""

from typing import Any, Final

from fastapi.openapi.models import Example

_ID: Final = "mem_01JZ8Q4T6W0000000000000000"
_AT: Final = "2026-03-01T09:30:00Z"
_END: Final = "2026-04-11T18:05:12Z"

BRANCH: dict[str, Example] = {
    "scope": {
        "summary": "To try a plan",
        "value": {"name": "plan", "user_id": "ada", "reason": "what if she moved to Oslo?"},
    }
}
ADOPTION: dict[str, Example] = {
    "plan": {
        "summary": "What adopting would do",
        "value": {"dry_run": True, "reason": "she moves", "user_id": "ada"},
    }
}

_BRANCH: Final[dict[str, Any]] = {
    "name": "plan",
    "id": "br_01JZ8Q4T6W0000000000000002",
    "at": _AT,
    "created_at": _AT,
    "user_id": "ada",
    "agent_id": None,
    "session_id": None,
    "namespace": [],
    "by": "8k2vq0n4c7m1x5tz",
    "reason": "what if she moved to Oslo?",
}


def answers(memory: dict[str, Any]) -> dict[str, Any]:
    """Return what each operation answers, by its id, about an example memory."""
    there = {**memory, "memory": "Ada drinks coffee now.", "version": 2, "updated_at": _END}
    return {
        "create_branch": _BRANCH,
        "list_branches": {"results": [_BRANCH]},
        "delete_branch": _BRANCH,
        "adopt": {
            "branch": "plan",
            "results": [{"id": _ID, "changes": ["revised"], "state": "generated", "version": 2}],
            "conflicts": [{"id": _ID, "base": memory, "main": None, "branch": there}],
            "refused": [],
            "undo_to": _END,
            "dry_run": True,
        },
    }
