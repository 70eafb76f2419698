"""Finding the longest kept prefix of a prompt, and loading it: only what is true and checked."""

from collections.abc import Iterator, Sequence

from memory_os.activation.identity import chain, root
from memory_os.domain.access import AccessFilter, Principal
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.kv import CHUNK
from memory_os.domain.lifecycle import (
    RECALLED,
    Event,
    Right,
    State,
    transition,
    underlying,
)
from memory_os.domain.operations.activation import PrefixChunk, PrefixRequest, PrefixResult
from memory_os.domain.payload import Activation, Blob
from memory_os.domain.writing import Govern, Write
from memory_os.errors import IllegalTransition, NotFound, StoreCorrupt, VersionConflict
from memory_os.governance.guard import admit, require_on
from memory_os.kernel.caching import cache_of
from memory_os.kernel.expiring import ACTOR
from memory_os.kernel.hot import Hot
from memory_os.kernel.lookup import known
from memory_os.kernel.moving import facts, governed, place
from memory_os.kernel.parts import Parts
from memory_os.kernel.promoting import Wanting
from memory_os.kernel.releasing import Releasing
from memory_os.kernel.sourcing import source_ids, standing_chunks
from memory_os.kernel.using import Using
from memory_os.policies.decay import Use

_REASONS = ("source_changed", "unchecked", "not_active", "not_readable", "none_stored")
"""Why nothing is found, the most telling first."""


class Prefixes:
    """Find and load caches for any principal."""

    def __init__(self, parts: Parts, using: Using, wanting: Wanting, hot: Hot) -> None:
        self._parts = parts
        self._using = using
        self._wanting = wanting
        self._releasing = Releasing(parts)
        self._hot = hot

    def find(self, principal: Principal, request: PrefixRequest) -> PrefixResult:
        """Return the longest kept prefix of the tokens that this caller may load.

        The caller reads the cache and every memory behind it, as they stand at this moment.

        Raises:
            AccessDenied, StoreError.
        """
        access = admit(principal, Right.READ, principal.bindings)
        self._using.settle_due(principal.tenant_id)
        salt = self._parts.seal.kv_salt(access.tenant_id)
        hashes = chain(root(request.model, salt), request.tokens)
        self._wanting.count(principal.tenant_id, hashes)
        best, reasons = PrefixResult(), {"none_stored"}
        for cube, position in self._holders(access, hashes, reasons):
            if position < len(best.chunks):
                break
            found = self._offered(access, cube, position, reasons)
            if len(found.chunks) > len(best.chunks):
                best = found
        if best.id is None:
            return PrefixResult(reason=next(why for why in _REASONS if why in reasons))
        used = self._parts.store.get(access, [best.id])
        self._using.count(principal.tenant_id, used, Use.CITED)
        return best

    def load(
        self, principal: Principal, memory_id: str, number: int, *, unchecked: bool = False
    ) -> tuple[Blob, memoryview]:
        """Return the file of a chunk, verified; damaged ones are never given out.

        A cache with a damaged chunk is archived on the spot: its prefix is computed again.
        ``unchecked`` gives who may write it what is still to be checked.

        Raises:
            AccessDenied; NotFound: no such cache or chunk that this caller may load;
            StoreCorrupt: the file is damaged or gone.
        """
        access = admit(principal, Right.READ, principal.bindings)
        cube = known(self._parts, access, memory_id)
        payload, reasons = cache_of(cube), set[str]()
        if unchecked:
            require_on(principal, Right.WRITE, cube)
        last = len(payload.chunks) - 1
        offered = self._offered(access, cube, last, reasons, unchecked=unchecked)
        if not 0 <= number < len(offered.chunks):
            why = next(iter(reasons), "")
            raise NotFound(
                f"{memory_id!r} has no chunk {number} to load: {why or 'it is shorter'}",
                id=memory_id,
                reason=why,
            )
        blob = payload.chunks[number].blob
        try:
            return blob, self._hot.get(
                cube.tenant_id, blob, lambda: self._parts.blobs.read(cube.tenant_id, blob)
            )
        except (NotFound, StoreCorrupt) as error:
            self._condemn(cube)
            raise StoreCorrupt(
                f"chunk {number} of {memory_id!r} is damaged or gone; the cache was archived, "
                "compute the prefix again and store that",
                id=memory_id,
            ) from error

    def _holders(
        self, access: AccessFilter, hashes: Sequence[str], reasons: set[str]
    ) -> Iterator[tuple[Cube, int]]:
        """Yield the caches that begin like the tokens, and up to which chunk, longest first."""
        furthest: dict[str, int] = {}
        for held in self._parts.tensors.holding(access.tenant_id, hashes):
            furthest.setdefault(held.cube_id, held.position)
        cubes = {cube.id: cube for cube in self._parts.store.get(access, list(furthest))}
        for cube_id, position in furthest.items():
            cube = cubes.get(cube_id)
            if cube is None:
                reasons.add("not_readable")
            elif isinstance(cube.payload, Activation) and position < len(cube.payload.chunks):
                yield cube, position

    def _offered(
        self,
        access: AccessFilter,
        cube: Cube,
        position: int,
        reasons: set[str],
        *,
        unchecked: bool = False,
    ) -> PrefixResult:
        """Return as much of a cache as may be loaded, and note what stops it."""
        payload, now = cache_of(cube), self._parts.clock.now()
        if not unchecked and (payload.check is None or not payload.check.passed):
            reasons.add("unchecked")
            return PrefixResult()
        state = underlying(cube.position)
        loadable = state in RECALLED if unchecked else state is State.ACTIVATED
        if not loadable or cube.gone(now):
            reasons.add("not_active")
            return PrefixResult()
        behind = self._parts.store.get(access, source_ids(payload))
        standing = standing_chunks(payload, {source.id: source for source in behind}, now)
        if standing <= position:
            reasons.add("source_changed")
        chunks = payload.chunks[: min(standing, position + 1)]
        if not chunks:
            return PrefixResult()
        return PrefixResult(
            id=cube.id,
            version=cube.version.number,
            tokens=len(chunks) * CHUNK,
            chunks=tuple(
                PrefixChunk(
                    hash=chunk.hash,
                    size=chunk.blob.size,
                    sha256=chunk.blob.sha256,
                    codec=chunk.blob.codec,
                )
                for chunk in chunks
            ),
            reason="source_changed" if standing <= position else "found",
        )

    def _condemn(self, cube: Cube) -> None:
        """Archive a cache that has a damaged chunk; if others change it meanwhile, it is theirs."""
        now, rules = self._parts.clock.now(), self._parts.rules
        try:
            planned = transition(place(cube, now), Event.ARCHIVE, facts(cube, now, rules))
        except IllegalTransition:
            return
        after = cube.moved(governed(cube, planned, "damaged", now, rules))
        note = Note(ACTOR, Event.ARCHIVE.value, (cube.id,), "damaged")
        move = Govern(cube.id, cube.version.number, after.governance, note, cube.governance)
        try:
            self._parts.store.write(Write(cube.tenant_id, now, (move,)))
        except VersionConflict:
            return
        self._releasing.dropped(cube.tenant_id, [cube])
