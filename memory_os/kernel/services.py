"""What is done with memory on main or on one branch, put together from the same parts."""

from dataclasses import dataclass, replace

from memory_os.domain.branch import Branch
from memory_os.kernel.adding import Adding
from memory_os.kernel.changing import Changing
from memory_os.kernel.counting import Counting, Uncounted
from memory_os.kernel.differing import Differing
from memory_os.kernel.echoing import Echoes
from memory_os.kernel.indexing import Indexing, LiveIndex
from memory_os.kernel.layered_index import LayeredIndexing
from memory_os.kernel.moments import Moments
from memory_os.kernel.overlay import Overlay
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Policies
from memory_os.kernel.reading import Reading
from memory_os.kernel.recalling import Recalling
from memory_os.kernel.retrying import Turns
from memory_os.kernel.settling import Aftercare, Unsettled


@dataclass(frozen=True, slots=True)
class Services:
    """Write, change, read, recall and compare, all on one layer."""

    adding: Adding
    changing: Changing
    reading: Reading
    recalling: Recalling
    differing: Differing


def services(
    parts: Parts,
    indexing: LiveIndex,
    turns: Turns,
    policies: Policies,
    counting: Counting,
    echoes: Echoes,
    settling: Aftercare,
) -> Services:
    """Return what works on the store of ``parts``."""
    moments = Moments(parts)
    return Services(
        Adding(parts, indexing, turns, policies, echoes),
        Changing(parts, indexing, turns, policies, settling),
        Reading(parts, moments, counting),
        Recalling(parts, indexing, moments, counting, echoes),
        Differing(parts, moments),
    )


def services_on(
    branch: Branch,
    parts: Parts,
    indexing: Indexing,
    turns: Turns,
    policies: Policies,
    echoes: Echoes,
) -> Services:
    """Return what works on a branch; it is made for one call and costs nothing to make."""
    overlay = Overlay(parts, branch)
    layered = LayeredIndexing(indexing, overlay)
    over = replace(parts, store=overlay)
    return services(over, layered, turns, policies, Uncounted(), echoes, Unsettled())
