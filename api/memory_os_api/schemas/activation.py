"""Examples of activation memory."""

from typing import Any, Final

from fastapi.openapi.models import Example

MODEL: Final = {
    "weights": "9f2c…",
    "tokenizer": "1b77…",
    "chat_template": "e3b0…",
    "adapter": "",
    "layers": 24,
    "kv_heads": 2,
    "head_dim": 64,
    "rope": '{"rope_parameters":{"rope_theta":1000000.0}}',
    "attention": "qwen2:full:14",
    "dtype": "bfloat16",
    "layout_version": 1,
}
_CHUNK: Final = {"hash": "5a1e…", "size": 3_146_032, "sha256": "c0ff…", "codec": "native"}


def _example(summary: str, value: dict[str, Any]) -> Example:
    return {"summary": summary, "value": value}


LOOKUP: dict[str, Example] = {
    "prefix": _example(
        "The beginning of a prompt", {"model": MODEL, "tokens": [9_707, 11, *range(300, 554)]}
    )
}
PROMOTION: dict[str, Example] = {
    "measured": _example(
        "With what was measured",
        {
            "model": MODEL,
            "tokens": [9_707, 11, *range(300, 554)],
            "calibration": {
                "prefill": 0.61,
                "load": 0.02,
                "build": 1.9,
                "bytes": 3_146_032,
            },
        },
    )
}
CHECK: dict[str, Example] = {
    "passed": _example(
        "Eight probes agree",
        {"probes": 8, "top1_agreement": 1.0, "max_logit_difference": 4e-6},
    )
}
RECODE: dict[str, Example] = {
    "int8": _example("A third of the bytes", {"codec": "int8", "reason": "disk budget"})
}


def answers(memory: dict[str, Any]) -> dict[str, Any]:
    """Return what each operation answers, by its id, about an example memory."""
    check = {"probes": 8, "top1_agreement": 1.0, "max_logit_difference": 4e-6, "passed": True}
    blob = {"path": "7d1f…/c0/c0ff….safetensors", "size": 3_146_032, "sha256": "c0ff…"}
    payload = {
        "form": "prefix_kv",
        "model": MODEL,
        "tokens": 256,
        "chunks": [{"hash": "5a1e…", "blob": {**blob, "codec": "native"}, "sources": []}],
        "check": None,
    }
    kept = {
        **memory,
        "memory": "",
        "kind": "activation",
        "semantic_type": "prompt",
        "source_class": "inferred",
        "payload": payload,
    }
    passed = {**kept, "version": 2, "state": "activated", "state_reason": "check_passed"}
    return {
        "store_activation": kept,
        "check_activation": {**passed, "payload": {**payload, "check": check}},
        "recode_activation": {**kept, "version": 3},
        "judge_prefix": {
            "promote": True,
            "reason": "pays",
            "policy": "promotion@1",
            "inputs": {"gain": 0.59, "cost": 1.9, "uses_a_day": 2.1, "uses_to_pay": 3.2},
        },
        "find_prefix": {
            "id": memory["id"],
            "version": 2,
            "tokens": 256,
            "chunks": [_CHUNK],
            "reason": "found",
        },
    }
