"""Comparing a recall view with the reference, method by method."""

import math
from collections.abc import Sequence

import numpy as np

from memory_os.domain.vocabulary import SemanticType
from memory_os.ports.recall_index import Floats, Numbers, RecallView, Scored
from memory_os.testing.recall_reference import ReferenceRecallView, Row

TOLERANCE = 0.01
"""How far a cosine may be off: adapters may keep vectors in one byte a component."""
_EXACT = 1e-4


def check_view(view: RecallView, wanted: ReferenceRecallView, limit: int) -> None:
    """Compare everything that a view tells; raise ``AssertionError`` at the first difference."""
    numbers = np.array(sorted(wanted.chunks), np.int64)
    assert view.size == wanted.size
    assert view.all().tolist() == numbers.tolist()
    names = check_table(view, wanted, numbers)
    check_statistics(view, wanted)
    check_groups(view, wanted, names, limit)
    check_lexical(view, wanted, limit)
    check_dense(view, wanted, limit)
    check_links(view, wanted, numbers, limit)


def check_table(view: RecallView, wanted: ReferenceRecallView, numbers: Numbers) -> dict[int, str]:
    """Compare ``describe`` and return the name of each group code."""
    table = view.describe(numbers[::-1])
    names: dict[int, str] = {}
    for row, number in enumerate(numbers[::-1].tolist()):
        code = int(table.group[row])
        expected = wanted.describe(number)
        name = names.setdefault(code, expected.group) if code >= 0 else ""
        found = Row(
            counts=tuple(int(count) for count in table.counts[row]),
            length=int(table.lengths[row]),
            names=tuple(bool(held) for held in table.names[row]),
            name_length=int(table.name_lengths[row]),
            cosine=expected.cosine,
            group=name,
            before=(int(table.before[row, 0]), int(table.before[row, 1])),
            after=(int(table.after[row, 0]), int(table.after[row, 1])),
            at=int(table.at[row]),
            semantic_type=int(table.semantic_type[row]),
            role=int(table.role[row]),
            state=int(table.state[row]),
            trust=int(table.trust[row]),
        )
        assert found == expected, (number, found, expected)
        assert abs(float(table.cosines[row]) - expected.cosine) < TOLERANCE
    assert len(set(names.values())) == len(names)
    return names


def check_statistics(view: RecallView, wanted: ReferenceRecallView) -> None:
    """Compare ``statistics``."""
    found, groups = view.statistics(), wanted.groups()
    assert found.chunks == wanted.size
    assert math.isclose(found.mean_length, wanted.mean_length(), abs_tol=_EXACT)
    assert found.chunk_frequency.tolist() == [wanted.frequency(term) for term in wanted.terms]
    assert found.groups == len(groups)
    mean = sum(sum(counts.values()) for counts in groups.values()) / max(1, len(groups))
    assert math.isclose(found.mean_group_length, mean, abs_tol=_EXACT)
    frequency = [sum(counts[term] > 0 for counts in groups.values()) for term in wanted.terms]
    assert found.group_frequency.tolist() == frequency


def check_groups(
    view: RecallView, wanted: ReferenceRecallView, names: dict[int, str], limit: int
) -> None:
    """Compare ``groups`` and ``members``."""
    sums, table = wanted.groups(), view.groups()
    found = {
        names[code]: (counts, length)
        for code, counts, length in zip(
            table.codes.tolist(), table.counts.tolist(), table.lengths.tolist(), strict=True
        )
    }
    counted = {
        name: ([counts[term] for term in wanted.terms], sum(counts.values()))
        for name, counts in sums.items()
    }
    assert found == {name: row for name, row in counted.items() if any(row[0])}
    codes = np.array(sorted(names, reverse=True), np.int64)
    every = view.groups(codes)
    assert every.codes.tolist() == codes.tolist()
    for row, code in enumerate(codes.tolist()):
        assert (every.counts[row].tolist(), every.lengths[row]) == counted[names[code]]
    members = [n for code in codes.tolist() for n in wanted.members(names[code])[:limit]]
    assert view.members(codes, limit).tolist() == members


def check_lexical(view: RecallView, wanted: ReferenceRecallView, limit: int) -> None:
    """Compare ``lexical``."""
    weights = np.linspace(0.5, 2.0, len(wanted.terms), dtype=np.float32)
    scores = wanted.lexical(weights, 1.2, 0.75)
    found = view.lexical(weights, limit, 1.2, 0.75)
    _check_scored(found, {n: s for n, s in scores.items() if s > 0}, limit, _EXACT)


def check_dense(view: RecallView, wanted: ReferenceRecallView, limit: int) -> None:
    """Compare ``dense``."""
    found = view.dense(limit)
    if not wanted.vector.any():
        assert not found.numbers.size
        return
    cosines = {number: wanted.cosine(chunk) for number, chunk in wanted.chunks.items()}
    _check_scored(found, cosines, limit, TOLERANCE)


def check_links(
    view: RecallView, wanted: ReferenceRecallView, numbers: Numbers, limit: int
) -> None:
    """Compare ``named``, ``typed``, ``terms`` and ``vectors``."""
    for few in (1, limit, wanted.size):
        named = view.named(wanted.terms, few)
        found = dict(zip(named.numbers.tolist(), named.frequencies.tolist(), strict=True))
        assert found == wanted.named(wanted.terms, few)
    types: Sequence[SemanticType] = (SemanticType.MESSAGE, SemanticType.FACT)
    assert view.typed(types, limit).tolist() == wanted.typed(types)[:limit]
    held = view.terms(numbers)
    vectors: Floats = view.vectors(numbers)
    for number, terms, vector in zip(numbers.tolist(), held, vectors, strict=True):
        assert len(set(terms)) == len(terms)
        assert set(terms) == set(wanted.chunks[number].terms)
        assert np.abs(vector - wanted.chunks[number].vector).max() < TOLERANCE


def _check_scored(found: Scored, scores: dict[int, float], limit: int, tolerance: float) -> None:
    """Check that these are the best, in order, each with its score; ties may fall either way."""
    best = sorted(scores.values(), reverse=True)[:limit]
    assert len(set(found.numbers.tolist())) == found.numbers.size == len(best)
    assert all(np.diff(found.scores) <= 0)
    for number, score, nth in zip(found.numbers.tolist(), found.scores.tolist(), best, strict=True):
        assert abs(score - scores[number]) <= tolerance * max(1.0, abs(score))
        assert abs(score - nth) <= tolerance * max(1.0, abs(score))
