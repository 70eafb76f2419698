"""A worker that halts in the middle of a job: it says so on standard output and waits.

Killed there, it leaves half of the job done under a lease. A line on standard input lets it go on.
"""

import sys
from threading import Event

from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.kernel.memory_os import MemoryOS
from memory_os.ports.cube_store import Listing
from memory_os.scheduler import Turn, Worker
from memory_os.scheduler.chores import CHORES
from memory_os.scheduler.dedup import dedup
from memory_os.testing.cubes import EVERYONE
from memory_os_api.container import open_kernel

MERGED = Listing(Visibility(states=frozenset({State.MERGED}), any_validity=True))


class Halting(Turn):
    """A turn that halts once something is merged."""

    def check(self) -> None:
        parts = self.kernel.parts
        if parts.store.find(EVERYONE, MERGED, parts.clock.now()).cubes:
            print("half", flush=True)
            sys.stdin.readline()
        super().check()


def main(url: str) -> None:
    kernel: MemoryOS = open_kernel(url)
    chores = {
        **CHORES,
        "dedup": lambda turn: dedup(Halting(turn.kernel, turn.job, turn.hold, Event())),
    }
    Worker(kernel, "half", chores=chores, timers=()).step()


if __name__ == "__main__":
    main(sys.argv[1])
