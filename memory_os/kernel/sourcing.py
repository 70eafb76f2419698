"""What a cache was computed from, chunk by chunk, and whether that still stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube, Parent
from memory_os.domain.kv import CHUNK
from memory_os.domain.operations.activation import TokenSource
from memory_os.domain.payload import Activation, Source
from memory_os.domain.vocabulary import Kind
from memory_os.errors import InvalidInput, NotFound, VersionConflict
from memory_os.kernel.parts import Parts


def sources_now(
    parts: Parts, access: AccessFilter, sources: Sequence[TokenSource], now: datetime
) -> dict[str, Cube]:
    """Return the memories that a prefix was made of, by id, as they stand.

    Raises:
        NotFound: one is not there for the caller, or no longer in recall.
        VersionConflict: one has another version by now.
        InvalidInput: one is no text.
    """
    ids = list(dict.fromkeys(source.id for source in sources))
    found = {cube.id: cube for cube in parts.store.get(access, ids)} if ids else {}
    for source in sources:
        cube = found.get(source.id)
        if cube is None or not _stands(cube, now):
            raise NotFound(f"no memory {source.id!r} in recall to have computed on", id=source.id)
        if cube.kind is not Kind.TEXT:
            raise InvalidInput(f"{source.id!r} is no text", field="sources")
        if cube.version.number != source.version:
            raise VersionConflict(
                f"{source.id!r} is at version {cube.version.number}, not {source.version}: the "
                "text that this was computed on is no longer it; compute it again",
                version=cube.version.number,
            )
    return found


def by_chunk(sources: Sequence[TokenSource], chunks: int) -> list[tuple[Source, ...]]:
    """Return for each chunk the sources whose text is in it, with the tokens inside the chunk."""
    found: list[tuple[Source, ...]] = []
    for at in range(chunks):
        start, stop = at * CHUNK, (at + 1) * CHUNK
        found.append(
            tuple(
                Source(
                    each.id,
                    each.version,
                    (max(start, each.span[0]) - start, min(stop, each.span[1]) - start),
                )
                for each in sources
                if each.span[0] < stop and each.span[1] > start
            )
        )
    return found


def edges(payload: Activation) -> tuple[Parent, ...]:
    """Return the derivations of a cache: erasing what is in its chunks erases it too."""
    seen = dict.fromkeys((s.cube_id, s.version) for c in payload.chunks for s in c.sources)
    return tuple(Parent(cube_id, version, "promote") for cube_id, version in seen)


def standing_chunks(payload: Activation, heads: Mapping[str, Cube], now: datetime) -> int:
    """Return how many chunks from the first on were computed from what still stands.

    ``heads`` are the sources that the asker may read; one that is missing stands no more.
    """
    for at, chunk in enumerate(payload.chunks):
        for source in chunk.sources:
            head = heads.get(source.cube_id)
            if head is None or head.version.number != source.version or not _stands(head, now):
                return at
    return len(payload.chunks)


def source_ids(payload: Activation) -> list[str]:
    """Return the ids of all that a cache was computed from."""
    return list(
        dict.fromkeys(source.cube_id for chunk in payload.chunks for source in chunk.sources)
    )


def _stands(cube: Cube, now: datetime) -> bool:
    return cube.recallable and not cube.gone(now)
