"""Port: where cubes, their versions, the journal and the outbox lie, in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.journal import Entry
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.statements import Statement
from memory_os.domain.writing import Passage, Replay, Write, Written

REPLAY_KEPT = timedelta(hours=24)


class Ability(StrEnum):
    """What a store may declare beyond the port's core."""

    DURABLE = "durable"
    SHARED_BY_PROCESSES = "shared_by_processes"


class ChangeKind(StrEnum):
    """What an outbox entry asks of the derived indexes."""

    INDEX = "index"
    CLOSE = "close"
    RESTATE = "restate"
    PURGE = "purge"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """Index work written in the transaction that caused it.

    ``index``: ``version`` of the cube becomes visible at ``at`` and closes earlier versions;
    ``close``: the cube leaves recall; ``restate``: its state changed; ``purge``: forget it;
    ``none``: there is nothing to do.
    """

    seq: int
    kind: ChangeKind
    cube_id: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as stored, with its number and the interval in which recall could see it."""

    number: int
    passage: Passage
    live_from: datetime
    live_to: datetime | None


@dataclass(frozen=True, slots=True)
class Left:
    """What a cube was until a time, as recall sees it: the state, and when it would expire."""

    until: datetime
    state: State
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A version of a cube with its passages: what the derived indexes are built from.

    ``cube`` has today's governance; ``past`` says what it was before, oldest first.
    """

    cube: Cube
    passages: tuple[StoredPassage, ...]
    past: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of cubes to read in the order (created_at, id); ``cursor`` continues one.

    ``after`` is a place in that order to go on from, for who keeps count otherwise.
    """

    visibility: Visibility = field(default_factory=Visibility)
    limit: int = 100
    cursor: str | None = None
    newest_first: bool = False
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Which cubes of a scope to look at for what changed after ``start`` and up to ``end``.

    ``after`` is the id to go on from.
    """

    start: datetime
    end: datetime
    scope: Scope = field(default_factory=Scope)
    match: ScopeMatch = ScopeMatch.EXACT
    limit: int = 100
    after: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Cubes, and where to go on; no cursor means that this was the last page."""

    cubes: tuple[Cube, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class StoredEmbedder:
    """The embedding model whose vectors the store holds."""

    name: str
    dimensions: int
    fingerprint: str


class CubeStore(Protocol):
    """Keep cubes. Safe to call from many threads.

    Every method that takes an ``AccessFilter`` acts as if rows outside it did not exist. All
    raise ``StoreError`` or a kind of it when the engine fails.
    """

    @property
    def capabilities(self) -> frozenset[Ability]:
        """Return what this store declares; its conformance suite proves each one."""
        ...

    @property
    def instance_id(self) -> str:
        """Return the random identity that the store got when it was made; it never changes."""
        ...

    def write(self, write: Write) -> Written:
        """Do one transaction: rows, versions, journal, outbox and idempotency record.

        Recall can see a version from its ``recorded_at`` until the next one's, while its cube
        stands in a state that is indexed: generated, activated, archived, or frozen over one of
        these. A ``Govern`` that leaves these states closes the head's passages; one that comes
        back gives the head new ones, with new numbers.

        Raises:
            VersionConflict: a head is not at the expected version, or was governed meanwhile; what
                a new cube was planned on has changed.
            NotFound: an op names a cube that is not there.
            AlreadyExists: an id is taken, or an external id in its scope by a cube that is
                neither expired nor erased; whose it is is not told.
            IdempotencyConflict: another transaction used the key meanwhile.
            NotFound: the branch of a new cube is not there.
            LeaseLost: a job that the write needs to be held is not any more.
            InvalidInput: a value cannot be stored; a version number is not the next one.
        """
        ...

    def replay(self, tenant_id: str, key: str, now: datetime) -> Replay | None:
        """Return the record under an idempotency key, unless it is older than ``REPLAY_KEPT``."""
        ...

    def get(
        self, access: AccessFilter, ids: Sequence[str], *, as_of: datetime | None = None
    ) -> list[Cube]:
        """Return the heads, or the versions current at ``as_of``, in the order of ``ids``.

        Ids that are unknown, foreign or not yet recorded are left out; cubes in any state return.
        """
        ...

    def read(self, access: AccessFilter, versions: Sequence[tuple[str, int]]) -> list[Cube | None]:
        """Return these versions with today's governance, nothing where access is refused."""
        ...

    def find(self, access: AccessFilter, listing: Listing, now: datetime) -> Page:
        """Return a page of cubes that pass the listing's visibility.

        ``as_of`` judges the version and the governance of that moment; what is quarantined or
        erased today is hidden from it too. A cube past its ``expires_at`` counts as expired, swept
        or not, unless frozen. ``frozen`` among the states finds the frozen ones whatever is below.

        Raises:
            InvalidCursor: the cursor does not belong to this listing and this caller.
            InvalidInput: the limit is below 1.
        """
        ...

    def history(self, access: AccessFilter, cube_id: str) -> list[Cube]:
        """Return every version of a cube, oldest first, each with today's governance."""
        ...

    def standing(self, tenant_id: str, ids: Sequence[str], at: datetime) -> dict[str, Governance]:
        """Return the governance that each of these cubes had at ``at``, if it was there by then."""
        ...

    def touched(self, access: AccessFilter, span: Span) -> list[str]:
        """Return the ids of the cubes that may have changed in ``span``, ascending, page by page.

        None that did is missing; of the others are here those that changed later only.
        """
        ...

    def by_external_id(self, access: AccessFilter, scope: Scope, external_id: str) -> Cube | None:
        """Return the cube with this external id in exactly this scope.

        An expired or erased cube holds no external id.
        """
        ...

    def by_content(self, access: AccessFilter, scope: Scope, content_hash: str) -> list[Cube]:
        """Return the recallable cubes whose heads have this content hash in exactly this scope.

        The oldest comes first.
        """
        ...

    def held_contents(self, tenant_id: str, hashes: Sequence[str]) -> set[str]:
        """Return which of these content hashes the head of any cube of the tenant has.

        It lets a batch ask ``by_content`` only where there may be an answer.
        """
        ...

    def by_statement(self, access: AccessFilter, scope: Scope, statement: Statement) -> list[Cube]:
        """Return the recallable facts with this subject and predicate in exactly this scope.

        Oldest first; frozen ones too.
        """
        ...

    def last_turn(self, access: AccessFilter, scope: Scope) -> int:
        """Return the highest turn of any message in exactly this scope, or 0."""
        ...

    def select(
        self, access: AccessFilter, visibility: Visibility, now: datetime
    ) -> NDArray[np.int64]:
        """Return the numbers of the chunks of what ``find`` would list, ascending.

        Those that recall can see now, or could at ``as_of``.
        """
        ...

    def spans(
        self, tenant_id: str, numbers: Sequence[int]
    ) -> dict[int, tuple[tuple[int, int], str]]:
        """Return the span and the heading of each of these chunks, by number."""
        ...

    def head(self, tenant_id: str) -> int:
        """Return the sequence number of the tenant's last journal entry, 0 for none.

        Every op that changes a cube's rows and ``Record`` write one journal entry each, whose
        outbox entry carries the same number; ``Use``, ``Enqueue`` and ``Held`` write none.
        """
        ...

    def checkpoint(self, tenant_id: str, seq: int) -> str | None:
        """Return the journal's hash at ``seq``: a snapshot that remembers it can be trusted."""
        ...

    def outbox(self, tenant_id: str, after: int, limit: int) -> list[OutboxEntry]:
        """Return index work with a sequence number above ``after``, in order."""
        ...

    def index_rows(self, tenant_id: str, keys: Sequence[tuple[str, int]]) -> list[IndexRow]:
        """Return these versions (cube id, version) for indexing, in order, without missing ones.

        Each comes with all its passages by number, closed ones included, so a caller that follows
        the outbox takes those that went live at the entry's ``at``.
        """
        ...

    def scan_index(self, tenant_id: str, batch: int = 2000) -> Iterator[list[IndexRow]]:
        """Stream every version that has passages, by chunk number: for a rebuild.

        A version that was closed and opened again comes once for each time.
        """
        ...

    def journal(self, tenant_id: str, after: int, limit: int) -> list[Entry]:
        """Return journal entries with a sequence number above ``after``, in order."""
        ...

    def tenants(self) -> list[str]:
        """Return every tenant that has ever written."""
        ...

    def embedder(self) -> StoredEmbedder | None:
        """Return the model behind the stored vectors, nothing before the first."""
        ...

    def set_embedder(self, embedder: StoredEmbedder) -> None:
        """Record the model behind the stored vectors."""
        ...

    def replace_vectors(
        self, tenant_id: str, vectors: Sequence[tuple[int, NDArray[np.float32]]]
    ) -> None:
        """Overwrite the vectors of these chunk numbers: the work of a re-index."""
        ...

    def verify(self) -> list[str]:
        """Check the rows' own invariants and return what is wrong, in words; nothing is good.

        No orphan row, one open version a cube, gapless versions, an intact journal chain, an
        outbox entry for every passage, the engine's own integrity check.
        """
        ...

    def close(self) -> None:
        """Release connections; calling it twice does nothing more."""
        ...
