"""From chunks as values to columns, ready to be appended."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memory_os.clock import to_micros
from memory_os.ports.recall_index import Chunk
from memory_os_stores.recall.dictionaries import Dictionaries
from memory_os_stores.recall.layout import (
    BEFORE_ALL,
    KIND_CODES,
    ROLE_CODES,
    STATE_CODES,
    TYPE_CODES,
    end,
    readers_code,
)
from memory_os_stores.recall.names import NOTHING

Column = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of the directory and rows of the engines for ``size`` chunks.

    ``widths`` is the number of distinct terms of each chunk; ``ids`` and ``counts`` hold these
    terms and how often they occur, chunk after chunk.
    """

    size: int
    wide: list[Column]
    codes: list[Column]
    small: list[Column]
    widths: list[int]
    ids: list[int]
    counts: list[int]
    vectors: NDArray[np.float32]


def columns(chunks: Sequence[Chunk], names: Dictionaries) -> Batch:
    """Return the columns of ``chunks``; strings that are new get their numbers."""
    widths: list[int] = []
    ids: list[int] = []
    counts: list[int] = []
    for chunk in chunks:
        occurring = Counter(chunk.terms)
        widths.append(len(occurring))
        ids.extend(names.terms.codes(list(occurring)))
        counts.extend(occurring.values())
    return Batch(
        len(chunks),
        list(zip(*map(_wide, chunks), strict=True)),
        list(zip(*_codes(chunks, names), strict=True)),
        list(zip(*map(_small, chunks), strict=True)),
        widths,
        ids,
        counts,
        np.array([chunk.vector for chunk in chunks], np.float32),
    )


def _wide(chunk: Chunk) -> Column:
    live_from = to_micros(chunk.live_from)
    return (
        chunk.number,
        chunk.turn,
        live_from if chunk.at is chunk.live_from else to_micros(chunk.at),
        live_from,
        end(chunk.live_to),
        _start(chunk.valid_from),
        end(chunk.valid_to),
        end(chunk.expires_at),
    )


def _start(moment: datetime | None) -> int:
    return BEFORE_ALL if moment is None else to_micros(moment)


def _codes(chunks: Sequence[Chunk], names: Dictionaries) -> Iterator[Column]:
    cubes = names.cubes.codes([chunk.cube_id for chunk in chunks])
    groups = names.groups.codes([chunk.group for chunk in chunks])
    for chunk, cube, group in zip(chunks, cubes, groups, strict=True):
        scope = chunk.scope
        yield (
            names.users.optional(scope.user_id),
            names.agents.optional(scope.agent_id),
            names.sessions.optional(scope.session_id),
            names.namespaces.code(scope.namespace),
            group if chunk.group else NOTHING,
            names.principals.optional(chunk.private_to),
            cube,
            chunk.version,
            chunk.ordinal,
            len(chunk.terms),
            names.labels.code(names.terms.codes(chunk.names)) if chunk.names else 0,
            NOTHING,
            NOTHING,
            NOTHING,
            names.branches.code(chunk.branch),
        )


def _small(chunk: Chunk) -> Column:
    return (
        KIND_CODES[chunk.kind],
        TYPE_CODES[chunk.semantic_type],
        STATE_CODES[chunk.state],
        int(chunk.trust),
        ROLE_CODES.get(chunk.role, -1),
        1,
        readers_code(wide=chunk.wide, restricted=chunk.restricted, held=chunk.held),
    )
