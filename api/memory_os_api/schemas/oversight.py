"""Query parameters and examples of oversight."""

from typing import Annotated, Any, Final

from fastapi.openapi.models import Example
from pydantic import Field

from memory_os.domain.operations import Limits
from memory_os.domain.operations.common import Border, Id, Label, Moment

_ID: Final = "mem_01JZ8Q4T6W0000000000000000"
_AT: Final = "2026-03-01T09:30:00Z"
_HASH: Final = "3f" * 32


class AuditQuery(Border):
    """Which events of the journal, and which page."""

    actor: Id | None = Field(default=None, description="Who did it: a key's id, or `local`.")
    action: Label | None = Field(default=None, description="What was done, such as `create`.")
    target: Id | None = Field(default=None, description="The id of what it was done to.")
    since: Moment | None = Field(default=None, description="Then or later.")
    until: Moment | None = Field(default=None, description="Before then.")
    limit: int = Field(default=100, ge=1, le=Limits.PAGE, description="How many on a page.")
    cursor: Annotated[str, Field(max_length=32)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )


QUOTA: dict[str, Example] = {
    "memories": {
        "summary": "At most 10,000 memories of a user",
        "value": {"meter": "cubes", "limit": 10_000, "user_id": "ada"},
    },
    "money": {
        "summary": "Half a dollar a day for the language model",
        "value": {"meter": "money_per_day", "limit": 0.5},
    },
}


def answers() -> dict[str, Any]:
    """Return what the operations answer, by their ids."""
    quota = {
        "id": "quo_1f0c9d7e5b3a2c4d6e8f0a1b2c",
        "meter": "cubes",
        "limit": 10_000,
        "used": 1_204,
        "remaining": 8_796,
        "user_id": "ada",
        "agent_id": None,
        "renews_at": None,
        "set_by": "8k2vq0n4c7m1x5tz",
        "set_at": _AT,
    }
    event = {
        "seq": 1,
        "at": _AT,
        "actor": "8k2vq0n4c7m1x5tz",
        "action": "create",
        "targets": [_ID],
        "reason": "",
        "salted": "c65c3301943aa9fb3f6f2e5639b4d95f",
        "prev": "0" * 64,
        "hash": _HASH,
        "salt": "",
        "sealed": "",
    }
    return {
        "list_events": {"results": [event], "next_cursor": None},
        "verify_journal": {
            "ok": True,
            "entries": 1_290,
            "head": _HASH,
            "broken_at": None,
            "heads": 12,
            "signed_to": 1_288,
            "signatures_checked": True,
            "problems": [],
        },
        "export_journal": {
            "tenant": "default",
            "day": "2026-03-01",
            "seq": 1_291,
            "hash": _HASH,
            "at": _AT,
            "signature": "9a" * 32,
            "number": 12,
            "prev": "3c" * 32,
        },
        "list_quotas": {"results": [quota]},
        "set_quota": quota,
        "remove_quota": quota,
    }
