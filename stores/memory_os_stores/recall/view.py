"""What one query sees of an embedded index, and the raw quantities it asks for."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.vocabulary import SemanticType
from memory_os.errors import InvalidInput
from memory_os.ports.recall_index import (
    Floats,
    GroupTable,
    Named,
    Numbers,
    Scored,
    Statistics,
    Table,
)
from memory_os_stores.recall import grouping, naming, neighbours
from memory_os_stores.recall.asked import Asked
from memory_os_stores.recall.frame import Frame
from memory_os_stores.recall.layout import TYPE_CODES, Code, Small, Wide
from memory_os_stores.recall.visible import Visible
from memory_os_stores.sparse import bm25
from memory_os_stores.sparse.matches import Posting

Slots = NDArray[np.int64]


class EmbeddedRecallView:
    """A frame, the visible part of it, and the terms and the vector of a query."""

    def __init__(self, frame: Frame, visible: Visible, asked: Asked) -> None:
        self._frame = frame
        self._rows = frame.rows
        self._visible = visible
        self._asked = asked

    @property
    def size(self) -> int:
        """Return how many chunks are visible."""
        return self._visible.count

    def statistics(self) -> Statistics:
        """Return the numbers that BM25 needs."""
        frequency = np.zeros(self._asked.wanted.ids.size, np.float32)
        for posting in self._found:
            frequency[posting.column] += posting.slots.size
        in_groups = (self._groups.counts > 0).sum(axis=0).astype(np.float32)
        return Statistics(
            chunks=self._visible.count,
            mean_length=self._visible.mean_length,
            chunk_frequency=frequency[self._asked.column],
            groups=self._visible.groups,
            mean_group_length=self._visible.mean_group_length,
            group_frequency=in_groups[self._asked.column],
        )

    def lexical(self, weights: Floats, limit: int, k1: float, b: float) -> Scored:
        """Return the best chunks by BM25 with the given weight for each term."""
        summed = np.zeros(self._asked.wanted.ids.size, np.float32)
        np.add.at(summed, self._asked.column, weights)
        slots, scores = bm25.rank(
            self._found,
            summed,
            self._rows.codes[Code.LENGTH, : self._rows.size],
            self._visible.mean_length,
            limit=limit,
            k1=k1,
            b=b,
        )
        return Scored(self._numbers(slots), scores)

    def dense(self, limit: int) -> Scored:
        """Return the best chunks by cosine with the query's vector."""
        direction = self._asked.direction
        if direction is None:
            return Scored(np.empty(0, np.int64), np.empty(0, np.float32))
        slots, scores = self._frame.dense.rank(direction, self._visible, limit)
        return Scored(self._numbers(slots), scores)

    def groups(self, codes: Numbers | None = None) -> GroupTable:
        """Return the groups with at least one counted term, or those with the given codes."""
        table = self._groups
        if codes is not None:
            table = grouping.of_codes(table, codes, self._visible.sums.group_terms)
        return replace(table, counts=table.counts[:, self._asked.column])

    def members(self, codes: Numbers, limit: int) -> Numbers:
        """Return visible chunks of these groups, ``limit`` a group at most, in their order."""
        return self._numbers(grouping.members(self._rows, self._visible, codes, limit))

    def all(self) -> Numbers:
        """Return every visible chunk, ascending; asked for only when ``size`` is small."""
        return np.sort(self._numbers(self._visible.slots))

    def named(self, terms: Collection[str], limit: int) -> Named:
        """Return the visible chunks whose names are all among ``terms``, see the port."""
        slots, frequencies = naming.named(self._frame, self._visible, terms, limit)
        order = np.argsort(self._numbers(slots), kind="stable")
        return Named(self._numbers(slots[order]), frequencies[order])

    def typed(self, types: Sequence[SemanticType], limit: int) -> Numbers:
        """Return visible chunks of these semantic types, newest first."""
        slots = self._visible.slots
        passing = np.zeros(len(TYPE_CODES), np.bool_)
        passing[[TYPE_CODES[kind] for kind in types]] = True
        slots = slots[passing[self._rows.small[Small.TYPE, slots]]]
        at, numbers = self._rows.wide[Wide.AT, slots], self._numbers(slots)
        return numbers[np.lexsort((-numbers, -at))[: max(limit, 0)]]

    def describe(self, numbers: Numbers) -> Table:
        """Return the raw quantities of these chunks."""
        slots = self._slots(numbers)
        rows, codes, small = self._rows, self._rows.codes, self._rows.small
        before, after = neighbours.of(rows, self._visible, slots)
        wanted, column = self._asked.wanted, self._asked.column
        names, widths = naming.held(self._frame.names.labels, codes[Code.NAMES, slots], wanted)
        counts = self._frame.postings.counts(wanted, slots)
        return Table(
            numbers=numbers,
            counts=counts[:, column],
            lengths=codes[Code.LENGTH, slots].astype(np.float32),
            names=names[:, column],
            name_lengths=widths,
            cosines=self._cosines(slots),
            group=codes[Code.GROUP, slots].astype(np.int64),
            before=self._numbers_or_none(before),
            after=self._numbers_or_none(after),
            at=rows.wide[Wide.AT, slots],
            semantic_type=small[Small.TYPE, slots].astype(np.int16),
            role=small[Small.ROLE, slots].astype(np.int16),
            state=small[Small.STATE, slots].astype(np.int16),
            trust=small[Small.TRUST, slots].astype(np.int16),
        )

    def vectors(self, numbers: Numbers) -> Floats:
        """Return the stored vectors of these chunks."""
        return self._frame.dense.rows.vectors(self._slots(numbers))

    def terms(self, numbers: Numbers) -> list[tuple[str, ...]]:
        """Return the distinct terms of each of these chunks."""
        forward, strings = self._frame.postings.forward, self._frame.names.terms.strings
        return [
            tuple(strings[term] for term in forward.ids[forward.span(slot, slot + 1)].tolist())
            for slot in self._slots(numbers).tolist()
        ]

    @cached_property
    def _found(self) -> list[Posting]:
        return self._frame.postings.find(self._asked.wanted, self._visible)

    @cached_property
    def _groups(self) -> GroupTable:
        columns = self._asked.wanted.ids.size
        return grouping.counted(self._rows, self._found, columns, self._visible.sums.group_terms)

    def _cosines(self, slots: Slots) -> Floats:
        direction = self._asked.direction
        if direction is None:
            return np.zeros(slots.size, np.float32)
        return self._frame.dense.rows.products(direction, slots)

    def _slots(self, numbers: Numbers) -> Slots:
        slots = self._rows.slots(np.asarray(numbers, np.int64))
        if not self._visible.sees(slots).all():
            raise InvalidInput("a chunk number that this view does not see; ask with its own")
        return slots

    def _numbers(self, slots: Slots) -> Numbers:
        numbers: Numbers = self._rows.wide[Wide.NUMBER, slots]
        return numbers

    def _numbers_or_none(self, slots: Slots) -> Numbers:
        return np.where(slots >= 0, self._numbers(np.maximum(slots, 0)), -1)
