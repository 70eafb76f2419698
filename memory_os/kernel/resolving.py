"""Settling a new fact with what is known of the same: superseded, preceded or linked."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import RECALLED, Event, State, transition
from memory_os.domain.scope import Scope
from memory_os.domain.statements import Statement, statement
from memory_os.domain.writing import Govern, Revise
from memory_os.kernel.allowances import allowance
from memory_os.kernel.entries import all_terms, entries, passages
from memory_os.kernel.forming import Former
from memory_os.kernel.moving import governed
from memory_os.kernel.parts import Parts
from memory_os.kernel.veiling import Veil
from memory_os.policies.conflict import POLICY, Settle, claim, settle


@dataclass(slots=True)
class Settled:
    """What the facts of one transaction do to each other and to stored ones.

    ``fresh`` holds the transaction's own facts by id, ``stored`` those that get a next version,
    as they were and as they will be. ``superseded`` says which ones a fact put an end to,
    ``about`` which fresh ones have one subject and predicate.
    """

    fresh: dict[str, Cube] = field(default_factory=dict)
    stored: dict[str, tuple[Cube, Cube]] = field(default_factory=dict)
    superseded: dict[str, tuple[str, ...]] = field(default_factory=dict)
    about: dict[tuple[Scope, Statement], list[str]] = field(default_factory=dict)

    def put(self, cube: Cube, before: Cube) -> None:
        """Note how ``before`` is going to stand."""
        if before.id in self.fresh:
            self.fresh[before.id] = cube
        else:
            first = self.stored[before.id][0] if before.id in self.stored else before
            self.stored[before.id] = (first, cube)

    def opened(self, cube: Cube) -> bool:
        """Tell whether the version of ``cube`` is made by this transaction."""
        return cube.id in self.fresh or cube.id in self.stored


class Resolving:
    """Settle facts with one subject and one predicate."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._veil = Veil(parts)

    def settle(self, cube: Cube, former: Former, access: AccessFilter, into: Settled) -> None:
        """Put a new fact into ``into``, with all that follows for it and its rivals."""
        rivals = self._rivals(cube, former, access, into)
        into.fresh[cube.id] = cube
        for rival in rivals:
            new = into.fresh[cube.id]
            ruling = settle(claim(new), claim(rival))
            if ruling.action is Settle.SUPERSEDE:
                into.put(self._closed(rival, cube.id, ruling.at, former, into), rival)
                into.superseded[cube.id] = (*into.superseded.get(cube.id, ()), rival.id)
            elif ruling.action is Settle.PRECEDE:
                into.put(self._closed(new, rival.id, ruling.at, former, into), new)
            elif ruling.action is Settle.LINK:
                into.put(self._linked(new, rival.id, former, into), new)
                if claim(rival).movable:
                    into.put(self._linked(rival, cube.id, former, into), rival)

    def writes(self, settled: Settled, former: Former) -> Iterator[Revise | Govern]:
        """Yield the writes of the stored facts: the next version, then the move to the archive."""
        for before, after in settled.stored.values():
            found = entries(after.payload, self._parts.rules.passage_tokens, self._parts.counter)
            found = self._veil.entries(after.tenant_id, after.scope, found)
            with allowance(self._parts, after.tenant_id).entries([(after, found)]):
                vectors = self._parts.embedder.embed([item.embedded for item in found])
            ends = after.governance.state is not before.governance.state
            note = self._note(after, former, Event.SUPERSEDE.value if ends else "link")
            revised = after.moved(before.governance)
            yield Revise(revised, before.version.number, passages(found, vectors), note)
            if ends:
                number = after.version.number
                yield Govern(after.id, number, after.governance, note, before.governance)

    def _note(self, cube: Cube, former: Former, action: str) -> Note:
        version, seal = cube.version, self._parts.seal
        salted = seal.salted(cube.tenant_id, version.signature, version.content_hash)
        other = (version.superseded_by,) if version.superseded_by else version.conflicts_with[-1:]
        return Note(former.principal.id, action, (cube.id, *other), POLICY, salted)

    def _rivals(
        self, cube: Cube, former: Former, access: AccessFilter, into: Settled
    ) -> list[Cube]:
        """Return the facts of recall about the same, as this transaction leaves them so far."""
        about = statement(cube.payload)
        if about is None:
            return []
        stored = self._parts.store.by_statement(access, cube.scope, about)
        known = [into.stored[one.id][1] if one.id in into.stored else one for one in stored]
        here = into.about.setdefault((cube.scope, about), [])
        known += [into.fresh[cube_id] for cube_id in here]
        here.append(cube.id)
        standing = {*RECALLED, State.FROZEN}
        return [
            one for one in known if one.governance.state in standing and not one.gone(former.now)
        ]

    def _closed(
        self, cube: Cube, by: str, at: datetime | None, former: Former, into: Settled
    ) -> Cube:
        """Return a fact whose validity ends at ``at``, in the archive."""
        closed = self._next(cube, former, into, valid_to=at, superseded_by=by)
        planned = transition(cube.position, Event.SUPERSEDE)
        rules = self._parts.rules
        return closed.moved(governed(cube, planned, "superseded", former.now, rules))

    def _linked(self, cube: Cube, other: str, former: Former, into: Settled) -> Cube:
        links = tuple(dict.fromkeys((*cube.version.conflicts_with, other)))
        return self._next(cube, former, into, conflicts_with=links)

    def _next(self, cube: Cube, former: Former, into: Settled, **changes: object) -> Cube:
        """Return the fact with a changed header: in the version at hand, or in a next one."""
        if into.opened(cube):
            version = replace(cube.version, **changes)  # type: ignore[arg-type]
            return replace(cube, version=version)
        found = entries(cube.payload, self._parts.rules.passage_tokens, self._parts.counter)
        return former.next_version(cube, cube.payload, all_terms(found), **changes)
