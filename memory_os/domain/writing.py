"""Write operations as values: what one transaction of a store does."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.cube import Cube, Governance, Usage
from memory_os.domain.erasure import Erasure, Person
from memory_os.domain.grants import Grant
from memory_os.domain.jobs import Hold, Job
from memory_os.domain.journal import Note
from memory_os.domain.policies import KeptPolicies

KEPT = np.dtype(np.float16)
"""What is kept of a vector's components. Its cosine with another moves by 0.0001 at most."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a version's text that is indexed by itself; the vector is of length one.

    ``heading`` is the path of headings above it. The terms are not stored: they follow from the
    text and the analyser. Stores keep the vector in ``KEPT`` precision.
    """

    ordinal: int
    span: tuple[int, int]
    heading: str
    tokens: int
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Create:
    """Store a new cube at version 1; on a branch, at the version that it starts from."""

    cube: Cube
    passages: tuple[Passage, ...]
    note: Note


@dataclass(frozen=True, slots=True)
class Revise:
    """Store ``cube`` as the next version; refused unless the head is ``expected_version``.

    Governance and usage stay as they are stored; it is also refused when the stored state is not
    the one ``cube`` shows, so that nobody edits what was frozen or deleted meanwhile.
    """

    cube: Cube
    expected_version: int
    passages: tuple[Passage, ...]
    note: Note


@dataclass(frozen=True, slots=True)
class Govern:
    """Replace the governance of a cube: a transition, a pin, who may read.

    Governance changes without a new version, so ``expected_version`` alone does not notice
    another change of it: with ``seen``, it is refused unless that is what is stored.
    """

    cube_id: str
    expected_version: int
    governance: Governance
    note: Note
    seen: Governance | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """Replace the usage counters of a cube; neither versioned nor journalled.

    With ``seen``, it is refused unless those are the stored ones.
    """

    cube_id: str
    usage: Usage
    seen: Usage | None = None


@dataclass(frozen=True, slots=True)
class Discard:
    """Forget the row that a branch keeps for a cube, all its versions and passages, for good.

    No cube of main can be discarded.
    """

    cube_id: str
    note: Note


@dataclass(frozen=True, slots=True)
class DropBranch:
    """Forget a branch; refused while it keeps a row that this write does not discard."""

    branch_id: str
    note: Note


@dataclass(frozen=True, slots=True)
class Record:
    """Journal what changes no cube, such as an export."""

    note: Note


@dataclass(frozen=True, slots=True)
class Permit:
    """Store a grant; from then on calls count it."""

    grant: Grant
    note: Note


@dataclass(frozen=True, slots=True)
class Withdraw:
    """End a grant; what rests on it ends too. The first withdrawal stays."""

    grant_id: str
    by: str
    note: Note


@dataclass(frozen=True, slots=True)
class KeepPolicies:
    """Store the next version of a policy set; its agents have no other set from then on.

    Refused unless the set is at the version before it, 0 for one that is not there yet.
    """

    kept: KeptPolicies
    note: Note


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Queue work that this write causes; nothing happens if its key is taken."""

    job: Job


@dataclass(frozen=True, slots=True)
class Held:
    """Refuse the whole write unless the job is still held: what a stale worker did is void."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class Keep:
    """Store an erasure with what this write does for it, in place of what was stored of it.

    With ``person``, their quotas and snapshots are removed in the same transaction, and the
    reasons are taken out of the journal's entries about them; the stored erasure counts it.
    """

    erasure: Erasure
    person: Person | None = None


WriteOp = (
    Create
    | Revise
    | Govern
    | Use
    | Discard
    | DropBranch
    | Record
    | Permit
    | Withdraw
    | KeepPolicies
    | Enqueue
    | Held
    | Keep
)


@dataclass(frozen=True, slots=True)
class Replay:
    """An idempotency record: the same key with the same request returns the same answer.

    Kept for 24 hours, in the transaction of the write it guards.
    """

    key: str
    request_hash: str
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Write:
    """One transaction: all of it happens, durably, or none.

    ``planned_at`` is the tenant's sequence number when new cubes were planned: their turns and
    that nothing says the same follow from the rows of then. It is refused if another transaction
    has since changed a message of such a turn's scope or a cube of such content and scope.
    """

    tenant_id: str
    at: datetime
    ops: tuple[WriteOp, ...]
    replay: Replay | None = None
    planned_at: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a transaction did: the tenant's change sequence before and after it, and the first
    chunk number that it gave out (numbers ascend in the order of ops and passages).
    """

    before: int
    upto: int
    first_chunk: int
