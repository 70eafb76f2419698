"""Versions, history, and the same question at two moments."""

from datetime import UTC, datetime, timedelta

import memory_os
from memory_os.clock import ManualClock


def main() -> None:
    clock = ManualClock(datetime(2026, 1, 10, 9, 0, tzinfo=UTC))
    with memory_os.connect("sqlite://", clock=clock) as memory:
        added = memory.add("The spring party is in Oslo, on 2 May.", user_id="team")
        memory_id = added.results[0].id

        clock.advance(timedelta(days=40))
        memory.update(
            memory_id,
            "The spring party is in Bergen, on 9 May.",
            expected_version=1,
            reason="the hall in Oslo was taken",
        )

        question = "Where is the spring party?"
        for moment in (datetime(2026, 2, 1, tzinfo=UTC), clock.now()):
            result = memory.search(question, user_id="team", as_of=moment)
            print(f"as of {moment:%d %b}: {result.results[0].memory}")

        for version in memory.history(memory_id).results:
            print(f"version {version.version}, {version.updated_at:%d %b}: {version.memory}")


if __name__ == "__main__":
    main()
