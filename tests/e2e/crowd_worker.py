"""A process that adds and searches on command, for the test of many writers.

Protocol: a line of JSON on standard input, a line of JSON back.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import memory_os
from memory_os.sdk import Memory


def main(url: str, name: str) -> None:
    with memory_os.connect(url) as memory:
        print(json.dumps({"ready": name}), flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps(COMMANDS[asked.pop("do")](memory, **asked)), flush=True)


def storm(memory: Memory, name: str, threads: int, each: int) -> dict[str, Any]:
    """Add and search from many threads; return what was added and what went wrong."""
    added: dict[str, str] = {}
    errors: list[str] = []

    def work(thread: int) -> None:
        try:
            for number in range(each):
                code = f"p{name}t{thread}n{number}"
                text = f"Locker {code} holds a coat."
                added[code] = memory.add(text, user_id="ada").results[0].id
                hits = memory.search(f"Locker {code}", user_id="ada", top_k=3).results
                if added[code] not in [hit.id for hit in hits]:
                    errors.append(f"{code} was not found by its own thread")
        except Exception as error:
            errors.append(f"thread {thread}: {type(error).__name__}: {error}")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    return {"added": added, "errors": errors}


def add(memory: Memory, code: str) -> dict[str, Any]:
    return {"id": memory.add(f"Locker {code} holds a coat.", user_id="ada").results[0].id}


def update(memory: Memory, memory_id: str, code: str) -> dict[str, Any]:
    return {"version": memory.update(memory_id, f"Locker {code} holds a hat.").version}


def delete(memory: Memory, memory_id: str) -> dict[str, Any]:
    return {"deleted": memory.delete(memory_id).deleted}


def find(memory: Memory, codes: list[str]) -> dict[str, Any]:
    """Return, for each code, the first hit's id and text."""
    found = {}
    for code in codes:
        hits = memory.search(f"Locker {code}", user_id="ada", top_k=1, threshold=0.0).results
        found[code] = [hits[0].id, hits[0].memory] if hits else None
    return {"found": found}


COMMANDS = {"storm": storm, "add": add, "update": update, "delete": delete, "find": find}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
