"""How alike stored memories are: their vectors, their hashes, the policy's verdicts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.cube import Cube
from memory_os.domain.operations.merge import Likeness
from memory_os.domain.simhash import distance
from memory_os.kernel.parts import Parts
from memory_os.policies.merging import POLICY, Side, Verdict, judge
from memory_os.policies.policy_set import Merge as Limits


def vectors_of(parts: Parts, cubes: Sequence[Cube]) -> NDArray[np.float32]:
    """Return a row a cube, of length one: the mean of its passages, zero if it has none."""
    rows = np.zeros((len(cubes), parts.embedder.dimensions), dtype=np.float32)
    if not cubes:
        return rows
    places = {(cube.id, cube.version.number): at for at, cube in enumerate(cubes)}
    for row in parts.store.index_rows(cubes[0].tenant_id, list(places)):
        once = {stored.passage.ordinal: stored.passage.vector for stored in row.passages}
        if once:
            at = places[row.cube.id, row.cube.version.number]
            rows[at] = np.mean(list(once.values()), axis=0)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.divide(rows, lengths, out=rows, where=lengths > 0)
    return rows


def side(cube: Cube) -> Side:
    """Return what the policy looks at in a cube."""
    version = cube.version
    return Side(
        payload=cube.payload,
        semantic_type=version.semantic_type,
        trust=version.trust,
        sensitivity=cube.governance.sensitivity,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
    )


def compared(parts: Parts, chosen: Cube, others: Sequence[Cube], limits: Limits) -> list[Likeness]:
    """Return how alike each of ``others`` is to ``chosen``."""
    vectors = vectors_of(parts, [chosen, *others])
    tau = parts.rules.merge_taus.get(parts.embedder.fingerprint)
    found = []
    for other, vector in zip(others, vectors[1:], strict=True):
        bits = distance(chosen.version.simhash, other.version.simhash)
        cosine = float(np.clip(vectors[0] @ vector, -1.0, 1.0))
        verdict = judge(side(chosen), side(other), cosine=cosine, bits=bits, tau=tau, limits=limits)
        found.append(Likeness.trusted(fields(chosen, other, verdict)))
    return found


def fields(one: Cube, other: Cube, verdict: Verdict) -> dict[str, object]:
    """Return the fields of a ``Likeness``."""
    evidence = verdict.evidence
    return {
        "one": one.id,
        "other": other.id,
        "action": verdict.action.value,
        "reason": verdict.reason,
        "cosine": round(evidence.cosine, 6),
        "bits": evidence.bits,
        "jaccard": round(evidence.jaccard, 6),
        "differs": evidence.differs,
        "tau": evidence.tau,
        "policy": POLICY,
    }
