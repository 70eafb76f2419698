"""Journalling who read what is restricted; of all else, reading leaves no trace."""

from collections.abc import Iterable

from memory_os.domain.access import Principal
from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.operations.record import Memory
from memory_os.domain.vocabulary import Sensitivity
from memory_os.domain.writing import Record, Write
from memory_os.kernel.parts import Parts

READ = "read"
_MOST = 1_000
"""How many memories one entry names."""


class Witness:
    """Write one entry for each call that returns restricted memories, before it returns.

    A store that cannot be written refuses such a call: nobody reads them unseen.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def cubes(self, principal: Principal, door: str, cubes: Iterable[Cube]) -> None:
        """Note which of ``cubes`` are restricted and returned through ``door``."""
        restricted = Sensitivity.RESTRICTED
        self._note(principal, door, [c.id for c in cubes if c.governance.sensitivity is restricted])

    def memories(self, principal: Principal, door: str, memories: Iterable[Memory]) -> None:
        """Note which of ``memories`` are restricted and returned through ``door``."""
        restricted = Sensitivity.RESTRICTED.value
        self._note(principal, door, [m.id for m in memories if m.sensitivity == restricted])

    def _note(self, principal: Principal, door: str, ids: list[str]) -> None:
        if not ids:
            return
        known = list(dict.fromkeys(ids))
        ops = tuple(
            Record(Note(principal.id, READ, tuple(known[at : at + _MOST]), door))
            for at in range(0, len(known), _MOST)
        )
        now = self._parts.clock.now()
        self._parts.store.write(Write(principal.tenant_id, now, ops))
