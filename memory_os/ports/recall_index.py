"""Port: the derived index of one tenant that recall runs on.

A store's rows are the truth; this index is rebuilt from them. It knows every *version* of every
cube as chunks with the interval in which recall could see them, so a query at an earlier
``as_of`` runs on exactly the chunks, and the statistics, of that moment.

The index counts and compares; it does not rank. Raw quantities (term counts, lengths, cosines,
neighbours, group sums) come out, the pure functions of ``memory_os.retrieval`` score them, so
numpy and SQL implementations rank alike. Statistics are those of the *visible* chunks: no other
scope's words weigh in, or leak.

``all``, ``named`` and ``Table.name_lengths`` serve the small scope (score everything), the link
from a passage to the document it names, and the bonus for a speaker or title that a query names.

``expires_at`` is apart from ``live_to`` because it can be moved later: a chunk is visible at ``T``
when ``live_from <= T < live_to`` and, if it expires, ``T < expires_at``. ``Restate`` sets it anew,
and the state; a query at an earlier ``as_of`` meets the expiry and the state of that moment.

BM25 here is ``weight * count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean_length))``,
where a length is the number of a chunk's terms, repetition included. A visibility's ``filter`` is
the store's to evaluate (``CubeStore.select``); its answer comes in as ``allow``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import MAIN
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import Kind, SemanticType, Trust

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]

ROLES = ("", "user", "assistant", "system", "tool")
"""The speakers' roles that recall tells apart; the first is whatever is not a message."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One entry of the index: a span of a version of a cube.

    ``number`` ascends per tenant and is given by the store. ``group`` names the session or
    document whose members stand beside each other in the order of (``turn``, ``number``).
    ``terms`` are analysed (stemmed, stop words out) with repetition and contain the names;
    ``names`` are the distinct analysed terms of the speaker or the title, headings left out. An
    empty ``group`` is none. ``at`` is when it was said, else recorded. The chunk is visible from
    ``live_from`` to ``live_to`` (half-open); from ``live_from`` on, earlier versions of its cube
    are not. A chunk whose number the index has already replaces the header; its group, turn,
    terms and vector stay. Who may read it is a matter of now, whatever time is asked for:
    ``private_to`` (somebody alone), ``wide`` (all of the tenant), ``restricted`` (for a named
    purpose alone), ``held`` (nobody: quarantined or erased).
    """

    number: int
    cube_id: str
    version: int
    ordinal: int
    scope: Scope
    group: str
    turn: int
    terms: tuple[str, ...]
    names: tuple[str, ...]
    vector: NDArray[np.float32]
    kind: Kind
    semantic_type: SemanticType
    state: State
    trust: Trust
    role: str
    private_to: str | None
    at: datetime
    live_from: datetime
    live_to: datetime | None
    valid_from: datetime | None
    valid_to: datetime | None
    expires_at: datetime | None = None
    branch: str = MAIN
    wide: bool = False
    restricted: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """From ``at`` on, recall no longer sees this version of the cube (0: any version).

    What ended before stays ended; a chunk that comes later is not touched.
    """

    cube_id: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Restate:
    """From ``at`` on the cube, which stays in the index, has this state and this expiry.

    Before ``at`` those hold that it had. A chunk whose life ended by ``at`` keeps its own.
    """

    cube_id: str
    state: State
    at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read every chunk of the cube that is in the index; see ``Chunk``."""

    cube_id: str
    private_to: str | None = None
    wide: bool = False
    restricted: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Purge:
    """Forget every chunk of the cube, as if it had never been."""

    cube_id: str


Change = Chunk | Close | Restate | Readers | Purge


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers over the visible chunks for the terms of one query, in the order of the terms."""

    chunks: int
    mean_length: float
    chunk_frequency: Floats
    groups: int
    mean_group_length: float
    group_frequency: Floats


@dataclass(frozen=True, slots=True)
class Scored:
    """Chunk numbers with a raw score each, best first."""

    numbers: Numbers
    scores: Floats


@dataclass(frozen=True, slots=True)
class Table:
    """Raw quantities of ``m`` chunks for a query of ``q`` terms, row by row.

    ``counts`` is ``m x q``. ``names`` (``m x q``) says which query terms are among the chunk's
    names, ``name_lengths`` how many names it has, so that a query that holds all of them is seen.
    ``before`` and ``after`` hold the visible neighbours at distance 1 and 2 as chunk numbers
    (``m x 2``, nearest first), -1 where there is none. ``group`` is a code that is equal for
    members of one group, -1 for none. ``at`` is in microseconds since 1970 in UTC. ``role`` is
    the position in ``ROLES`` (-1 for any other), ``semantic_type`` and ``state`` are the positions
    in the definition of their enumerations, ``trust`` is its own number.
    """

    numbers: Numbers
    counts: Floats
    lengths: Floats
    names: NDArray[np.bool_]
    name_lengths: Numbers
    cosines: Floats
    group: Numbers
    before: Numbers
    after: Numbers
    at: Numbers
    semantic_type: NDArray[np.int16]
    role: NDArray[np.int16]
    state: NDArray[np.int16]
    trust: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Raw quantities of groups: term counts summed over their visible chunks, and lengths."""

    codes: Numbers
    counts: Floats
    lengths: Floats


@dataclass(frozen=True, slots=True)
class Named:
    """Chunks with, for each, how many visible chunks hold the rarest term of its names."""

    numbers: Numbers
    frequencies: Floats


@dataclass(frozen=True, slots=True)
class Under:
    """What lies under a branch: main as it was ``at``, and the cubes that are not to be seen.

    ``hidden`` are ids as the index knows them, of main or of the branch.
    """

    at: datetime
    hidden: frozenset[str] = frozenset()


class RecallView(Protocol):
    """The chunks one query may see, fixed for the length of the query."""

    @property
    def size(self) -> int:
        """Return how many chunks are visible."""
        ...

    def statistics(self) -> Statistics:
        """Return the numbers that BM25 needs."""
        ...

    def lexical(self, weights: Floats, limit: int, k1: float, b: float) -> Scored:
        """Return the best chunks by BM25 with the given weight for each term; scores above 0."""
        ...

    def dense(self, limit: int) -> Scored:
        """Return the best chunks by cosine with the query's vector, none for a zero vector.

        ``limit`` chunks come whenever as many are visible.
        """
        ...

    def groups(self, codes: Numbers | None = None) -> GroupTable:
        """Return the groups with at least one counted term, or those with the given codes.

        Codes mean something to this view alone.
        """
        ...

    def members(self, codes: Numbers, limit: int) -> Numbers:
        """Return visible chunks of these groups, ``limit`` a group at most, in their order."""
        ...

    def all(self) -> Numbers:
        """Return every visible chunk, ascending; asked for only when ``size`` is small."""
        ...

    def named(self, terms: Collection[str], limit: int) -> Named:
        """Return the visible chunks that have names, every one of which is among ``terms``.

        A set of names that more than ``limit`` visible chunks share (a speaker's) is left out:
        it points at nothing in particular.
        """
        ...

    def typed(self, types: Sequence[SemanticType], limit: int) -> Numbers:
        """Return visible chunks of these types, newest first, then highest number first."""
        ...

    def describe(self, numbers: Numbers) -> Table:
        """Return the raw quantities of these chunks."""
        ...

    def vectors(self, numbers: Numbers) -> Floats:
        """Return the stored vectors of these chunks."""
        ...

    def terms(self, numbers: Numbers) -> list[tuple[str, ...]]:
        """Return the distinct terms of each of these chunks."""
        ...


class RecallIndex(Protocol):
    """The index of one tenant."""

    @property
    def applied(self) -> int:
        """Return the sequence number up to which changes are in the index."""
        ...

    @property
    def last_number(self) -> int:
        """Return the highest chunk number ever applied, -1 before the first."""
        ...

    def apply(self, changes: Iterable[Change], upto: int) -> None:
        """Take in changes in order; afterwards ``applied`` is ``upto``, atomically for readers."""
        ...

    def view(
        self,
        access: AccessFilter,
        visibility: Visibility,
        now: datetime,
        *,
        terms: Sequence[str],
        vector: Floats,
        allow: Numbers | None = None,
        under: Under | None = None,
    ) -> RecallView:
        """Fix what one query sees; ``allow`` restricts it further to these chunks.

        It sees the chunks of ``access.branch``, and with ``under`` those of main as they were
        then too: ``memory_os.domain.query.beneath`` says what the call means for them.
        """
        ...

    def locate(self, numbers: Numbers) -> list[tuple[str, int, int]]:
        """Return (cube id, version, ordinal) of each chunk.

        A chunk that was purged since it was found is ``("", 0, 0)``: no cube has that id.
        """
        ...
