"""Merging: whether two memories say the same, and whether nobody has to look first.

Similarity alone cannot tell: "Ada pays Bo" and "Bo pays Ada" have the same words and the same
vector. So two texts are merged without a look only where they are the same run of canonical
tokens, but for an opening phrase that moved to the end, and only with an embedder whose threshold
was measured on labelled pairs. Everything else that is near is brought up, never done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memory_os.domain.payload import Fact, Message, Payload, text_of
from memory_os.domain.statements import folded
from memory_os.domain.vocabulary import SemanticType, Sensitivity, Trust
from memory_os.policies.differing import differences, jaccard
from memory_os.policies.policy_set import BUILT_IN
from memory_os.policies.policy_set import Merge as Limits
from memory_os.policies.wording import wording

POLICY = "merge@1"
"""Name and version, for the journal and the record of a merge."""

NEAR_COSINE, NEAR_BITS = BUILT_IN.merge.near_cosine, BUILT_IN.merge.near_bits
TAUS: Mapping[str, float] = {
    "static-minilm-l6-v2:256:247844f47d347515:dd33465341c98889": 0.92,
}
"""The lowest cosine at which merging unseen was measured to be safe, by embedder fingerprint.

Found by ``memory-os eval run merge``, which reports the error rates on pairs it did not choose by.
"""

_OPPOSED = frozenset({"number", "date", "negation", "unit", "modality", "tense"})


class Merge(StrEnum):
    """What two memories are to each other.

    ``merge``: one may absorb the other unseen. ``review``: alike, for somebody to decide.
    ``conflict``: alike but for a value or a negation, so one may contradict or update the other.
    ``apart``: not alike.
    """

    MERGE = "merge"
    REVIEW = "review"
    CONFLICT = "conflict"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Side:
    """What the policy looks at in one memory."""

    payload: Payload
    semantic_type: SemanticType = SemanticType.FACT
    trust: Trust = Trust.STANDARD
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers behind a verdict; ``differs`` names the kinds of difference found."""

    cosine: float
    bits: int
    jaccard: float = 0.0
    differs: tuple[str, ...] = ()
    tau: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with its reason and what it was taken from."""

    action: Merge
    reason: str
    evidence: Evidence


def near(cosine: float, bits: int, limits: Limits = BUILT_IN.merge) -> bool:
    """Tell whether two memories are alike enough to be looked at."""
    return cosine >= limits.near_cosine or bits <= limits.near_bits


def judge(
    left: Side,
    right: Side,
    *,
    cosine: float,
    bits: int,
    tau: float | None,
    limits: Limits = BUILT_IN.merge,
) -> Verdict:
    """Decide on two memories of one scope.

    ``cosine`` is of their vectors, ``bits`` the distance of their simhashes, ``tau`` the measured
    threshold of the embedder, nothing if it was not measured.
    """
    if not near(cosine, bits, limits):
        return Verdict(Merge.APART, "not_near", Evidence(cosine, bits, tau=tau))
    one, other = wording(text_of(left.payload)), wording(text_of(right.payload))
    parts = _other_parts(left.payload, right.payload)
    differs = tuple(sorted({*differences(one, other), *parts}))
    evidence = Evidence(cosine, bits, jaccard(one, other), differs, tau)
    if not overlap(left.valid_from, left.valid_to, right.valid_from, right.valid_to):
        return Verdict(Merge.APART, "other_time", evidence)
    if "object" in differs or (differs and set(differs) <= _OPPOSED):
        return Verdict(Merge.CONFLICT, "differs", evidence)
    reason = _doubt(left, right, evidence, limits)
    return Verdict(Merge.REVIEW if reason else Merge.MERGE, reason or "same", evidence)


def overlap(
    start: datetime | None, end: datetime | None, begin: datetime | None, close: datetime | None
) -> bool:
    """Tell whether two half-open spans of time share a moment; unset ends are open."""
    return (end is None or begin is None or begin < end) and (
        close is None or start is None or start < close
    )


def _doubt(left: Side, right: Side, evidence: Evidence, limits: Limits) -> str:
    """Return why the two are not merged unseen, nothing if they may be."""
    checks = (
        (bool(evidence.differs), "differs"),
        (left.semantic_type is not right.semantic_type, "other_type"),
        (left.trust is not right.trust, "other_trust"),
        (left.sensitivity is not right.sensitivity, "other_sensitivity"),
        (left.payload.form != right.payload.form, "other_form"),
        (isinstance(left.payload, Message), "turn_of_conversation"),
        (evidence.jaccard < limits.same_tokens, "other_words"),
        (evidence.tau is None, "embedder_not_measured"),
        (evidence.tau is not None and evidence.cosine < evidence.tau, "below_tau"),
    )
    return next((reason for holds, reason in checks if holds), "")


def _other_parts(left: Payload, right: Payload) -> list[str]:
    """Return which parts two facts that have been taken apart differ in."""
    if not (isinstance(left, Fact) and isinstance(right, Fact)):
        return []
    pairs = {
        "subject": (left.subject, right.subject),
        "predicate": (left.predicate, right.predicate),
        "object": (left.object, right.object),
    }
    other = [
        name for name, (one, two) in pairs.items() if one and two and folded(one) != folded(two)
    ]
    return other if other == ["object"] else ["word"] if other else []
