"""Examples of parametric memory."""

from typing import Any, Final

from fastapi.openapi.models import Example

from memory_os_api.schemas.activation import MODEL

_OTHER: Final = "mem_01JZ8Q4T6W0000000000000001"
_SCORES: Final = {
    "before": [0.0, 0.0, 0.0, 1.0],
    "after": [1.0, 1.0, 1.0, 1.0],
    "divergence": 0.03,
    "detach_tested": True,
}


def _example(summary: str, value: dict[str, Any]) -> Example:
    return {"summary": summary, "value": value}


TRAINING: dict[str, Example] = {
    "some": _example("May these be trained on?", {"ids": [_OTHER], "agent_id": "concierge"})
}
GATE: dict[str, Example] = {"passed": _example("Recall rose, little else moved", dict(_SCORES))}


def answers(memory: dict[str, Any]) -> dict[str, Any]:
    """Return what each operation answers, by its id, about an example memory."""
    blob = {"path": "7d1f…/ab/ab12….safetensors", "size": 269_312, "sha256": "ab12…"}
    source = {"cube_id": _OTHER, "version": 1, "span": None, "hash": "77aa…", "weight": 1.0}
    manifest = {
        "contributors": [source],
        "data_hash": "d1ce…",
        "seed": 7,
        "config": {"epochs": 40, "peft": {"peft_type": "LORA", "r": 8}},
        "scores_before": {},
        "scores_after": {},
        "verdict": "ungated",
    }
    payload = {
        "form": "adapter",
        "base": MODEL,
        "method": "lora",
        "rank": 8,
        "alpha": 16.0,
        "target_modules": ["q_proj"],
        "blob": {**blob, "codec": "native"},
        "manifest": manifest,
    }
    kept = {
        **memory,
        "memory": "",
        "kind": "parametric",
        "semantic_type": "procedure",
        "source_class": "trained",
        "payload": payload,
    }
    judged = {
        **manifest,
        "scores_before": {"recall": 0.25, "kept": 0.0},
        "scores_after": {"recall": 1.0, "kept": 0.0, "gain_lower": 0.25, "divergence": 0.03},
        "verdict": "passed",
    }
    passed = {**kept, "version": 2, "state": "activated", "state_reason": "gate_passed"}
    return {
        "store_adapter": kept,
        "judge_adapter": {**passed, "payload": {**payload, "manifest": judged}},
        "may_train": {
            "allowed": False,
            "reason": "too_few_contributors",
            "policy": "promotion@1",
            "inputs": {"contributors": 1.0, "needed": 20.0},
            "memories": [],
        },
    }
