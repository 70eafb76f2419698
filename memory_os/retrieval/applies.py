"""Standing instructions: recalled because they apply, not because they are alike.

"Always give version numbers when I ask about libraries" has little in common with "What should I
build this with?", and among many alike passages it would be lost. The instructions in scope that
are most like the query get a bounded number of places of their own.
"""

from collections.abc import Callable, Sequence

import numpy as np

from memory_os.domain.vocabulary import SemanticType
from memory_os.ports.recall_index import Floats, Numbers, RecallView
from memory_os.retrieval.profile import RetrievalProfile

_READ = 512

Owners = Callable[[Numbers], Sequence[str]]


def applicable(
    view: RecallView, vector: Floats, owners: Owners, profile: RetrievalProfile
) -> list[int]:
    """Return chunk numbers of the instructions that apply, the most alike first.

    ``vector`` is the query's. ``owners`` names the cube of each chunk; a cube appears once, with
    its best passage.
    """
    if not profile.slots:
        return []
    numbers = view.typed([SemanticType.PROCEDURE], _READ)
    if not len(numbers):
        return []
    likeness = view.vectors(numbers) @ vector
    order = np.argsort(-likeness, kind="stable")
    floor = max(profile.applies, float(likeness[order[0]]) - profile.applies_gap)
    close = order[likeness[order] >= floor]
    chosen: dict[str, int] = {}
    for place, cube in enumerate(owners(numbers[close])):
        if len(chosen) < profile.slots:
            chosen.setdefault(cube, place)
    return [int(numbers[close[at]]) for at in chosen.values()]


def place(ranked: Sequence[int], instructions: Sequence[int], lead: int) -> list[int]:
    """Return ``ranked`` with the instructions moved behind its first ``lead`` entries."""
    others = [number for number in ranked if number not in instructions]
    return [*others[:lead], *instructions, *others[lead:]]
