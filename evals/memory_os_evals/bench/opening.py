"""Open a store in this fresh process, ask once, and print the seconds and the RAM it took."""

import json
import sys
import time
from pathlib import Path

import memory_os


def resident() -> int:
    """Return this process's resident memory in bytes (Linux's procfs)."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4_096


def main(url: str, question: str) -> None:
    """Measure ``url``; models and libraries are loaded first, by a store in RAM."""
    with memory_os.connect("sqlite://") as warm:
        warm.add("warm up")
        warm.search("warm up")
    before, start = resident(), time.perf_counter()
    with memory_os.connect(url) as memory:
        opened = time.perf_counter()
        memory.search(question, user_id="bench")
        answered = time.perf_counter()
        found = {
            "open_s": opened - start,
            "first_search_s": answered - opened,
            "ram_bytes": resident() - before,
        }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
