"""Evidence beyond likeness: who spoke, when, of which kind, in which state, how trusted."""

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.lifecycle import State
from memory_os.domain.vocabulary import SemanticType, Trust
from memory_os.ports.recall_index import ROLES, Floats
from memory_os.retrieval.calendar_words import Period
from memory_os.retrieval.field import Field
from memory_os.retrieval.profile import RetrievalProfile
from memory_os.retrieval.route import Route
from memory_os.retrieval.scores import Scores

_USER = ROLES.index("user")
_PREFERENCE = list(SemanticType).index(SemanticType.PREFERENCE)
_ACTIVATED = list(State).index(State.ACTIVATED)


def rerank(scores: Scores, field: Field, route: Route, profile: RetrievalProfile) -> Scores:
    """Add what the query's wording says about the speaker, the time and the kind of memory, and
    what the memory's own state and trust say.
    """
    table = field.table
    names = named(field)
    scores = scores.plus("named", profile.named * names)
    spoken_of = mentioned(field, names)
    scores = scores.plus("mentioned", profile.named * profile.mentioned * spoken_of)
    if route.asker:
        scores = scores.plus("asker", profile.asker * _floats(table.role == _USER))
    if route.when is not None:
        weight = profile.dated if table.counts.any() else 1.0
        scores = scores.plus("dated", weight * _within(table.at, route.when))
    if route.request:
        preferred = _floats(table.semantic_type == _PREFERENCE)
        scores = scores.plus("preferred", profile.preferred * preferred)
    if route.present:
        scores = scores.plus("recent", profile.recent * _newness(table.at))
    scores = scores.plus("activated", profile.activated * _floats(table.state == _ACTIVATED))
    missing = np.maximum(0, int(Trust.STANDARD) - table.trust)
    return scores.plus("trust", -profile.untrusted * missing.astype(np.float32))


def named(field: Field) -> Floats:
    """Return 1 where the query names the speaker, and how telling the name is for a title.

    A name counts when the query holds all its terms. A title is as telling as its rarest term;
    a speaker counts in full, for all that speaker's turns are meant.
    """
    table = field.table
    full = (table.name_lengths > 0) & (table.names.sum(axis=1) == table.name_lengths)
    if not full.any():
        return np.zeros(field.size, dtype=np.float32)
    telling = (table.names * field.weights).max(axis=1) / np.log1p(field.statistics.chunks)
    return np.where(full, np.where(table.role > 0, 1, telling), 0).astype(np.float32)


def mentioned(field: Field, names: Floats) -> Floats:
    """Return 1 where somebody else speaks of a speaker whom the query names."""
    table = field.table
    theirs = (table.role > 0) & (names > 0)
    asked = table.names[theirs].any(axis=0)
    return _floats((table.counts[:, asked] > 0).any(axis=1) & (names == 0))


def _within(at: NDArray[np.int64], when: Period) -> Floats:
    days = at.astype("datetime64[us]").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    match = np.ones(len(at), dtype=np.bool_)
    if when.year is not None:
        match &= days.astype("datetime64[Y]").astype(np.int64) + 1970 == when.year
    if when.month is not None:
        match &= months.astype(np.int64) % 12 + 1 == when.month
    if when.day is not None:
        match &= (days - months).astype(np.int64) + 1 == when.day
    return _floats(match)


def _newness(at: NDArray[np.int64]) -> Floats:
    """Return 0 for the oldest candidate to 1 for the newest."""
    span = float(at.max() - at.min())
    return ((at - at.min()) / span).astype(np.float32) if span else np.zeros(len(at), np.float32)


def _floats(mask: NDArray[np.bool_]) -> Floats:
    return mask.astype(np.float32)
