"""Retrieve, read what was found, retrieve again: links from a passage to what it names.

The form of Memory Interleave (arXiv 2603.23516) that needs no model: the next query is the names
in the best passages together with the part of the question that these leave open. Where no
candidate has a title, as in a plain conversation, there is nothing to follow and nothing is read.
"""

from dataclasses import dataclass

import numpy as np

from memory_os.ports.recall_index import Floats, Named, Numbers, RecallView
from memory_os.retrieval.bm25 import idf
from memory_os.retrieval.field import Field
from memory_os.retrieval.profile import RetrievalProfile
from memory_os.retrieval.scores import Scores


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage that was read: its number, its score, the query terms that it leaves open, and
    the chunks that it names.
    """

    number: int
    score: float
    open_terms: Floats
    named: Named


def read(
    view: RecallView, field: Field, scores: Scores, profile: RetrievalProfile
) -> tuple[Reading, ...]:
    """Read the best passages and find what they name."""
    if not np.any((field.table.name_lengths > 0) & (field.table.role == 0)):
        return ()
    rows = best(scores.total, profile.readings)
    numbers = field.table.numbers[rows]
    readings = []
    for row, number, terms in zip(rows, numbers, view.terms(numbers), strict=True):
        named = view.named(terms, profile.names_limit)
        if np.any(named.numbers != number):
            open_terms = field.weights * (field.table.counts[row] == 0)
            score = min(1.0, float(scores.total[row]))
            readings.append(Reading(int(number), score, open_terms, named))
    return tuple(readings)


def unseen(readings: tuple[Reading, ...], field: Field) -> Numbers:
    """Return the named chunks that are not candidates yet."""
    if not readings:
        return np.empty(0, dtype=np.int64)
    found = np.unique(np.concatenate([reading.named.numbers for reading in readings]))
    return np.setdiff1d(found, field.table.numbers, assume_unique=True)


def follow(
    readings: tuple[Reading, ...], scores: Scores, field: Field, profile: RetrievalProfile
) -> Scores:
    """Give each named chunk the best of what its readings pass on."""
    gain = np.zeros(field.size, dtype=np.float32)
    total = float(field.weights.sum()) or 1.0
    surprise = np.log1p(field.statistics.chunks)
    for reading in readings:
        rows = np.searchsorted(field.table.numbers, reading.named.numbers)
        others = reading.named.numbers != reading.number
        rows, frequencies = rows[others], reading.named.frequencies[others]
        telling = idf(frequencies, field.statistics.chunks) / surprise
        answered = ((field.table.counts[rows] > 0) @ reading.open_terms) / total
        passed = reading.score * telling * (profile.link_floor + answered)
        np.maximum.at(gain, rows, passed.astype(np.float32))
    return scores.plus("links", profile.link * gain) if gain.any() else scores


def best(values: Floats, count: int) -> Numbers:
    """Return the rows of the highest values, best first, ties by row."""
    if len(values) > count * 4:
        top = np.sort(np.argpartition(-values, count - 1)[:count])
    else:
        top = np.arange(len(values))
    rows: Numbers = top[np.argsort(-values[top], kind="stable")][:count]
    return rows
