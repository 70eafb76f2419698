"""Policy sets: which one an agent has, and setting them."""

from dataclasses import dataclass, replace
from threading import Lock

from pydantic import JsonValue

from memory_os.domain.access import Principal
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right
from memory_os.domain.operations.policies import (
    PolicyList,
    PolicyRecord,
    PolicySetRequest,
)
from memory_os.domain.policies import KeptPolicies
from memory_os.domain.writing import KeepPolicies, Write
from memory_os.errors import NotFound, VersionConflict
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import Turns
from memory_os.policies.policy_set import BUILT_IN, DEFAULT, PolicySet, as_settings, policy_set


@dataclass(frozen=True, slots=True)
class Named:
    """A policy set under its name; ``label`` is what the journal shows."""

    name: str
    label: str
    policies: PolicySet
    agents: frozenset[str] = frozenset()


_DEFAULT = Named(DEFAULT, f"{DEFAULT}@0", BUILT_IN)


@dataclass(frozen=True, slots=True)
class Assigned:
    """The sets of a tenant as they were after ``changes`` of them."""

    changes: int
    default: Named = _DEFAULT
    others: tuple[Named, ...] = ()

    def of(self, agent_id: str | None) -> Named:
        """Return the set of an agent."""
        found = (named for named in self.others if agent_id in named.agents)
        return next(found, self.default) if agent_id is not None else self.default


class Policies:
    """Keep policy sets for any principal. Safe to call from many threads."""

    def __init__(self, parts: Parts, turns: Turns) -> None:
        self._parts = parts
        self._turns = turns
        self._known: dict[str, Assigned] = {}
        self._lock = Lock()

    def assigned(self, tenant_id: str) -> Assigned:
        """Return the sets that hold in a tenant now, whichever process set them."""
        changes = self._parts.policies.policy_changes(tenant_id)
        known = self._known.get(tenant_id)
        if known is None or known.changes != changes:
            known = self._read(tenant_id, changes)
            with self._lock:
                self._known[tenant_id] = known
        return known

    def of(self, tenant_id: str, agent_id: str | None) -> PolicySet:
        """Return what an agent's memories are judged by."""
        return self.assigned(tenant_id).of(agent_id).policies

    def policies(self, principal: Principal) -> PolicyList:
        """Return the newest version of each set; the default one is there without being set.

        Raises:
            AccessDenied.
        """
        principal.require(Right.READ)
        kept = self._parts.policies.policies(principal.tenant_id)
        if all(each.name != DEFAULT for each in kept):
            kept.append(KeptPolicies(principal.tenant_id, DEFAULT, 0))
        return PolicyList(results=tuple(map(_record, sorted(kept, key=lambda each: each.name))))

    def policy(self, principal: Principal, name: str, version: int | None = None) -> PolicyRecord:
        """Return a set as it is, or one version of it.

        Raises:
            AccessDenied; NotFound: there is none of this name or version.
        """
        principal.require(Right.READ)
        return _record(self._kept(principal.tenant_id, name, version))

    def set_policy(
        self, principal: Principal, name: str, request: PolicySetRequest
    ) -> PolicyRecord:
        """Store the next version of a set; what it already says stores nothing.

        Raises:
            AccessDenied; InvalidInput: a setting is wrong, the message names it;
            VersionConflict: the set is not at the expected version.
        """
        principal.require(Right.GOVERN)
        settings = None if request.settings is None else as_settings(policy_set(request.settings))
        run = self._turns.until_stored if request.expected_version is None else self._turns.once
        return run(principal.tenant_id, lambda: self._set(principal, name, settings, request))

    def _set(
        self,
        principal: Principal,
        name: str,
        settings: dict[str, JsonValue] | None,
        request: PolicySetRequest,
    ) -> PolicyRecord:
        tenant = principal.tenant_id
        head = self._head(tenant, name)
        if request.expected_version not in (None, head.version):
            raise VersionConflict(
                f"policy set {name!r} is at version {head.version}, not "
                f"{request.expected_version}; read it again",
                version=head.version,
            )
        now = self._parts.clock.now()
        after = replace(
            head,
            version=head.version + 1,
            settings=_spelled(head) if settings is None else settings,
            agents=head.agents if request.agents is None else tuple(sorted({*request.agents})),
            at=now,
            by=principal.id,
            reason=request.reason,
        )
        unchanged = (_spelled(head), head.agents) == (after.settings, after.agents)
        if unchanged and head.version:
            return _record(head).model_copy(update={"dry_run": request.dry_run})
        if not request.dry_run:
            reason = f"{after.label}: {request.reason}" if request.reason else after.label
            note = Note(principal.id, "policy", (f"policy:{name}",), reason)
            self._parts.store.write(Write(tenant, now, (KeepPolicies(after, note),)))
        return _record(after).model_copy(update={"dry_run": request.dry_run})

    def _head(self, tenant_id: str, name: str) -> KeptPolicies:
        """Return the newest version of a set, version 0 for one that is not there yet."""
        kept = self._parts.policies.policies(tenant_id)
        found = (each for each in kept if each.name == name)
        return next(found, KeptPolicies(tenant_id, name, 0))

    def _kept(self, tenant_id: str, name: str, version: int | None) -> KeptPolicies:
        head = self._head(tenant_id, name)
        if version in (None, head.version) and (head.version or name == DEFAULT):
            return head
        older = version and self._parts.policies.policy_version(tenant_id, name, version)
        if not older:
            said = "" if version is None else f" at version {version}"
            raise NotFound(f"no policy set {name[:100]!r}{said}; list those there are", name=name)
        return older

    def _read(self, tenant_id: str, changes: int) -> Assigned:
        sets = [
            Named(kept.name, kept.label, policy_set(kept.settings), frozenset(kept.agents))
            for kept in (self._parts.policies.policies(tenant_id) if changes else ())
        ]
        mine = [named for named in sets if named.name == DEFAULT]
        return Assigned(
            changes,
            mine[0] if mine else _DEFAULT,
            tuple(named for named in sets if named not in mine and named.agents),
        )


def _spelled(kept: KeptPolicies) -> dict[str, JsonValue]:
    return as_settings(policy_set(kept.settings))


def _record(kept: KeptPolicies) -> PolicyRecord:
    return PolicyRecord(
        name=kept.name,
        version=kept.version,
        settings=_spelled(kept),
        agents=kept.agents,
        at=kept.at,
        by=kept.by,
        reason=kept.reason,
    )
