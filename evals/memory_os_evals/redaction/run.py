"""Measure the scan for secrets and personal data, and the one for orders to a model."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from memory_os.policies import injection, redaction
from memory_os.policies.finding import Kind
from memory_os.policies.injection import suspect
from memory_os.policies.policy_set import BUILT_IN
from memory_os.policies.redaction import scan
from memory_os_evals.merging.run import Document, figures
from memory_os_evals.rates import rate
from memory_os_evals.redaction.texts import Span, Text, digest, texts

SCHEMA = "memory-os/eval-redaction@1"
LEAST = {"precision": 0.95, "recall": 0.85}
"""What each label must keep over all texts; attacks must be told with this precision too."""


def run() -> Document:
    """Return the figures of the suite as one document; the same on every machine."""
    labelled = [text for text in texts() if text.group in ("marked", "plain")]
    spoken = [text for text in texts() if text.group in ("attack", "innocent")]
    document: Document = {
        "schema": SCHEMA,
        "suite": "redaction",
        "policies": [redaction.POLICY, injection.POLICY],
        "data": {"texts": len(labelled) + len(spoken), "sha256": digest()},
        "least": LEAST,
        "kinds": [_of_kind(kind.value, labelled) for kind in Kind],
        "by_hand": [_of_kind(kind.value, [t for t in labelled if t.by_hand]) for kind in Kind],
        "plain": _plain(labelled),
        "injection": _injection(spoken),
    }
    text = json.dumps(document, sort_keys=True)
    return {**document, "fingerprint": hashlib.sha256(text.encode()).hexdigest()[:16]}


def passed(document: Any) -> bool:
    """Tell whether every kind, and the detector of orders, kept the least precision and recall."""
    rows = document["kinds"]
    kept = all(row[name]["rate"] >= LEAST[name] for row in rows for name in LEAST)
    orders = document["injection"]
    return kept and orders["precision"]["rate"] >= 0.9 and orders["recall"]["rate"] >= 0.75


def spans_of(text: str) -> tuple[Span, ...]:
    """Return what the scan finds, as the labels have it."""
    return tuple((found.kind.value, found.start, found.end) for found in scan(text))


def missed(labelled: Sequence[Text]) -> Iterator[tuple[Text, Span]]:
    """Yield what is marked and not found, though any overlap of the same kind counts."""
    for text in labelled:
        found = spans_of(text.text)
        yield from ((text, span) for span in text.spans if not _met(span, found))


def invented(labelled: Sequence[Text]) -> Iterator[tuple[Text, Span]]:
    """Yield what is found and not marked."""
    for text in labelled:
        yield from ((text, span) for span in spans_of(text.text) if not _met(span, text.spans))


def _met(span: Span, others: Sequence[Span]) -> bool:
    kind, start, end = span
    return any(kind == other[0] and start < other[2] and other[1] < end for other in others)


def _of_kind(kind: str, labelled: Sequence[Text]) -> Document:
    marked = sum(span[0] == kind for text in labelled for span in text.spans)
    found = sum(span[0] == kind for text in labelled for span in spans_of(text.text))
    lost = sum(span[0] == kind for _, span in missed(labelled))
    extra = sum(span[0] == kind for _, span in invented(labelled))
    exact = sum(
        span in spans_of(text.text) for text in labelled for span in text.spans if span[0] == kind
    )
    return {
        "kind": kind,
        "precision": figures(rate(found - extra, found)),
        "recall": figures(rate(marked - lost, marked)),
        "exact": figures(rate(exact, marked)),
    }


def _plain(labelled: Sequence[Text]) -> Document:
    plain = [text for text in labelled if text.group == "plain"]
    touched = sum(bool(spans_of(text.text)) for text in plain)
    return {"texts": len(plain), "touched": figures(rate(touched, len(plain)))}


def _injection(spoken: Sequence[Text]) -> Document:
    at = BUILT_IN.admission.suspect_score
    hits = [text for text in spoken if suspect(text.text).score >= at]
    attacks = sum(text.group == "attack" for text in spoken)
    right = sum(text.group == "attack" for text in hits)
    return {
        "at": at,
        "attacks": attacks,
        "innocent": len(spoken) - attacks,
        "precision": figures(rate(right, len(hits))),
        "recall": figures(rate(right, attacks)),
        "false_alarms": figures(rate(len(hits) - right, len(spoken) - attacks)),
    }
