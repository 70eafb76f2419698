"""The candidates of one query with all raw quantities about them, and where each stands."""

from dataclasses import dataclass, fields
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from memory_os.ports.recall_index import Floats, Numbers, RecallView, Statistics, Table
from memory_os.retrieval.bm25 import idf

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Field:
    """Candidates in ascending order of number.

    ``before`` and ``after`` are rows of ``table`` (``m x 2``, nearest first), -1 for none.
    ``weights`` is the idf of each query term over the visible chunks.
    """

    table: Table
    before: Places
    after: Places
    statistics: Statistics
    weights: Floats

    @property
    def size(self) -> int:
        """Return the number of candidates."""
        return len(self.table.numbers)


def describe(view: RecallView, numbers: Numbers, statistics: Statistics) -> Field:
    """Describe these chunks and their neighbours; ``numbers`` must ascend."""
    table = view.describe(numbers)
    if len(numbers) < view.size:
        beside = np.unique(np.concatenate((table.before.ravel(), table.after.ravel())))
        missing = np.setdiff1d(beside[beside >= 0], numbers, assume_unique=True)
        if missing.size:
            table = _joined(table, view.describe(missing))
    return _field(table, statistics)


def extend(view: RecallView, field: Field, numbers: Numbers) -> Field:
    """Return the field with these chunks in it as well; none may be there already."""
    return _field(_joined(field.table, view.describe(numbers)), field.statistics)


def _field(table: Table, statistics: Statistics) -> Field:
    return Field(
        table=table,
        before=_places(table.numbers, table.before),
        after=_places(table.numbers, table.after),
        statistics=statistics,
        weights=idf(statistics.chunk_frequency, statistics.chunks),
    )


def union(*sets: Numbers) -> Numbers:
    """Return the chunk numbers of all sets, ascending, each once."""
    merged: Numbers = reduce(np.union1d, sets)
    return merged


def _places(numbers: Numbers, wanted: Numbers) -> Places:
    """Return the row of each wanted chunk, -1 where it is not among ``numbers``."""
    rows = np.searchsorted(numbers, wanted)
    rows[rows == len(numbers)] = 0
    return np.where((wanted >= 0) & (numbers[rows] == wanted), rows, -1)


def _joined(first: Table, second: Table) -> Table:
    order = np.argsort(np.concatenate((first.numbers, second.numbers)), kind="stable")
    return Table(
        **{
            name: np.concatenate((getattr(first, name), getattr(second, name)))[order]
            for name in (column.name for column in fields(Table))
        }
    )
