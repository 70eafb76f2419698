"""From chunks as values to columns, ready to be appended."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os.clock import to_micros
from memory_os.ports.recall_index import Chunk
from memory_os_stores.recall.dictionaries import Dictionaries
from memory_os_stores.recall.layout import (
    KIND_CODES,
    ROLE_CODES,
    STATE_CODES,
    TYPE_CODES,
    end,
    start,
)
from memory_os_stores.recall.names import NOTHING


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of the directory and of the indexes for ``size`` chunks.

    ``widths`` is the number of distinct terms of each chunk; ``ids`` and ``counts`` hold these
    terms and how often they occur, chunk after chunk.
    """

    size: int
    wide: NDArray[np.int64]
    codes: NDArray[np.int32]
    small: NDArray[np.int8]
    widths: NDArray[np.int64]
    ids: NDArray[np.int32]
    counts: NDArray[np.int64]
    vectors: NDArray[np.float32]


def columns(chunks: Sequence[Chunk], names: Dictionaries) -> Batch:
    """Return the rows of ``chunks``; strings that are new get their numbers."""
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
        np.array([_wide(chunk) for chunk in chunks], np.int64).T,
        np.array([_codes(chunk, names) for chunk in chunks], np.int32).T,
        np.array([_small(chunk) for chunk in chunks], np.int8).T,
        np.array(widths, np.int64),
        np.array(ids, np.int32),
        np.array(counts, np.int64),
        np.array([chunk.vector for chunk in chunks], np.float32),
    )


def _wide(chunk: Chunk) -> tuple[int, ...]:
    return (
        chunk.number,
        chunk.turn,
        to_micros(chunk.at),
        to_micros(chunk.live_from),
        end(chunk.live_to),
        start(chunk.valid_from),
        end(chunk.valid_to),
        end(chunk.expires_at),
    )


def _codes(chunk: Chunk, names: Dictionaries) -> tuple[int, ...]:
    scope = chunk.scope
    return (
        names.users.optional(scope.user_id),
        names.agents.optional(scope.agent_id),
        names.sessions.optional(scope.session_id),
        names.namespaces.code(scope.namespace),
        names.groups.code(chunk.group) if chunk.group else NOTHING,
        names.principals.optional(chunk.private_to),
        names.cubes.code(chunk.cube_id),
        chunk.version,
        chunk.ordinal,
        len(chunk.terms),
        names.labels.code(names.terms.codes(chunk.names)),
        NOTHING,
        NOTHING,
        NOTHING,
    )


def _small(chunk: Chunk) -> tuple[int, ...]:
    return (
        KIND_CODES[chunk.kind],
        TYPE_CODES[chunk.semantic_type],
        STATE_CODES[chunk.state],
        int(chunk.trust),
        ROLE_CODES.get(chunk.role, -1),
        1,
    )
