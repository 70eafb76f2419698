"""When a text or a document was written counts like when a message was said."""

from datetime import UTC, datetime

import pytest

import memory_os
from memory_os import Document, Memory

SIGNED = datetime(2020, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "content", ["Signed the lease.", Document(text="Signed the lease.", title="Lease")]
)
def test_a_timestamp_places_a_text_in_time(content: str | Document) -> None:
    with memory_os.connect("sqlite://") as memory:
        memory.add(content, user_id="u", timestamp=SIGNED)
        inside = {
            "since": datetime(2020, 1, 1, tzinfo=UTC),
            "until": datetime(2021, 1, 1, tzinfo=UTC),
        }
        assert found(memory, **inside) == 1
        assert len(memory.get_all(user_id="u", **inside).results) == 1
        assert found(memory, since=datetime(2021, 1, 1, tzinfo=UTC)) == 0


def test_a_context_dates_a_fact_that_has_a_time() -> None:
    with memory_os.connect("sqlite://") as memory:
        memory.add("Signed the lease.", user_id="u", timestamp=SIGNED)
        assert memory.context("lease", user_id="u").text == "## 2020-05-05\n[1] Signed the lease."


def test_a_revised_fact_keeps_its_time() -> None:
    with memory_os.connect("sqlite://") as memory:
        added = memory.add("Signed the lease.", user_id="u", timestamp=SIGNED).results[0]
        assert memory.update(added.id, "Signed the new lease.").payload.at == SIGNED


def found(memory: Memory, **bounds: datetime) -> int:
    return len(memory.search("lease", user_id="u", **bounds).results)
