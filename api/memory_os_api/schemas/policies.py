"""Examples of policies, feedback, sweeps and simulations."""

from typing import Any, Final

from fastapi.openapi.models import Example

from memory_os.policies.policy_set import BUILT_IN, as_settings

_ID: Final = "mem_01JZ8Q4T6W0000000000000000"
_AT: Final = "2026-03-01T09:30:00Z"


def _example(summary: str, value: dict[str, Any]) -> Example:
    return {"summary": summary, "value": value}


SET: dict[str, Example] = {
    "shorter": _example(
        "Messages fade sooner, for two agents",
        {
            "settings": {"decay": {"half_life_days": {"message": 1.5}}},
            "agents": ["cook", "guide"],
            "reason": "talk is cheap",
        },
    ),
    "toml": _example(
        "A budget, as TOML", {"settings": "[eviction.text]\nmax_count = 50000\n", "dry_run": True}
    ),
}
SIMULATION: dict[str, Example] = {
    "year": _example("A year, with a plot", {"days": 365, "seed": 7, "plot": True}),
}
FEEDBACK: dict[str, Example] = {
    "cited": _example("It was cited in an answer", {"signal": "cited"}),
    "unhelpful": _example(
        "It was of no help", {"signal": "unhelpful", "reason": "about another Ada"}
    ),
}
RUN: dict[str, Example] = {
    "dry": _example(
        "What would move in a scope",
        {"user_id": "ada", "policies": ["ttl", "archive"], "dry_run": True},
    ),
}

_POLICY: Final[dict[str, Any]] = {
    "name": "default",
    "version": 0,
    "settings": as_settings(BUILT_IN),
    "agents": [],
    "at": None,
    "by": "",
    "reason": "",
    "dry_run": False,
}
ANSWERS: Final[dict[str, Any]] = {
    "list_policies": {"results": [_POLICY]},
    "get_policy": _POLICY,
    "set_policy": {
        **_POLICY,
        "version": 1,
        "at": _AT,
        "by": "8k2vq0n4c7m1x5tz",
        "reason": "talk is cheap",
        "agents": ["cook", "guide"],
    },
    "simulate_policy": {
        "name": "default",
        "version": 0,
        "days": 1,
        "seed": 7,
        "results": [
            {
                "day": 1,
                "generated": 17,
                "activated": 0,
                "archived": 1,
                "expired": 0,
                "created": 18,
                "archivals": 1,
                "expiries": 0,
                "evictions": 0,
                "reactivations": 0,
                "activations": 0,
                "uses": 1,
                "misses": 0,
            }
        ],
        "svg": None,
    },
    "feedback": {
        "id": _ID,
        "state": "generated",
        "sigma": 0.630602,
        "strength": 1.707107,
        "half_life_days": 68.786797,
        "uses": {
            "returned": 3,
            "in_context": 2,
            "cited": 1,
            "confirmed": 0,
            "unhelpful": 0,
            "last_at": _AT,
        },
        "expires_at": None,
    },
    "run_policies": {
        "results": [
            {
                "id": _ID,
                "policy": "archive",
                "event": "archive",
                "from_state": "generated",
                "to_state": "archived",
                "reason": "faded",
                "policies": "default@0",
                "inputs": {"sigma": 0.099, "below": 0.1, "valid_to": None},
            }
        ],
        "refused": [],
        "moved": 1,
        "counts": {"archive": {"archive": 1}},
        "dry_run": True,
    },
}
"""What each operation answers, by its id."""
