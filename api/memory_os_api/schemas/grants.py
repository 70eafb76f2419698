"""Query parameters and examples of grants."""

from typing import Annotated, Any, Final

from fastapi.openapi.models import Example
from pydantic import Field

from memory_os.domain.operations import Limits
from memory_os.domain.operations.common import Id
from memory_os_api.schemas.past import ScopeQuery

_ID: Final = "grant_01JZ8Q4T6W0000000000000000"


class GrantsQuery(ScopeQuery):
    """Which grants, and which page of them."""

    memory_id: Id | None = Field(default=None, description="Grants on this memory alone.")
    ended: bool = Field(default=False, description="Past and revoked ones too.")
    limit: int = Field(default=100, ge=1, le=Limits.PAGE, description="How many on a page.")
    cursor: Annotated[str, Field(max_length=500)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )


GRANT: dict[str, Example] = {
    "agents": {
        "summary": "One agent's memories for another to read",
        "value": {
            "to": {"agent_id": "writer"},
            "agent_id": "planner",
            "role": "read",
            "until": "2026-04-01T00:00:00Z",
            "reason": "writes up what was planned",
        },
    },
    "purpose": {
        "summary": "A restricted memory for one purpose",
        "value": {
            "to": "8k2vq0n4c7m1x5tz",
            "memory_id": "mem_01JZ8Q4T6W0000000000000000",
            "purposes": ["recall"],
        },
    },
}

_GRANT: Final[dict[str, Any]] = {
    "id": _ID,
    "to": {
        "principal": None,
        "user_id": None,
        "agent_id": "writer",
        "session_id": None,
        "namespace": [],
    },
    "memory_id": None,
    "user_id": None,
    "agent_id": "planner",
    "session_id": None,
    "namespace": [],
    "rights": ["read"],
    "purposes": [],
    "until": "2026-04-01T00:00:00Z",
    "by": "8k2vq0n4c7m1x5tz",
    "at": "2026-03-01T09:30:00Z",
    "reason": "writes up what was planned",
    "rests_on": None,
    "revoked_at": None,
    "revoked_by": None,
    "live": True,
}
ANSWERS: dict[str, Any] = {
    "create_grant": _GRANT,
    "list_grants": {"results": [_GRANT], "next_cursor": None},
    "revoke_grant": {
        **_GRANT,
        "revoked_at": "2026-03-02T10:00:00Z",
        "revoked_by": "8k2vq0n4c7m1x5tz",
        "live": False,
    },
}
