"""Examples of every operation, for the OpenAPI document; a test sends each of them."""

from typing import Any, Final

from fastapi.openapi.models import Example

from memory_os_api.schemas import (
    activation,
    adapter,
    branches,
    erasing,
    grants,
    jobs,
    oversight,
    past,
    policies,
    reviewing,
)

ID: Final = "mem_01JZ8Q4T6W0000000000000000"
_OTHER: Final = "mem_01JZ8Q4T6W0000000000000001"
_CREATED: Final = "2026-03-01T09:30:00Z"
_UPDATED: Final = "2026-04-11T18:05:12Z"
_PURGED: Final = "2026-05-11T18:05:12Z"
_COST: Final = {"tokens": 0, "money": 0.0}


def _example(summary: str, value: dict[str, Any]) -> Example:
    return {"summary": summary, "value": value}


ADD: dict[str, Example] = {
    "text": _example(
        "A sentence",
        {"content": "Ada drinks her tea without milk.", "user_id": "ada", "tags": ["drinks"]},
    ),
    "messages": _example(
        "A conversation",
        {
            "messages": [
                {"role": "user", "name": "Ada", "content": "Please book a window seat, always."},
                {"role": "assistant", "content": "Window seats from now on."},
            ],
            "user_id": "ada",
            "agent_id": "travel",
            "session_id": "monday",
        },
    ),
    "document": _example(
        "A document",
        {
            "document": {
                "title": "Stove manual",
                "text": "# Stove\n\n## Cleaning\n\nEmpty the ash weekly.",
                "media_type": "text/markdown",
            },
            "user_id": "ada",
        },
    ),
}
BATCH: dict[str, Example] = {
    "two": _example(
        "Two sentences, stored together or not at all",
        {
            "requests": [
                {"content": "Shelf 1 holds jam.", "user_id": "ada"},
                {"content": "Shelf 2 holds flour.", "user_id": "ada"},
            ]
        },
    )
}
UPDATE: dict[str, Example] = {
    "text": _example(
        "A change of mind",
        {"content": "Ada eats fish again, no meat.", "reason": "she said so in April"},
    )
}
TRANSITION: dict[str, Example] = {
    "archive": _example(
        "What would come of archiving it",
        {"event": "archive", "reason": "no longer needed", "dry_run": True},
    )
}
MERGE: dict[str, Example] = {
    "two": _example(
        "What would come of making one memory of two",
        {"parents": [ID, _OTHER], "reason": "they say the same", "dry_run": True},
    )
}
SEARCH: dict[str, Example] = {
    "plain": _example("A question", {"query": "How does Ada take her tea?", "user_id": "ada"}),
    "filtered": _example(
        "Among tagged memories, as of a day",
        {
            "query": "tea",
            "user_id": "ada",
            "top_k": 3,
            "filters": {"AND": [{"tags": {"contains": "drinks"}}]},
            "as_of": "2026-04-01T00:00:00Z",
        },
    ),
}
CONTEXT: dict[str, Example] = {
    "budget": _example(
        "At most 200 tokens",
        {"query": "How does Ada take her tea?", "user_id": "ada", "max_tokens": 200},
    )
}
KEY: dict[str, Example] = {
    "agent": _example(
        "A key for one agent, good for 90 days",
        {
            "name": "travel-agent",
            "role": "write",
            "kind": "agent",
            "agent_id": "travel",
            "ttl_seconds": 7_776_000,
        },
    )
}
MEM0_ADD: dict[str, Example] = {
    "messages": _example(
        "Turns",
        {
            "messages": [{"role": "user", "content": "I drink my tea without milk."}],
            "user_id": "ada",
            "metadata": {"channel": "chat"},
        },
    )
}
MEM0_SEARCH: dict[str, Example] = {
    "filters": _example(
        "With the ids in the filters",
        {"query": "tea", "filters": {"AND": [{"user_id": "ada"}]}, "top_k": 5},
    )
}
MEM0_UPDATE: dict[str, Example] = {
    "text": _example("Another text", {"text": "Ada drinks coffee now."})
}

MEMORY: Final[dict[str, Any]] = {
    "id": ID,
    "memory": "Ada drinks her tea without milk.",
    "kind": "text",
    "semantic_type": "preference",
    "state": "generated",
    "state_reason": "created",
    "version": 1,
    "user_id": "ada",
    "agent_id": None,
    "session_id": None,
    "namespace": [],
    "external_id": None,
    "tags": ["drinks"],
    "metadata": {"channel": "chat"},
    "created_at": _CREATED,
    "updated_at": _CREATED,
    "superseded_at": None,
    "valid_from": None,
    "valid_to": None,
    "expires_at": None,
    "purge_at": None,
    "trust": "standard",
    "confidence": 1.0,
    "priority": "normal",
    "pinned": False,
    "sensitivity": "internal",
    "compliance": [],
    "visibility": "scope",
    "source_class": "user_input",
    "actor": "8k2vq0n4c7m1x5tz",
    "sources": [],
    "parents": [],
    "merged_into": None,
    "superseded_by": None,
    "conflicts_with": [],
    "payload": {
        "form": "fact",
        "text": "Ada drinks her tea without milk.",
        "subject": None,
        "predicate": None,
        "object": None,
        "at": None,
    },
}
_HIT: Final[dict[str, Any]] = {
    **MEMORY,
    "score": 0.82,
    "relevance": 0.91,
    "span": [0, 32],
    "heading": "",
    "scores": None,
}
_ADDED: Final = {
    "results": [
        {
            "id": ID,
            "memory": "Ada drinks her tea without milk.",
            "event": "ADD",
            "state": "generated",
            "version": 1,
            "reason": "",
            "superseded": [],
            "conflicts_with": [],
        }
    ],
    "cost": _COST,
}
_LIKENESS: Final[dict[str, Any]] = {
    "one": ID,
    "other": _OTHER,
    "action": "merge",
    "reason": "same",
    "cosine": 0.994211,
    "bits": 1,
    "jaccard": 1.0,
    "differs": [],
    "tau": 0.92,
    "policy": "merge@1",
}
_MERGED: Final = "mem_01JZ8Q4T6W0000000000000002"
_DELETED: Final = {"deleted": 1, "ids": [ID], "purge_at": _PURGED, "dry_run": False}
_KEY: Final[dict[str, Any]] = {
    "id": "8k2vq0n4c7m1x5tz",
    "tenant": "default",
    "name": "travel-agent",
    "role": "write",
    "kind": "agent",
    "user_id": None,
    "agent_id": "travel",
    "session_id": None,
    "namespace": [],
    "created_at": _CREATED,
    "expires_at": None,
    "revoked_at": None,
}
_MEM0: Final[dict[str, Any]] = {
    "id": ID,
    "memory": "Ada drinks her tea without milk.",
    "user_id": "ada",
    "agent_id": None,
    "run_id": None,
    "metadata": {"channel": "chat"},
    "created_at": _CREATED,
    "updated_at": _CREATED,
    "score": None,
}
_REVISIONS: Final[list[dict[str, Any]]] = [
    {**MEMORY, "superseded_at": _UPDATED, "change": "created"},
    {
        **MEMORY,
        "memory": "Ada drinks coffee now.",
        "version": 2,
        "updated_at": _UPDATED,
        "payload": {**MEMORY["payload"], "text": "Ada drinks coffee now."},
        "change": "revised",
    },
]

ANSWERS: Final[dict[str, Any]] = {
    **past.answers(MEMORY),
    **erasing.ANSWERS,
    **grants.ANSWERS,
    **branches.answers(MEMORY),
    **policies.ANSWERS,
    **reviewing.answers(MEMORY),
    **activation.answers(MEMORY),
    **adapter.answers(MEMORY),
    **jobs.ANSWERS,
    **oversight.answers(),
    "add": _ADDED,
    "add_many": _ADDED,
    "list_all": {"results": [MEMORY], "next_cursor": None},
    "delete_all": _DELETED,
    "get": MEMORY,
    "update": {name: _REVISIONS[1][name] for name in MEMORY},
    "delete": _DELETED,
    "history": {"results": _REVISIONS},
    "position": {
        "id": ID,
        "state": "generated",
        "resume": [],
        "legal": ["activate", "revise", "archive", "freeze", "delete"],
    },
    "transition": {**MEMORY, "state": "archived", "state_reason": "no longer needed"},
    "candidates": {
        "results": [
            {
                **_LIKENESS,
                "one_memory": "Ada drinks her tea without milk.",
                "other_memory": "ada drinks her tea without milk",
            }
        ],
        "compared": 2,
        "complete": True,
    },
    "merge": {
        "results": [
            {
                **MEMORY,
                "id": _MERGED,
                "state_reason": "merged",
                "source_class": "consolidated",
                "parents": [
                    {"cube_id": ID, "version": 1, "role": "merge", "score": 1.0},
                    {"cube_id": _OTHER, "version": 1, "role": "merge", "score": 0.994211},
                ],
            }
        ],
        "parents": [
            {**MEMORY, "id": each, "state": "merged", "merged_into": _MERGED}
            for each in (ID, _OTHER)
        ],
        "likeness": [_LIKENESS],
        "dry_run": False,
    },
    "unmerge": {
        "results": [MEMORY, {**MEMORY, "id": _OTHER}],
        "archived": {**MEMORY, "id": _MERGED, "state": "archived", "state_reason": "unmerge"},
        "kept": None,
        "dry_run": False,
    },
    "search": {
        "results": [_HIT],
        "outcome": "found",
        "rounds": 1,
        "explanation": None,
        "cost": _COST,
    },
    "context": {
        "text": "[1] Ada drinks her tea without milk.",
        "citations": [
            {
                "marker": "[1]",
                "id": ID,
                "version": 1,
                "span": [0, 32],
                "relevance": 0.91,
                "cut": False,
                "trust": "standard",
            }
        ],
        "dropped": [{"id": _OTHER, "reason": "budget"}],
        "tokens": 11,
        "outcome": "found",
        "prefix": None,
        "activation": None,
        "cost": _COST,
    },
    "create_key": {**_KEY, "key": "mos_8k2vq0n4c7m1x5tz_" + "0" * 52},
    "list_keys": {"results": [_KEY], "next_cursor": None},
    "get_key": _KEY,
    "healthz": {"status": "ok"},
    "readyz": {
        "status": "ready",
        "checks": {"store": "ok", "embedder": "static"},
    },
    "stats": {"tenant": "default", "embedder": "static", "indexed": 1_204, "journal": 1_290},
    "add_memory": {
        "results": [{"id": ID, "memory": "I drink my tea without milk.", "event": "ADD"}]
    },
    "list_memories": {"results": [_MEM0], "next_cursor": None},
    "delete_memories": {"message": "Memories deleted", "deleted": 3},
    "search_memories": {"results": [{**_MEM0, "score": 0.91}], "next_cursor": None},
    "get_memory": _MEM0,
    "update_memory": {**_MEM0, "memory": "Ada drinks coffee now.", "updated_at": _UPDATED},
    "delete_memory": {"message": "Memory deleted", "deleted": 1},
    "memory_history": [
        {
            "id": f"{ID}:1",
            "memory_id": ID,
            "old_memory": None,
            "new_memory": "Ada drinks her tea without milk.",
            "event": "ADD",
            "created_at": _CREATED,
            "updated_at": _CREATED,
            "is_deleted": False,
        }
    ],
}
"""What each operation answers, by its id."""
