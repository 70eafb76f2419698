"""Examples of erasing."""

from typing import Any, Final

from fastapi.openapi.models import Example

ERASURE_ID: Final = "era_01JZ9C2M4N0000000000000000"
_ID: Final = "mem_01JZ8Q4T6W0000000000000000"
_AT: Final = "2026-04-11T18:05:12Z"

ERASE: dict[str, Example] = {
    "ids": {
        "summary": "One memory, and what was made from it",
        "value": {"ids": [_ID], "reason": "request 4711"},
    },
    "subject": {
        "summary": "What all about a person would be",
        "value": {"subject": "ada", "reason": "request 4712", "dry_run": True},
    },
}
VERIFY: dict[str, Example] = {
    "stored": {"summary": "The stored receipt", "value": {}},
}
_PROBE: Final = [{"name": "rows", "passed": True, "found": []}]
_RECEIPT: Final[dict[str, Any]] = {
    "id": ERASURE_ID,
    "status": "complete",
    "requester": "8k2vq0n4c7m1x5tz",
    "reason": "request 4711",
    "override": None,
    "requested_at": _AT,
    "removed_at": _AT,
    "proven_at": _AT,
    "closure": [{"id": _ID, "kind": "text", "role": "target"}],
    "replaced": [],
    "tainted": [],
    "counts": {"cubes": 1, "versions": 2},
    "probes": _PROBE,
    "residuals": [
        {"what": "backups and replicas of the database", "until": "2026-05-11T18:05:12Z"}
    ],
    "seq": 1_291,
    "hash": "5f1c09d2" * 8,
    "signature": "a72e76d2" * 8,
    "dry_run": False,
    "subject": None,
}
ANSWERS: Final[dict[str, Any]] = {
    "erase": _RECEIPT,
    "get_erasure": _RECEIPT,
    "verify_erasure": {
        "id": ERASURE_ID,
        "ok": True,
        "signature": True,
        "journal": True,
        "probes": _PROBE,
        "checked_at": _AT,
    },
}
