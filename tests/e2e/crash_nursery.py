"""A process that imports everything once and forks children, so that each starts in no time.

Protocol: a line on standard input is the name of a child to start; the answer is its process id.
A child opens the database and adds until it is killed; after each acknowledged call it writes one
line of JSON to standard error, which is the test's pipe.
"""

import json
import os
import sys
from collections.abc import Iterator
from itertools import count

import memory_os
from memory_os_agents.models.static_embedder import StaticEmbedder
from memory_os_api.connectors import embedded

BATCH = 4


def main(url: str) -> None:
    StaticEmbedder().embed(["warm"])
    print(embedded.__name__, flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            live(url, line.strip())
        print(child, flush=True)
        os.waitpid(child, 0)


def live(url: str, name: str) -> None:
    """Add, in turns singly, in batches, and by a new version, until the end."""
    memory = memory_os.connect(url)
    for number, kind in steps():
        code = f"c{name}n{number}"
        if kind == "single":
            added = memory.add(f"Depot {code} holds rye.", user_id="ada").results
        elif kind == "batch":
            texts = [f"Depot {code}b{part} holds rye." for part in range(BATCH)]
            added = memory.add_many(texts, user_id="ada", tags=[code]).results
        else:
            first = memory.add(f"Depot {code} holds oats.", user_id="ada").results[0]
            memory.update(first.id, f"Depot {code} holds rye.")
            added = (first,)
        facts = {"kind": kind, "code": code, "ids": [entry.id for entry in added]}
        os.write(2, json.dumps(facts).encode() + b"\n")


def steps() -> Iterator[tuple[int, str]]:
    for number in count():
        yield number, ("single", "single", "batch", "update")[number % 4]


if __name__ == "__main__":
    main(sys.argv[1])
