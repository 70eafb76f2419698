"""Finding memories that may be one: every pair of a scope that is near, with a verdict."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import RECALLED, Right
from memory_os.domain.operations.merge import Candidate, DuplicatesRequest, DuplicatesResult
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope
from memory_os.domain.simhash import distance
from memory_os.governance.guard import admit, bound_scope
from memory_os.kernel.likeness import fields, side, vectors_of
from memory_os.kernel.parts import Parts
from memory_os.kernel.witnessing import Witness
from memory_os.policies.merging import NEAR_BITS, NEAR_COSINE, Merge, judge
from memory_os.ports.cube_store import Listing

MOST_COMPARED = 20_000
MOST_PAIRS = 100_000
_ROWS = 512
_PAGE = 1_000
_BLOCKS, _BITS = 4, 16
_ORDER = (Merge.MERGE, Merge.CONFLICT, Merge.REVIEW)
_ONES = np.array([value.bit_count() for value in range(1 << _BITS)], dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class _Near:
    """A pair by the places of its cubes, with the cosine of their vectors."""

    one: int
    other: int
    cosine: float


class Duplicates:
    """Compare memories for any principal."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def find(self, principal: Principal, request: DuplicatesRequest) -> DuplicatesResult:
        """Return near pairs with the policy's verdicts, the surest first.

        Memories that recall sees are compared, each with those of exactly its own scope; of more
        than ``MOST_COMPARED`` the oldest.

        Raises:
            AccessDenied, StoreError.
        """
        access = admit(principal, Right.READ, request.scope)
        scope = bound_scope(principal, request.scope)
        cubes, complete = self._cubes(access, scope, request)
        groups: dict[Scope, list[Cube]] = defaultdict(list)
        for cube in cubes:
            groups[cube.scope].append(cube)
        found: list[Candidate] = []
        for members in groups.values():
            pairs = list(islice(self._near(members), MOST_PAIRS + 1))
            complete = complete and len(pairs) <= MOST_PAIRS
            found += self._judged(members, pairs[:MOST_PAIRS], request.action)
        found.sort(key=_surest)
        told = {cube_id for pair in found[: request.limit] for cube_id in (pair.one, pair.other)}
        Witness(self._parts).cubes(principal, "duplicates", [c for c in cubes if c.id in told])
        return DuplicatesResult.model_construct(
            results=tuple(found[: request.limit]), compared=len(cubes), complete=complete
        )

    def _cubes(
        self, access: AccessFilter, scope: Scope, request: DuplicatesRequest
    ) -> tuple[list[Cube], bool]:
        wanted = Visibility(scope=scope, match=request.scope_match, states=RECALLED)
        cubes: list[Cube] = []
        cursor: str | None = None
        while True:
            listing = Listing(wanted, _PAGE, cursor)
            page = self._parts.store.find(access, listing, self._parts.clock.now())
            cubes += page.cubes
            cursor = page.cursor
            if cursor is None or len(cubes) >= MOST_COMPARED:
                return cubes[:MOST_COMPARED], cursor is None

    def _near(self, cubes: Sequence[Cube]) -> Iterator[_Near]:
        vectors = np.concatenate(
            [
                vectors_of(self._parts, cubes[start : start + _PAGE])
                for start in range(0, len(cubes), _PAGE)
            ]
        )
        for start in range(0, len(cubes), _ROWS):
            cosines = vectors[start : start + _ROWS] @ vectors.T
            for row, other in zip(*np.nonzero(cosines >= NEAR_COSINE), strict=True):
                one = start + int(row)
                if one < other:
                    yield _Near(one, int(other), min(1.0, float(cosines[row, other])))
        hashes = np.array([cube.version.simhash for cube in cubes], dtype=np.int64)
        for one, other in close_hashes(hashes):
            cosine = float(vectors[one] @ vectors[other])
            if cosine < NEAR_COSINE:
                yield _Near(one, other, cosine)

    def _judged(
        self, cubes: Sequence[Cube], pairs: Sequence[_Near], action: str | None
    ) -> Iterator[Candidate]:
        tau = self._parts.rules.merge_taus.get(self._parts.embedder.fingerprint)
        for pair in pairs:
            one, other = cubes[pair.one], cubes[pair.other]
            bits = distance(one.version.simhash, other.version.simhash)
            verdict = judge(side(one), side(other), cosine=pair.cosine, bits=bits, tau=tau)
            if verdict.action is Merge.APART or action not in (None, verdict.action.value):
                continue
            yield Candidate.trusted(
                {
                    **fields(one, other, verdict),
                    "one_memory": one.text,
                    "other_memory": other.text,
                }
            )


def close_hashes(hashes: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield each pair of places whose hashes differ in at most ``NEAR_BITS`` bits, once.

    Of four blocks of sixteen bits at least one is equal then (Manku, Jain and Das Sarma, WWW
    2007), so only hashes that share a block are compared. The hash of no words, 0, is near none.
    """
    words = hashes.astype("<i8").view(np.uint16).reshape(-1, _BLOCKS)
    for block in range(_BLOCKS):
        order = np.argsort(words[:, block], kind="stable")
        cuts = np.flatnonzero(np.diff(words[order, block])) + 1
        for group in np.split(order, cuts):
            yield from _in_block(words, group, block)


def _in_block(
    words: NDArray[np.uint16], group: NDArray[np.int64], block: int
) -> Iterator[tuple[int, int]]:
    members = group[words[group].any(axis=1)]
    for place, one in enumerate(members[:-1]):
        rest = members[place + 1 :]
        differing = words[rest] ^ words[one]
        near = _ONES[differing].sum(axis=1) <= NEAR_BITS
        first = ~(differing[:, :block] == 0).any(axis=1)
        for other in rest[near & first]:
            yield min(int(one), int(other)), max(int(one), int(other))


def _surest(found: Candidate) -> tuple[int, float, str, str]:
    return _ORDER.index(Merge(found.action)), -found.cosine, found.one, found.other
