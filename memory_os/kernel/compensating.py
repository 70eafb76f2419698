"""The writes that make cubes what plans say, for going back and for adopting alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.writing import Govern, Passage, Revise, WriteOp
from memory_os.governance.seal import Seal
from memory_os.kernel.going_back import Plan
from memory_os.ports.cube_store import CubeStore

Passages = Mapping[tuple[str, int], tuple[Passage, ...]]
NoteOf = Callable[[Cube], Note]


def note_of(seal: Seal, actor: str, action: str, reason: str) -> NoteOf:
    """Return what journals a change of a cube."""

    def told(cube: Cube) -> Note:
        version = cube.version
        salted = seal.salted(cube.tenant_id, version.signature, version.content_hash)
        return Note(actor, action, (cube.id,), reason, salted)

    return told


def plan_ops(plan: Plan, note: NoteOf, passages: Passages) -> Iterator[WriteOp]:
    """Yield the writes of one plan: the governance first, then the content."""
    cube, goal = plan.cube, plan.goal
    seen = cube.governance
    if goal.governance != seen:
        yield Govern(cube.id, cube.version.number, goal.governance, note(cube), seen)
    if plan.source is not None:
        found = passages[cube.id, plan.source.version.number]
        yield Revise(goal, cube.version.number, found, note(goal))


def passages_of(
    store: CubeStore, tenant_id: str, versions: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], tuple[Passage, ...]]:
    """Return the passages that these versions had, so that nothing is embedded anew."""
    found = {}
    for row in store.index_rows(tenant_id, versions) if versions else ():
        last = {stored.passage.ordinal: stored.passage for stored in row.passages}
        found[row.cube.id, row.cube.version.number] = tuple(last.values())
    return found
