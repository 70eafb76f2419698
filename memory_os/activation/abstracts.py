"""What of a chunk stays in memory, and how much attention it can draw at most.

LeoAM-style: of each chunk and head only the least and the greatest key by dimension and the mean
key are held. For a query ``q`` no key of the chunk can score more than
``UB(q) = sum_d max(q_d kmin_d, q_d kmax_d)``, so a chunk whose bound is below what others surely
score need not be read from disk. Where the bound is loose a chunk is split, down to 16 tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.kv import CHUNK, Layers, joined
from memory_os.errors import InvalidInput

FLOOR = 16
"""The fewest tokens of a part."""

_MOST = 700.0
"""The greatest exponent of a double."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Abstract:
    """Tokens ``[start, stop)`` of a layer: ``low``, ``high`` and ``mean`` key ``[heads, dim]``."""

    start: int
    stop: int
    low: Floats
    high: Floats
    mean: Floats

    @property
    def nbytes(self) -> int:
        """Return what is held of it."""
        return self.low.nbytes + self.high.nbytes + self.mean.nbytes

    def bound(self, query: Floats) -> Floats:
        """Return the most that any key here scores with ``query`` ``[query_heads, dim]``.

        Query heads share key heads in order, as many each (GQA).

        Raises:
            InvalidInput: the query's heads are no multiple of the keys', or of another size.
        """
        low, high = _shared(self.low, query), _shared(self.high, query)
        bound: Floats = np.maximum(query * low, query * high).sum(axis=-1)
        return bound

    def expected(self, query: Floats) -> Floats:
        """Return the mean of what the keys here score with ``query``."""
        mean: Floats = (query * _shared(self.mean, query)).sum(axis=-1)
        return mean

    @property
    def looseness(self) -> float:
        """Return how far the keys lie apart, as a share of their own length."""
        spread = float(np.linalg.norm(self.high - self.low))
        return spread / max(1e-12, float(np.linalg.norm(self.mean)))


def abstract(keys: Floats, start: int = 0) -> Abstract:
    """Return the abstract of ``keys`` ``[heads, tokens, dim]``, which begin at token ``start``."""
    wide = keys.astype(np.float32, copy=False)
    stop = start + keys.shape[1]
    return Abstract(start, stop, wide.min(axis=1), wide.max(axis=1), wide.mean(axis=1))


def abstracts(keys: Floats, *, loose: float = 4.0, size: int = CHUNK) -> list[Abstract]:
    """Return the abstracts of a layer's keys, in order: of ``size`` tokens, split where loose.

    A part is halved while its looseness exceeds ``loose`` and its halves have 16 tokens or more.
    """
    found: list[Abstract] = []
    for start in range(0, keys.shape[1], size):
        found += _split(keys, start, min(start + size, keys.shape[1]), loose)
    return found


def _split(keys: Floats, start: int, stop: int, loose: float) -> list[Abstract]:
    whole = abstract(keys[:, start:stop], start)
    if whole.looseness <= loose or stop - start < 2 * FLOOR:
        return [whole]
    middle = (start + stop) // 2
    return [*_split(keys, start, middle, loose), *_split(keys, middle, stop, loose)]


def mattering(
    parts: Sequence[Abstract], query: Floats, *, most: int | None = None, below: float = 1e-3
) -> list[Abstract]:
    """Return parts such that all the others together draw less than ``below`` of the attention.

    Scores are scaled by the root of the dimension. A part of ``T`` tokens weighs ``T exp(UB)`` at
    most, and all parts together weigh ``sum T exp(mean score)`` at least, by Jensen's inequality;
    parts are left out, those of the least bound first, while the sum of these bounds stays under
    ``below`` for every head. With ``most`` tokens at most are returned, those with the greatest
    bounds; then what is left out may draw more. They come in their order.
    """
    scale = np.float64(query.shape[-1] ** -0.5)
    sizes = np.log([part.stop - part.start for part in parts])[:, None]
    greatest = np.stack([part.bound(query) for part in parts]) * scale + sizes
    surely = np.stack([part.expected(query) for part in parts]) * scale + sizes
    top = surely.max(axis=0)
    shares = np.exp(np.minimum(greatest - top, _MOST)) / np.exp(surely - top).sum(axis=0)
    order = np.argsort(shares.max(axis=1), kind="stable")
    left = (np.cumsum(shares[order], axis=0) < below).all(axis=1)
    taken: list[int] = []
    tokens = 0
    for at in order[~left][::-1]:
        size = parts[at].stop - parts[at].start
        if most is None or tokens + size <= most:
            taken.append(int(at))
            tokens += size
    return [parts[at] for at in sorted(taken)]


def load(layers: Layers, parts: Sequence[Abstract]) -> Layers:
    """Return the tokens of these parts alone.

    Over a mapped file (``format.unpack`` of a native chunk) nothing else of it is copied; how much
    the system reads from disk around it is the system's choice.

    Raises:
        InvalidInput: there is no part.
    """
    return joined([layers.part(part.start, part.stop) for part in parts])


def _shared(keys: Floats, query: Floats) -> Floats:
    heads, size = keys.shape
    if query.ndim != 2 or query.shape[1] != size or query.shape[0] % heads:
        raise InvalidInput(
            f"a query {list(query.shape)} for keys of {heads} heads of {size}", field="query"
        )
    return np.repeat(keys, query.shape[0] // heads, axis=0)
