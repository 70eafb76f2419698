"""Erasing for good: one transaction that holds everything, then work that may be repeated."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from memory_os.domain.access import Principal
from memory_os.domain.branch import plain_id
from memory_os.domain.cube import Cube, Governance
from memory_os.domain.erasure import ERASING, Erasure, Member, Person, Removal, Stage
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Event, Right, State
from memory_os.domain.operations.erase import (
    EraseRequest,
    Receipt,
    Verification,
    VerificationRequest,
)
from memory_os.domain.quotas import Meter, Quota, holder_of
from memory_os.domain.scope import Scope
from memory_os.domain.writing import Govern, Keep, Write, WriteOp
from memory_os.errors import InvalidInput, NotFound, VersionConflict
from memory_os.kernel.causing import scope_targets
from memory_os.kernel.closing import Closing, Plan
from memory_os.kernel.echoing import Echoes
from memory_os.kernel.expiring import ACTOR
from memory_os.kernel.indexing import Indexing
from memory_os.kernel.joining import Joining
from memory_os.kernel.parts import Parts
from memory_os.kernel.proving import Proving, drafted
from memory_os.kernel.rebuilding import Rebuilding
from memory_os.kernel.retrying import Turns

PURGED = "purged"


class Erasing:
    """Erase for any principal, and see every erasure through."""

    def __init__(self, parts: Parts, indexing: Indexing, turns: Turns, echoes: Echoes) -> None:
        self._echoes = echoes
        self._parts = parts
        self._indexing = indexing
        self._turns = turns
        self._closing = Closing(parts)
        self._rebuilding = Rebuilding(parts, Joining(parts, indexing))
        self._proving = Proving(parts)

    def erase(self, principal: Principal, request: EraseRequest) -> Receipt:
        """Erase the memories that are meant, and everything made from them.

        Raises:
            NotFound, Erased, AccessDenied; IllegalTransition: a memory is frozen or must be
            retained, and there is no ``override``; InvalidInput, StoreError: what was begun is
            gone on with when the store is opened next.
        """
        running = self._running(principal, request)
        if running is not None:
            return self._done(running)
        begun = self._turns.until_stored(
            principal.tenant_id, lambda: self._begin(principal, request)
        )
        if request.dry_run:
            return drafted(begun, Stage.PLANNED, dry_run=True)
        return self._done(begun)

    def erasure(self, principal: Principal, erasure_id: str) -> Receipt:
        """Return the receipt of an erasure as it stands.

        Raises:
            AccessDenied; NotFound: there is none that this caller asked for or may govern.
        """
        stored = self._stored(principal, erasure_id)
        if stored.receipt is None:
            return drafted(stored, stored.stage)
        return Receipt.model_validate_json(stored.receipt)

    def verify(
        self, principal: Principal, erasure_id: str, request: VerificationRequest
    ) -> Verification:
        """Check a receipt, the given one or the stored one, and look everywhere again.

        Raises:
            AccessDenied; NotFound: no receipt is given and none is stored; InvalidInput: the given
            one is another erasure's.
        """
        if request.receipt is None:
            return self._proving.verified(principal.tenant_id, self.erasure(principal, erasure_id))
        principal.require(Right.ERASE)
        if request.receipt.id != erasure_id:
            raise InvalidInput(
                f"the receipt is of {request.receipt.id!r}, not of {erasure_id!r}", field="receipt"
            )
        return self._proving.verified(principal.tenant_id, request.receipt)

    def due(self, tenant_id: str) -> list[str]:
        """Return the ids of what ``purge_due`` would erase."""
        plans = self._closing.due(tenant_id, self._parts.clock.now())
        return [member.id for plan in plans for member in plan.members]

    def purge_due(self, tenant_id: str, check: Callable[[], None] = lambda: None) -> list[Receipt]:
        """Erase what was deleted or has expired and can no longer be restored.

        Something frozen that was made from it keeps it; so does a time to retain it until. What
        changes while it is planned is left for the next time.
        ``check`` is called before each erasure, and stops this by raising.
        """
        found = []
        for plan in self._closing.due(tenant_id, self._parts.clock.now()):
            check()
            erasure = self._erasure(tenant_id, ACTOR, Event.PURGE.value, plan, reason=PURGED)
            try:
                self._hold(erasure, plan.cubes)
            except VersionConflict:
                continue
            found.append(self._done(erasure))
        return found

    def resume(self, tenant_id: str | None = None) -> list[Receipt]:
        """Go on with every erasure that is not complete, of one tenant or of all."""
        return [self._done(erasure) for erasure in self._parts.erasures.pending(tenant_id)]

    def _running(self, principal: Principal, request: EraseRequest) -> Erasure | None:
        """Return the erasure that is at all these memories already, for its requester."""
        wanted = set(request.ids)
        if not wanted or request.dry_run:
            return None
        for erasure in self._parts.erasures.pending(principal.tenant_id):
            if erasure.requester == principal.id and wanted <= set(erasure.ids):
                return erasure
        return None

    def _begin(self, principal: Principal, request: EraseRequest) -> Erasure:
        tenant_id = principal.tenant_id
        plan = self._closing.planned(tenant_id, self._closing.targets(principal, request))
        self._closing.checked(principal, plan, request)
        erasure = self._erasure(
            tenant_id,
            principal.id,
            Event.ERASE.value if request.override is None else Event.OVERRIDE.value,
            plan,
            reason=request.reason,
            override=request.override,
        )
        if request.subject is not None:
            erasure = self._about(erasure, request.subject)
        if not request.dry_run:
            self._hold(erasure, plan.cubes, self._person(tenant_id, request.subject))
            self._unname(tenant_id, request.subject)
        return erasure

    def _unname(self, tenant_id: str, subject: str | None) -> None:
        """Forget the background work that names the person who is erased."""
        if subject is not None:
            self._parts.jobs.forget(tenant_id, scope_targets(Scope(user_id=subject)))

    def _about(self, erasure: Erasure, subject: str) -> Erasure:
        """Return the erasure with what stands for the person in it, and their branches."""
        listed = self._parts.branches.list_branches(erasure.tenant_id)
        theirs = tuple(branch.id for branch in listed if branch.scope.user_id == subject)
        mark = self._parts.seal.subject(erasure.tenant_id, subject)
        return replace(erasure, subject=mark, branches=theirs)

    def _person(self, tenant_id: str, subject: str | None) -> Person | None:
        """Return by what the person is known; earlier releases named them by their quotas' ids."""
        if subject is None:
            return None
        holder = holder_of(subject, None)
        quotas = (Quota(tenant_id, holder, meter, 0).id for meter in Meter)
        return Person(subject, (self._parts.seal.subject(tenant_id, subject), *quotas))

    def _erasure(
        self,
        tenant_id: str,
        requester: str,
        action: str,
        plan: Plan,
        *,
        reason: str,
        override: str | None = None,
    ) -> Erasure:
        return Erasure(
            tenant_id,
            self._parts.ids.new("era"),
            requester,
            action,
            reason,
            override,
            self._parts.clock.now(),
            plan.members,
            tainted=plan.tainted,
        )

    def _hold(self, erasure: Erasure, cubes: Sequence[Cube], person: Person | None = None) -> None:
        """Quarantine the closure without release, and store the erasure, in one transaction.

        What is kept of ``person`` besides memories goes in the same one.

        Raises:
            VersionConflict: a memory of it changed since it was planned.
        """
        now = erasure.requested_at
        ops: list[WriteOp] = [
            Govern(
                cube.id,
                cube.version.number,
                _held(cube.governance, now),
                Note(erasure.requester, erasure.action, (cube.id, erasure.id)),
                cube.governance,
            )
            for cube in cubes
        ]
        ops.append(Keep(erasure, person))
        self._parts.store.write(Write(erasure.tenant_id, now, tuple(ops)))
        self._indexing.current(erasure.tenant_id)

    def _closed(self, erasure: Erasure) -> Erasure:
        """Take along what was made from the memories between planning them and holding them.

        The store refuses what would be made from a held memory, so this comes to an end. What was
        made after the erasure was decided on goes even if it was frozen since. A purge takes no
        more than it planned.
        """
        if erasure.action == Event.PURGE.value:
            return erasure
        tenant_id, known = erasure.tenant_id, set(erasure.ids)
        edges = self._parts.erasures.derived(tenant_id, erasure.ids)
        if all(edge.child in known for edge in edges):
            return erasure
        wider = self._turns.until_stored(tenant_id, lambda: self._widened(self._again(erasure)))
        return self._closed(wider)

    def _widened(self, erasure: Erasure) -> Erasure:
        targets = [each.id for each in erasure.members if each.role is Member.TARGET]
        plan, known = self._closing.planned(erasure.tenant_id, targets), set(erasure.ids)
        more = tuple(each for each in plan.members if each.id not in known)
        wider = replace(erasure, members=(*erasure.members, *more), tainted=plan.tainted)
        self._hold(wider, [cube for cube in plan.cubes if plain_id(cube.id) not in known])
        return wider

    def _done(self, erasure: Erasure) -> Receipt:
        """Do the rest of an erasure, whatever was done of it before."""
        tenant_id = erasure.tenant_id
        if erasure.stage is Stage.ERASING:
            erasure = self._closed(erasure)
            erasure = self._turns.until_stored(
                tenant_id, lambda: self._rebuilding.rebuild(self._again(erasure))
            )
            notes = tuple(
                Note(erasure.requester, erasure.action, (one, erasure.id)) for one in erasure.ids
            )
            erasure = self._parts.erasures.remove(Removal(erasure, self._parts.clock.now(), notes))
        counts = {each.name: each.erase(tenant_id, erasure.ids) for each in self._parts.erasables}
        self._indexing.forget(tenant_id)
        self._echoes.forget(tenant_id)
        known = {name: erasure.counts.get(name, 0) + more for name, more in counts.items()}
        erasure = replace(erasure, counts={**erasure.counts, **known})
        receipt = self._proving.proven(erasure)
        stored = replace(erasure, stage=receipt.status, receipt=receipt.model_dump_json())
        self._parts.erasures.keep(stored)
        return receipt

    def _again(self, erasure: Erasure) -> Erasure:
        return self._parts.erasures.kept(erasure.tenant_id, erasure.id) or erasure

    def _stored(self, principal: Principal, erasure_id: str) -> Erasure:
        principal.require(Right.ERASE)
        stored = self._parts.erasures.kept(principal.tenant_id, erasure_id)
        mine = stored is not None and principal.id == stored.requester
        if stored is None or not (mine or Right.GOVERN in principal.rights):
            raise NotFound(f"no erasure {erasure_id[:100]!r}", id=erasure_id[:100])
        return stored


def _held(governance: Governance, now: datetime) -> Governance:
    """Return the governance of a memory that waits for its end: nothing releases or expires it."""
    lifespan = replace(governance.lifespan, expires_at=None, purge_at=None)
    return replace(
        governance,
        state=State.QUARANTINED,
        state_reason=ERASING,
        state_since=now,
        resume=(*governance.resume, governance.state),
        lifespan=lifespan,
    )
