"""The doctor: a healthy store is called healthy, every kind of damage is found, and mended."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.access import Principal
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope
from memory_os.errors import ConfigurationError, EmbedderMismatch, ModelFailed
from memory_os.governance.seal import Seal
from memory_os.kernel.memory_os import KernelConnector, MemoryOS
from memory_os.ports.recall_index import Change, Close, Purge, Restate
from memory_os.sdk import Memory
from memory_os_api.container import Choices, index_folder, open_kernel
from memory_os_api.doctor import Diagnosis, Part, examine, reindex, repair
from memory_os_api.doctor.expectation import chunks

HOUR = timedelta(hours=1)
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MANUAL = "# Stove\n\n## Cleaning\n\nEmpty the ash weekly.\n\n" + "It is made of iron. " * 400


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/memory.db"


@contextmanager
def opened(url: str, **choices: object) -> Iterator[MemoryOS]:
    kernel = open_kernel(url, Choices(**choices))  # type: ignore[arg-type]
    try:
        yield kernel
    finally:
        kernel.close()


def look(kernel: MemoryOS, url: str, *, mend: bool = False) -> Diagnosis:
    folder = index_folder(url)
    assert folder is not None
    return (repair if mend else examine)(kernel, folder.with_suffix(""), folder)


def sdk(kernel: MemoryOS, tenant: str = "default") -> Memory:
    return Memory(KernelConnector(kernel, Principal(tenant)))


def live_through(memory: Memory, clock: ManualClock) -> None:
    """Do everything that moves rows and indexes."""
    day = timedelta(days=1)
    facts = memory.add_many([f"Fact {n} about harbour {n % 7}." for n in range(40)], user_id="ada")
    ids = [added.id for added in facts.results]
    memory.add([{"role": "user", "content": f"Turn {n}."} for n in range(10)], session_id="s1")
    memory.add(memory_os.Document(text=MANUAL, title="Stove"), user_id="ada")
    memory.add("Holds in June.", valid_from="2026-06-01T00:00:00Z", valid_to="2026-07-01T00:00:00Z")
    memory.add("Gone soon.", user_id="ada", ttl_seconds=3600)
    kept = memory.add("Kept longer.", user_id="ada", ttl_seconds=3600).results[0].id
    for step, memory_id in enumerate(ids[:20]):
        clock.advance(timedelta(minutes=1))
        memory.update(memory_id, f"Fact {step}, told anew.")
    memory.update(ids[0], "And once more.")
    memory.update(kept, expires_at=clock.now() + day)
    clock.advance(timedelta(minutes=1))
    memory.delete(ids[1])
    memory.delete(ids[2])
    memory.archive(ids[3])
    memory.freeze(ids[4])
    memory.quarantine(ids[5])
    memory.activate(ids[6])
    clock.advance(timedelta(minutes=1))
    memory.restore(ids[2])
    memory.release(ids[5])
    memory.update(ids[3], "Changed in the archive.")
    memory.delete_all(session_id="s1")
    clock.advance(day / 2)


@pytest.mark.parametrize("reopened", [False, True])
def test_a_store_that_lived_is_healthy(url: str, reopened: bool) -> None:
    clock = ManualClock(START)
    with opened(url, clock=clock) as kernel:
        for tenant in ("default", "acme"):
            live_through(sdk(kernel, tenant), clock)
        if not reopened:
            found = look(kernel, url)
            assert found.findings == ()
    if reopened:
        with opened(url, clock=clock) as kernel:
            found = look(kernel, url)
            assert found.findings == ()
    assert [facts.tenant for facts in found.tenants] == ["acme", "default"]
    assert all(facts.passages > facts.recalled > 40 for facts in found.tenants)
    assert found.files["memory.db"] > 0
    assert found.embedder


def test_an_empty_store_is_healthy(url: str) -> None:
    with opened(url) as kernel:
        assert look(kernel, url).healthy


def test_a_store_in_memory_is_examined_too() -> None:
    with opened("sqlite://") as kernel:
        sdk(kernel).add("Ada prefers tea.", user_id="ada")
        assert examine(kernel, None, None).findings == ()


def damages(kernel: MemoryOS) -> dict[str, list[Change]]:
    """Return changes that make the index lie, by what the doctor says of them."""
    found = [chunk for batch in chunks(kernel.parts.store, "default") for chunk in batch]
    first, other = found[0], found[1]
    gone, vector = Purge(first.cube_id), np.roll(first.vector, 7)
    return {
        "are not in the index": [gone],
        "are in no row": [replace(first, number=10_000, cube_id="mem_ORPHAN")],
        "another memory or version": [gone, replace(first, cube_id=other.cube_id)],
        "another state": [Restate(first.cube_id, State.ARCHIVED, first.live_from)],
        "another scope": [gone, replace(first, scope=Scope("bob"))],
        "other words": [gone, replace(first, terms=("wrong",))],
        "another vector": [gone, replace(first, vector=vector)],
        "otherwise than the rows": [Close(first.cube_id, 0, first.live_from + HOUR)],
    }


SAID = [
    "are not in the index",
    "are in no row",
    "another memory or version",
    "another state",
    "another scope",
    "other words",
    "another vector",
    "otherwise than the rows",
]


@pytest.mark.parametrize("said", SAID)
def test_an_index_that_lies_is_found_and_rebuilt(url: str, said: str) -> None:
    clock = ManualClock(START)
    with opened(url, clock=clock) as kernel:
        sdk(kernel).add_many([f"Fact {n} about harbour {n}." for n in range(9)], user_id="ada")
        clock.advance(timedelta(days=1))
        index = kernel.indexing.current("default")
        index.apply(damages(kernel)[said], index.applied)
        found = look(kernel, url)
        assert not found.healthy
        assert any(said in finding.problem for finding in found.findings)
        assert all(finding.part is Part.INDEX for finding in found.findings)
        mended = look(kernel, url, mend=True)
        assert mended.healthy
        assert mended.repaired
        assert sdk(kernel).search("harbour 4", user_id="ada").results[0].memory.startswith("Fact 4")


def test_an_index_in_another_state_is_rebuilt(url: str) -> None:
    with opened(url, clock=ManualClock(START)) as kernel:
        added = sdk(kernel).add("Ada prefers tea.", user_id="ada").results[0]
        index = kernel.indexing.current("default")
        index.apply([Restate(added.id, State.ARCHIVED, START)], index.applied)
        assert sdk(kernel).search("tea", user_id="ada").outcome == "empty"
        assert look(kernel, url, mend=True).healthy
        assert sdk(kernel).search("tea", user_id="ada").outcome == "found"


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_snapshot_is_named_and_not_used(url: str, damage: bytes | None) -> None:
    with opened(url) as kernel:
        sdk(kernel).add("Ada prefers tea.", user_id="ada")
        kernel.indexing.save()
    folder = index_folder(url)
    assert folder is not None
    (snapshot,) = folder.glob("*/*.snapshot")
    raw = snapshot.read_bytes()
    snapshot.write_bytes(raw[: len(raw) // 2] if damage is None else damage)
    with opened(url) as kernel:
        found = look(kernel, url)
        assert [finding.part for finding in found.findings] == [Part.SNAPSHOT]
        assert sdk(kernel).search("tea", user_id="ada").outcome == "found"
        assert look(kernel, url, mend=True).healthy
    with opened(url) as kernel:
        assert look(kernel, url).healthy


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET reason = 'nothing to see' WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 2",
        "DELETE FROM outbox WHERE seq = 2",
        "UPDATE versions SET superseded_at = 1 WHERE version = 1",
    ],
)
def test_tampered_rows_are_found_and_left_alone(url: str, statement: str) -> None:
    with opened(url) as kernel:
        for number in range(4):
            sdk(kernel).add(f"Fact {number}.", user_id="ada")
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        assert connection.execute(statement).rowcount
        connection.commit()
    with opened(url) as kernel:
        found = look(kernel, url, mend=True)
    assert not found.healthy
    assert Part.ROWS in {finding.part for finding in found.findings}
    assert not [
        finding for finding in found.findings if finding.part is Part.ROWS and finding.repairable
    ]


def test_another_embedder_is_named_and_a_reindex_mends_it(url: str) -> None:
    fake = DeterministicFakeEmbedding(size=24)
    with opened(url, embeddings=fake) as kernel:
        memory = sdk(kernel)
        added = memory.add_many([f"Fact {n} about harbour {n}." for n in range(30)], user_id="ada")
        memory.update(added.results[3].id, "Told anew.")
    with pytest.raises(EmbedderMismatch, match="memory-os reindex"):
        open_kernel(url)
    kernel = open_kernel(url, reindexing=True)
    try:
        assert [finding.part for finding in look(kernel, url).findings] == [Part.EMBEDDER]
        done = reindex(kernel)
        assert (done.tenants, done.passages) == (1, 31)
    finally:
        kernel.close()
    with opened(url) as kernel:
        assert look(kernel, url).healthy
        hits = sdk(kernel).search("harbour 7", user_id="ada").results
        assert hits[0].memory == "Fact 7 about harbour 7."


class Tiring(DeterministicFakeEmbedding):
    """Embed a few texts, then fail."""

    left: int = 3

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("tired")
        return super().embed_documents(texts)


def test_a_reindex_that_was_cut_short_opens_with_no_embedder(url: str) -> None:
    with opened(url) as kernel:
        for part in range(2):
            sdk(kernel).add_many([f"Fact {part}.{n}." for n in range(750)], user_id="ada")
    kernel = open_kernel(url, Choices(embeddings=Tiring(size=24)), reindexing=True)
    try:
        with pytest.raises(ModelFailed):
            reindex(kernel)
    finally:
        kernel.close()
    for embeddings in (None, DeterministicFakeEmbedding(size=24)):
        with pytest.raises(EmbedderMismatch, match="unfinished re-index"):
            open_kernel(url, Choices(embeddings=embeddings))
    kernel = open_kernel(url, reindexing=True)
    try:
        assert reindex(kernel).passages == 1_500
    finally:
        kernel.close()
    with opened(url) as kernel:
        assert look(kernel, url).healthy


def harmed(url: str, *statements: str) -> str:
    """Store four facts, harm the rows of the second and return its id."""
    with opened(url) as kernel:
        ids = [sdk(kernel).add(f"Fact {n} of harbour {n}.", user_id="ada") for n in range(4)]
        kernel.indexing.save()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            assert connection.execute(statement, {"id": ids[1].results[0].id}).rowcount
        connection.commit()
    return ids[1].results[0].id


def said(found: Diagnosis) -> str:
    return "\n".join(f"{one.part.value}: {one.problem}" for one in found.findings)


def test_a_memory_without_a_passage_is_found_and_gets_one_from_its_text(url: str) -> None:
    lost = harmed(url, "DELETE FROM chunks WHERE cube_id = :id")
    with opened(url) as kernel:
        assert f"memory {lost!r} is to be recalled and has no passage" in said(look(kernel, url))
        mended = look(kernel, url, mend=True)
        assert said(mended) == ""
        assert sdk(kernel).search("harbour 1", user_id="ada").results[0].id == lost
    with opened(url) as kernel:
        assert said(look(kernel, url)) == ""
        assert sdk(kernel).add("And another.", user_id="ada").results[0].event == "ADD"
        assert said(look(kernel, url)) == ""


def test_a_reindex_makes_missing_passages_too(url: str) -> None:
    lost = harmed(url, "DELETE FROM chunks WHERE cube_id = :id")
    kernel = open_kernel(url, reindexing=True)
    try:
        assert reindex(kernel).passages == 4
        assert sdk(kernel).search("harbour 1", user_id="ada").results[0].id == lost
    finally:
        kernel.close()


@pytest.mark.parametrize("blob", ["x'00'", "zeroblob(64)", "zeroblob(0)"])
def test_a_vector_of_the_wrong_length_is_found_and_embedded_again(url: str, blob: str) -> None:
    lost = harmed(url, f"UPDATE chunks SET vector = {blob} WHERE cube_id = :id")
    with opened(url) as kernel:
        assert f"of memory {lost!r} has a vector of the wrong length" in said(look(kernel, url))
        assert said(look(kernel, url, mend=True)) == ""
        assert sdk(kernel).search("harbour 1", user_id="ada").results[0].id == lost


LOST = [
    ("DELETE FROM versions WHERE cube_id = :id", "which is lost", "has no head version"),
    ("DELETE FROM cubes WHERE cube_id = :id", "no row of its own", "no row of its own"),
]


@pytest.mark.parametrize(("statement", "before", "after"), LOST)
def test_a_lost_row_is_named_and_the_rest_is_mended(
    url: str, statement: str, before: str, after: str
) -> None:
    lost = harmed(url, statement)
    with opened(url) as kernel:
        found = said(look(kernel, url))
        assert lost in found
        assert before in found
        mended = look(kernel, url, mend=True)
        assert after in said(mended)
        assert {one.part for one in mended.findings} == {Part.ROWS}
        assert len(sdk(kernel).search("harbour", user_id="ada").results) == 3


def test_a_passage_of_nothing_is_removed(url: str) -> None:
    harmed(
        url,
        "INSERT INTO chunks SELECT tenant_id, 0, 'mem_GONE', version, ordinal, start, stop, "
        "heading, tokens, vector, live_from, live_to FROM chunks WHERE cube_id = :id",
    )
    with opened(url) as kernel:
        assert "is of memory 'mem_GONE' version 1, which is lost" in said(look(kernel, url))
        assert said(look(kernel, url, mend=True)) == ""


ALTERED = [
    "UPDATE versions SET payload = replace(payload, 'Fact 1', 'Lie 1') WHERE cube_id = :id",
    "UPDATE versions SET trust = 3 WHERE cube_id = :id",
    "UPDATE versions SET content_hash = 'x' WHERE cube_id = :id",
]


@pytest.mark.parametrize("statement", ALTERED)
def test_altered_words_are_named_and_nothing_is_made_to_match_them(
    url: str, statement: str
) -> None:
    lost = harmed(url, statement, "DELETE FROM chunks WHERE cube_id = :id")
    with opened(url) as kernel:
        found = look(kernel, url, mend=True)
    words = f"seal: memory {lost!r} version 1 was altered: it is not what its seal was made of"
    assert words in said(found)
    assert found.repaired == ()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        (count,) = connection.execute("SELECT count(*) FROM chunks").fetchone()
    assert count == 3


def test_a_store_of_another_secret_is_told_from_one_altered_version(url: str) -> None:
    with opened(url, secret=b"mine" * 8) as kernel:
        sdk(kernel).add("Tea.", user_id="ada")
        assert said(look(kernel, url)) == ""
    with pytest.raises(ConfigurationError, match="made with another secret"), opened(url):
        pass
    with opened(url, secret=b"mine" * 8) as kernel:
        store = kernel.parts.store
        store.set_seal_mark(Seal(store.instance_id.encode()).mark(store.instance_id))
    with opened(url) as kernel:
        assert "no version has a seal of this secret" in said(look(kernel, url))


def test_a_branch_that_lived_is_healthy(url: str) -> None:
    with opened(url) as kernel:
        memory = sdk(kernel)
        first = memory.add("Ada drinks tea.", user_id="ada").results[0].id
        memory.add("Ada swims on Mondays.", user_id="ada")
        memory.branch("try", user_id="ada")
        memory.update(first, "Ada drinks coffee.", branch="try")
        memory.add("Ada sings.", user_id="ada", branch="try")
        assert said(look(kernel, url)) == ""
