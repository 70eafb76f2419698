"""What a merge's result keeps of its parents' grants: what everybody had on every one of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from memory_os.domain.cube import Cube
from memory_os.domain.grants import Grant, Purpose
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope
from memory_os.domain.writing import Permit
from memory_os.kernel.allowing import ends, lives
from memory_os.kernel.expiring import ACTOR
from memory_os.kernel.parts import Parts

REASON = "merged"

Grantee = tuple[str | None, Scope | None]
Kept = tuple[frozenset[Right], frozenset[Purpose], datetime | None]
Held = dict[Kept, tuple[str, ...]]
"""What is had on all parents so far, each with the grants by which it is."""


def inherited(
    parents: Sequence[Cube], grants: Mapping[str, Grant], now: datetime
) -> dict[Grantee, Held]:
    """Return what the grants on every one of ``parents`` allow together, by who has them.

    Deny by default: rights and purposes that each parent gives, until the first of them ends.
    """
    found: dict[Grantee, Held] | None = None
    for parent in parents:
        here: dict[Grantee, list[Grant]] = {}
        for grant in grants.values():
            if grant.memory_id == parent.id and lives(grant, grants, now):
                here.setdefault((grant.principal, grant.pattern), []).append(grant)
        if found is None:
            found = {who: _first(given, grants) for who, given in here.items()}
        else:
            both = ((who, held) for who, held in found.items() if who in here)
            found = {who: _joined(held, here[who], grants) for who, held in both}
    return {who: held for who, held in (found or {}).items() if held}


def permits(parts: Parts, parents: Sequence[Cube], result: Cube, now: datetime) -> list[Permit]:
    """Return the grants on a merge's result, each resting on those by which it is had.

    Ending any of these ends it.
    """
    tenant_id = result.tenant_id
    if not parts.grants.changed(tenant_id):
        return []
    known = {grant.id: grant for grant in parts.grants.list_grants(tenant_id)}
    return [
        Permit(grant, Note(ACTOR, "grant", (grant.id, result.id), REASON))
        for grant in _grants(parts, inherited(parents, known, now), result, now)
    ]


def _grants(
    parts: Parts, found: Mapping[Grantee, Held], result: Cube, now: datetime
) -> Iterator[Grant]:
    for (principal, pattern), held in found.items():
        for (rights, purposes, until), bases in held.items():
            yield Grant(
                id=parts.ids.new("grant"),
                tenant_id=result.tenant_id,
                rights=rights,
                scope=result.scope,
                by=ACTOR,
                at=now,
                principal=principal,
                pattern=pattern,
                memory_id=result.id,
                purposes=purposes,
                until=until,
                reason=REASON,
                rests_on=" ".join(bases),
            )


def _first(given: Iterable[Grant], known: Mapping[str, Grant]) -> Held:
    return {(grant.rights, grant.purposes, ends(grant, known)): (grant.id,) for grant in given}


def _joined(held: Held, given: Sequence[Grant], known: Mapping[str, Grant]) -> Held:
    joined: Held = {}
    for (rights, purposes, until), bases in held.items():
        for grant in given:
            both = rights & grant.rights, purposes & grant.purposes
            until_both = min(filter(None, (until, ends(grant, known))), default=None)
            if any(both):
                joined.setdefault((*both, until_both), (*bases, grant.id))
    return joined
