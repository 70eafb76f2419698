"""Examples of review."""

from typing import Any, Final

from fastapi.openapi.models import Example

_REVIEWED: Final = "2026-04-11T18:05:12Z"
_PURGED: Final = "2026-05-11T18:05:12Z"


def _example(summary: str, value: dict[str, Any]) -> Example:
    return {"summary": summary, "value": value}


ATTEST: dict[str, Example] = {
    "raise": _example(
        "Somebody checked it",
        {"trust": "standard", "reason": "read against the contract of 3 April"},
    )
}
REJECT: dict[str, Example] = {
    "held": _example("It is an attack", {"reason": "gives orders to the model, from a web page"})
}


def answers(memory: dict[str, Any]) -> dict[str, Any]:
    """Return what each operation answers, by its id, about an example memory."""
    gone = {
        "state": "expired",
        "state_reason": "gives orders to the model, from a web page",
        "expires_at": _REVIEWED,
        "purge_at": _PURGED,
    }
    return {
        "attest": {**memory, "version": 2, "updated_at": _REVIEWED},
        "reject": {**memory, **gone},
    }
