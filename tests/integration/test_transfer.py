"""Export and import: what goes out comes in whole."""

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from memory_os.clock import ManualClock
from memory_os.domain.scope import Scope
from memory_os.errors import NotFound
from memory_os.kernel.memory_os import MemoryOS
from memory_os_api.doctor import examine
from memory_os_api.transfer import (
    ServiceTarget,
    StoreTarget,
    read_import,
    served,
    write_export,
)
from tests.integration.transfers import (
    LOCAL,
    START,
    content,
    exported,
    lived,
    opened,
    reseal,
    sdk,
    source,
    take,
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def origin(clock: ManualClock) -> Iterator[tuple[MemoryOS, dict[str, str]]]:
    with opened(clock=clock) as kernel:
        yield kernel, lived(kernel, clock)


def test_every_line_bears_its_checksum_and_the_end_their_digest(origin: Any) -> None:
    lines = exported(origin[0]).splitlines()
    checksums = []
    for line in lines:
        body, mark, tail = line.rpartition(b',"sha256":"')
        assert mark
        checksums.append(tail[:-2].decode())
        assert hashlib.sha256(body).hexdigest() == checksums[-1]
    head, end = json.loads(lines[0]), json.loads(lines[-1])
    assert (head["record"], head["format"], head["version"]) == ("header", "memory-os-export", 1)
    assert (head["product"], head["carries"]) == ("1.2.3", "versions")
    assert end["record"] == "end"
    assert end["cubes"] == len(lines) - 2
    assert end["digest"] == hashlib.sha256("".join(checksums[:-1]).encode()).hexdigest()


def test_an_export_names_no_tenant(origin: Any) -> None:
    assert b"tenant_id" not in exported(origin[0])
    assert b'"default"' not in exported(origin[0])


def test_everything_comes_back(origin: Any) -> None:
    kernel, ids = origin
    raw = exported(kernel)
    with opened() as target:
        done = take(target, raw)
        assert (done.read, done.added, done.present) == (len(ids), len(ids), 0)
        assert done.versions == len(ids) + 2
        assert content(exported(target)) == content(raw)
        assert examine(target, None, None).findings == ()


def test_the_past_comes_along(origin: Any) -> None:
    kernel, ids = origin
    with opened() as target:
        take(target, exported(kernel))
        memory = sdk(target)
        past = memory.history(ids["fact"]).results
        assert [entry.memory for entry in past] == [
            "Ada prefers tea.",
            "Ada prefers coffee.",
            "Ada prefers cocoa.",
        ]
        then = START + timedelta(hours=1)
        hits = memory.search("What does Ada prefer?", user_id="ada", as_of=then).results
        assert "Ada prefers tea." in [hit.memory for hit in hits]
        assert memory.get(ids["fact"], as_of=START + timedelta(days=1)).version == 2


def test_states_come_along(origin: Any) -> None:
    kernel, ids = origin
    with opened() as target:
        take(target, exported(kernel))
        memory = sdk(target)
        assert memory.get(ids["archived"]).state == "archived"
        assert memory.get(ids["frozen"]).state == "frozen"
        with pytest.raises(NotFound):
            memory.get(ids["deleted"])
        assert memory.search("Held", user_id="bob").results == ()
        assert memory.release(ids["held"]).state == "generated"
        assert memory.search("Archived", user_id="ada", threshold=0.5).results == ()


def test_what_is_imported_is_stamped_and_trusted_little(origin: Any) -> None:
    kernel, ids = origin
    with opened() as target:
        take(target, exported(kernel))
        record = sdk(target).get(ids["fact"])
        assert (record.source_class, record.trust) == ("imported", "low")
        assert "urn:memory-os:imported:user_input" in [source.uri for source in record.sources]


def test_what_this_store_signed_keeps_its_trust(origin: Any) -> None:
    kernel, ids = origin
    raw = exported(kernel)
    with opened() as target:
        seal = kernel.parts.seal
        object.__setattr__(target.parts, "seal", seal)
        take(target, raw)
        record = sdk(target).get(ids["fact"])
        assert (record.source_class, record.trust) == ("user_input", "standard")
        assert content(exported(target)) == content(raw)
    forged = reseal(raw, lambda cube: cube["versions"][0].update(trust="verified"))
    with opened() as target:
        object.__setattr__(target.parts, "seal", seal)
        take(target, forged)
        assert sdk(target).history(ids["turn"]).results[0].trust == "low"


def test_a_second_import_changes_nothing(origin: Any) -> None:
    raw = exported(origin[0])
    with opened() as target:
        take(target, raw)
        before = exported(target)
        again = take(target, raw)
        assert (again.added, again.present, again.versions) == (0, again.read, 0)
        assert exported(target) == before
        assert take(origin[0], raw).added == 0


def test_an_import_that_was_cut_short_goes_on(origin: Any) -> None:
    raw = exported(origin[0])

    class Dying(StoreTarget):
        batches = 0

        def write(self, records: Any) -> int:
            self.batches += 1
            if self.batches == 3:
                raise ConnectionAbortedError
            return super().write(records)

    with opened() as target:
        with pytest.raises(ConnectionAbortedError):
            read_import(source(raw), Dying(target, LOCAL, "test"), batch=2)
        rest = take(target, raw, batch=2)
        assert (rest.present, rest.added) == (4, rest.read - 4)
        assert content(exported(target)) == content(raw)


def test_a_dry_run_counts_and_writes_nothing(origin: Any) -> None:
    raw = exported(origin[0])
    with opened() as target:
        planned = take(target, raw, dry_run=True)
        assert planned.dry_run
        assert planned.added == planned.read > 0
        assert content(exported(target)) == []
        assert take(target, raw).versions == planned.versions


def test_a_taken_external_id_is_left_alone(origin: Any) -> None:
    with opened() as target:
        mine = sdk(target).add("Mine.", user_id="ada", external_id="taste").results[0]
        done = take(target, exported(origin[0]))
        assert done.present == 1
        assert sdk(target).get(mine.id).memory == "Mine."


def test_a_scope_is_exported_alone(origin: Any) -> None:
    found = content(exported(origin[0], Scope(user_id="bob")))
    assert {cube["user_id"] for cube in found} == {"bob"}
    assert len(found) == 3


def test_a_service_gives_and_takes_newest_versions(origin: Any) -> None:
    kernel, _ = origin
    out = io.BytesIO()
    write_export(served(sdk(kernel).connector, Scope()), "heads", out.write, product="1", now=START)
    raw = out.getvalue()
    assert json.loads(raw.splitlines()[0])["carries"] == "heads"
    with opened() as target:
        memory = sdk(target)
        done = read_import(source(raw), ServiceTarget(memory.connector))
        assert done.added == done.read
        found = memory.get_all(filters={"external_id": "taste"}).results[0]
        assert (found.memory, found.confidence, found.pinned) == ("Ada prefers cocoa.", 0.5, True)
        assert (found.tags, found.metadata) == (("b", "a"), {"x": None, "y": {"z": [1]}})
        assert (found.source_class, found.version) == ("imported", 1)
        again = read_import(source(raw), ServiceTarget(memory.connector))
        assert (again.added, again.present) == (0, done.read)
    with opened() as target:
        done = take(target, raw)
        assert done.versions == done.read
        assert examine(target, None, None).findings == ()


def test_what_holds_at_another_time_goes_out_too() -> None:
    with opened() as kernel:
        memory = sdk(kernel)
        memory.add("Ada lived in Rome.", user_id="ada", valid_to=START - timedelta(days=9))
        memory.add("Ada moves to Oslo.", user_id="ada", valid_from=START + timedelta(days=999))
        out = io.BytesIO()
        records = served(memory.connector, Scope())
        write_export(records, "heads", out.write, product="1", now=START)
        for raw in (exported(kernel), out.getvalue()):
            with opened() as target:
                assert take(target, raw).added == 2
                assert len(sdk(target).get_all(any_validity=True).results) == 2
                assert sdk(target).get_all().results == ()


def test_a_large_store_goes_out_and_comes_in(tmp_path: Path) -> None:
    with opened() as kernel:
        for part in range(0, 3_000, 1_000):
            texts = [f"Fact {n} about harbour {n}." for n in range(part, part + 1_000)]
            sdk(kernel).add_many(texts, user_id="ada")
        raw = exported(kernel)
    with opened(f"sqlite:///{tmp_path}/copy.db") as target:
        done = take(target, raw)
        assert done.added == 3_000
        assert (
            sdk(target)
            .search("harbour 2718", user_id="ada")
            .results[0]
            .memory.startswith("Fact 2718")
        )
