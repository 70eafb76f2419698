"""Markdown documents, passages, and what a hit cites."""

import memory_os

HANDBOOK = """# Workshop

## The press

Oil the bed every Friday. The tympan is changed once a month, or when it shows a crease.

## Opening hours

Tuesday to Saturday, ten to five. School groups come on Wednesday mornings.

## In an emergency

The first-aid box is under the stairs. The nearest defibrillator is at the library.
"""


def main() -> None:
    with memory_os.connect("sqlite://") as memory:
        memory.add(
            memory_os.Document(text=HANDBOOK, title="Handbook", media_type="text/markdown"),
            agent_id="guide",
        )
        for question in ("When do school groups come?", "Where is the first-aid box?"):
            hit = memory.search(question, agent_id="guide").results[0]
            start, end = hit.span
            print(f"{question}\n  {hit.memory}\n  {hit.heading!r}, characters {start} to {end}")


if __name__ == "__main__":
    main()
