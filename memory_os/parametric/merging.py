"""Making one adapter of several: the arithmetic, without any framework.

=============  ====================================================================================
``cat``        ranks side by side: exactly the weighted sum of the changes; the rank adds up
``svd``        the best approximation of that sum by a given rank (Eckart-Young)
``linear``     weighted sums of A and of B, of equal rank; cheap, and not the sum of the changes
``ties``       trim to the greatest ``density``, elect a sign, average who agrees
               (arXiv 2306.01708)
``dare``       drop at random, rescale what is left by ``1 / density``, then ``linear``
               (arXiv 2311.03099); the same seed gives the same adapter
=============  ====================================================================================

A merge of two fact adapters keeps next to nothing of either, measured: it may be attached only when
it has passed the gate like any other. Training together is the rule, merging the exception.
"""

from collections.abc import Callable, Sequence

import numpy as np

from memory_os.errors import InvalidInput
from memory_os.parametric.weights import Floats, LowRank, Weights

METHODS = ("cat", "svd", "linear", "ties", "dare")


def merge(
    parts: Sequence[Weights],
    shares: Sequence[float],
    method: str,
    *,
    rank: int | None = None,
    density: float = 0.5,
    seed: int = 0,
) -> Weights:
    """Return one adapter of several, each with its share.

    ``rank`` is for ``svd`` (the greatest of the parts' if left out), ``density`` for ``ties`` and
    ``dare``, ``seed`` for ``dare``.

    Raises:
        InvalidInput: an unknown method, other modules or ranks, shares or density out of place.
    """
    _checked(parts, shares, method, density)
    if method == "cat":
        return _cat(parts, shares)
    if method == "svd":
        return _svd(parts, shares, rank or max(part.rank for part in parts))
    if method == "dare":
        chance = np.random.default_rng(seed)
        return _by_matrix(
            parts,
            shares,
            lambda given, roots: _summed(
                [_dropped(each, density, chance) for each in given], roots
            ),
        )
    if method == "ties":
        return _by_matrix(parts, shares, lambda given, roots: _elected(given, roots, density))
    return _by_matrix(parts, shares, _summed)


def _checked(
    parts: Sequence[Weights], shares: Sequence[float], method: str, density: float
) -> None:
    if method not in METHODS:
        raise InvalidInput(f"no method {method!r}; there are {', '.join(METHODS)}", field="method")
    if len(parts) < 2 or len(parts) != len(shares):
        raise InvalidInput("give two adapters or more, and a share for each", field="adapters")
    names = set(parts[0].modules)
    if any(set(part.modules) != names for part in parts):
        raise InvalidInput("the adapters change different modules", field="adapters")
    if not 0.0 < density <= 1.0:
        raise InvalidInput("density lies above 0 and at most at 1", field="density")
    if not all(np.isfinite(share) for share in shares):
        raise InvalidInput("shares are numbers", field="shares")
    if method not in ("cat", "svd") and len({part.rank for part in parts}) != 1:
        raise InvalidInput(f"{method!r} takes adapters of one rank; use cat or svd", field="method")


def _cat(parts: Sequence[Weights], shares: Sequence[float]) -> Weights:
    modules = {}
    for name in parts[0].modules:
        pairs = [part.modules[name] for part in parts]
        shared = zip(pairs, parts, shares, strict=True)
        a = np.concatenate(
            [np.float32(share * part.scale) * pair.a for pair, part, share in shared]
        )
        modules[name] = LowRank(a, np.concatenate([pair.b for pair in pairs], axis=1))
    rank = sum(part.rank for part in parts)
    return Weights(modules, rank, float(rank))


def _svd(parts: Sequence[Weights], shares: Sequence[float], rank: int) -> Weights:
    modules = {}
    for name in parts[0].modules:
        change = sum(
            np.float32(share) * part.modules[name].delta(part.scale)
            for part, share in zip(parts, shares, strict=True)
        )
        left, values, right = np.linalg.svd(np.asarray(change), full_matrices=False)
        kept = min(rank, values.size)
        b, a = left[:, :kept] * values[:kept], right[:kept]
        if kept < rank:
            b = np.pad(b, ((0, 0), (0, rank - kept)))
            a = np.pad(a, ((0, rank - kept), (0, 0)))
        modules[name] = LowRank(a.astype(np.float32), b.astype(np.float32))
    return Weights(modules, rank, float(rank))


def _by_matrix(
    parts: Sequence[Weights],
    shares: Sequence[float],
    joined: Callable[[Sequence[Floats], Sequence[float]], Floats],
) -> Weights:
    """Join A with A and B with B, each weighted by the root of its share and scale, as PEFT does.

    A negative share counts on A alone, or two of them would cancel.
    """
    counts = [share * part.scale for part, share in zip(parts, shares, strict=True)]
    roots = [abs(count) ** 0.5 for count in counts]
    signed = [root if count >= 0 else -root for root, count in zip(roots, counts, strict=True)]
    modules = {}
    for name in parts[0].modules:
        pairs = [part.modules[name] for part in parts]
        a = joined([pair.a for pair in pairs], signed)
        modules[name] = LowRank(a, joined([pair.b for pair in pairs], roots))
    rank = parts[0].rank
    return Weights(modules, rank, float(rank))


def _summed(given: Sequence[Floats], roots: Sequence[float]) -> Floats:
    weighted = (np.float32(root) * each for root, each in zip(roots, given, strict=True))
    total: Floats = np.sum(np.stack(list(weighted)), axis=0, dtype=np.float32)
    return total


def _dropped(matrix: Floats, density: float, chance: np.random.Generator) -> Floats:
    kept = chance.random(matrix.shape) < density
    left: Floats = (np.where(kept, matrix, 0.0) / density).astype(np.float32)
    return left


def _elected(given: Sequence[Floats], roots: Sequence[float], density: float) -> Floats:
    """Trim each to its greatest numbers, elect the sign of the greater sum, average who agrees."""
    trimmed = np.stack([_trimmed(each, density) for each in given])
    sign = np.where(trimmed.sum(axis=0) >= 0, 1.0, -1.0)
    agrees = np.sign(trimmed) == sign
    weighted = trimmed * np.asarray(roots, np.float32)[:, None, None]
    count = np.maximum(agrees.sum(axis=0), 1)
    elected: Floats = ((weighted * agrees).sum(axis=0) / count).astype(np.float32)
    return elected


def _trimmed(matrix: Floats, density: float) -> Floats:
    keep = int(density * matrix.size)
    flat = matrix.reshape(-1)
    order = np.argsort(-np.abs(flat), kind="stable")[:keep]
    mask = np.zeros(flat.size, dtype=bool)
    mask[order] = True
    return np.where(mask, flat, 0.0).astype(np.float32).reshape(matrix.shape)
