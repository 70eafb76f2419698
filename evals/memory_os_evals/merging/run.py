"""Measure the merging policy on the labelled pairs and choose its threshold."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memory_os.domain.payload import Fact
from memory_os.domain.simhash import distance, simhash
from memory_os.policies.merging import NEAR_COSINE, POLICY, TAUS, Merge, Side, Verdict, judge
from memory_os.ports.embedder import Embedder
from memory_os.retrieval.analyze import analyze
from memory_os_evals.merging.pairs import Pair, digest, pairs
from memory_os_evals.rates import Rate, rate

SCHEMA = "memory-os/eval-merge@1"
BAR = 0.005
"""The upper end of the interval of false merges that a threshold must stay at or under."""

GRID = tuple(round(0.90 + 0.005 * step, 3) for step in range(21))
Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class Measured:
    """A pair with the evidence and the verdict at the lowest threshold."""

    pair: Pair
    cosine: float
    verdict: Verdict

    def merged(self, tau: float) -> bool:
        """Tell whether the policy merges the pair at ``tau``."""
        return self.verdict.action is Merge.MERGE and self.cosine >= tau


def measure(embedder: Embedder) -> list[Measured]:
    """Return every pair with its verdict; thresholds are applied later."""
    labelled = pairs()
    ones = embedder.embed([pair.one for pair in labelled])
    others = embedder.embed([pair.other for pair in labelled])
    cosines = np.einsum("ij,ij->i", ones, others)
    return [
        Measured(pair, float(cosine), _verdict(pair, float(cosine)))
        for pair, cosine in zip(labelled, cosines, strict=True)
    ]


def _verdict(pair: Pair, cosine: float) -> Verdict:
    bits = distance(simhash(analyze(pair.one)), simhash(analyze(pair.other)))
    one, other = Side(Fact(pair.one)), Side(Fact(pair.other))
    return judge(one, other, cosine=cosine, bits=bits, tau=GRID[0])


def run(embedder: Embedder) -> Document:
    """Return the figures of the suite as one document; the same on every machine."""
    measured = measure(embedder)
    choose = [item for item in measured if item.pair.half == "choose"]
    held = [item for item in measured if item.pair.half == "held"]
    tau = chosen(choose)
    document: Document = {
        "schema": SCHEMA,
        "suite": "merge",
        "policy": POLICY,
        "embedder": embedder.fingerprint,
        "data": {"pairs": len(measured), "sha256": digest()},
        "bar": BAR,
        "tau": tau,
        "shipped_tau": TAUS.get(embedder.fingerprint),
        "held": _halves(held, tau),
        "choose": _halves(choose, tau),
        "classes": [_of_class(kind, held, tau) for kind in _kinds(held)],
        "verdicts": _verdicts(held),
        "curve": [_point(step, choose, held) for step in GRID],
    }
    text = json.dumps(document, sort_keys=True)
    return {**document, "fingerprint": hashlib.sha256(text.encode()).hexdigest()[:16]}


def passed(document: Any) -> bool:
    """Tell whether the bar was kept on the held half, by the threshold that ships."""
    kept: bool = document["held"]["false_merges"]["high"] <= document["bar"]
    return kept and document["tau"] is not None and document["tau"] == document["shipped_tau"]


def chosen(choose: Sequence[Measured]) -> float | None:
    """Return the lowest threshold of the grid that keeps the bar, nothing if none does.

    A pair must be a candidate to be merged, so nothing below that is tried.
    """
    for tau in GRID:
        if tau >= NEAR_COSINE and false_merges(choose, tau).interval.high <= BAR:
            return tau
    return None


def false_merges(measured: Sequence[Measured], tau: float) -> Rate:
    """Return how many of the pairs that differ are merged."""
    return _share(measured, lambda item: not item.pair.same, lambda item: item.merged(tau))


def false_splits(measured: Sequence[Measured], tau: float) -> Rate:
    """Return how many of the pairs that say the same are not merged."""
    return _share(measured, lambda item: item.pair.same, lambda item: not item.merged(tau))


def by_cosine_alone(measured: Sequence[Measured], tau: float) -> tuple[Rate, Rate]:
    """Return false merges and false splits of a policy that knows nothing but the cosine."""
    apart = _share(measured, lambda item: not item.pair.same, lambda item: item.cosine >= tau)
    same = _share(measured, lambda item: item.pair.same, lambda item: item.cosine < tau)
    return apart, same


def _share(
    measured: Sequence[Measured], among: Callable[[Measured], bool], hit: Callable[[Measured], bool]
) -> Rate:
    members = [item for item in measured if among(item)]
    return rate(sum(map(hit, members)), len(members))


def _halves(measured: Sequence[Measured], tau: float | None) -> Document:
    at = 2.0 if tau is None else tau
    return {
        "false_merges": figures(false_merges(measured, at)),
        "false_splits": figures(false_splits(measured, at)),
        "by_hand": {
            "false_merges": figures(false_merges(_by_hand(measured), at)),
            "false_splits": figures(false_splits(_by_hand(measured), at)),
        },
    }


def _by_hand(measured: Sequence[Measured]) -> list[Measured]:
    return [item for item in measured if item.pair.by_hand]


def _kinds(measured: Sequence[Measured]) -> list[tuple[bool, str]]:
    return sorted({(item.pair.same, item.pair.kind) for item in measured})


def _of_class(kind: tuple[bool, str], measured: Sequence[Measured], tau: float | None) -> Document:
    same, name = kind
    members = [item for item in measured if (item.pair.same, item.pair.kind) == kind]
    at = 2.0 if tau is None else tau
    error = false_splits(members, at) if same else false_merges(members, at)
    found = sum(item.verdict.action is not Merge.APART for item in members)
    return {
        "class": name,
        "label": "same" if same else "apart",
        "error": figures(error),
        "candidates": found,
    }


def _verdicts(measured: Sequence[Measured]) -> Document:
    """Count the verdicts on what is the same and on what is not."""
    return {
        label: {
            action.value: sum(
                item.verdict.action is action for item in measured if item.pair.same is same
            )
            for action in Merge
        }
        for label, same in (("apart", False), ("same", True))
    }


def _point(tau: float, choose: Sequence[Measured], held: Sequence[Measured]) -> Document:
    alone, split = by_cosine_alone(held, tau)
    return {
        "tau": tau,
        "chosen_on": figures(false_merges(choose, tau)),
        "false_merges": figures(false_merges(held, tau)),
        "false_splits": figures(false_splits(held, tau)),
        "cosine_alone": {"false_merges": figures(alone), "false_splits": figures(split)},
    }


def figures(found: Rate) -> Document:
    """Return a rate as it stands in the document."""
    return {
        "count": found.count,
        "of": found.of,
        "rate": round(found.value, 6),
        "low": round(found.interval.low, 6),
        "high": round(found.interval.high, 6),
    }


def wrong(measured: Sequence[Measured], tau: float) -> Iterator[Measured]:
    """Yield what the policy would merge though it differs."""
    return (item for item in measured if not item.pair.same and item.merged(tau))
