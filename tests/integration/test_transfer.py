"""Export and import: what goes out comes in whole, and nothing wrong comes in at all."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.access import Principal
from memory_os.domain.scope import Scope
from memory_os.errors import InvalidInput, NotFound
from memory_os.kernel.memory_os import KernelConnector, MemoryOS
from memory_os.sdk import Memory
from memory_os_api.container import Choices, open_kernel
from memory_os_api.doctor import examine
from memory_os_api.transfer import (
    Imported,
    ServiceTarget,
    StoreTarget,
    read_import,
    served,
    stored,
    write_export,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 9, 1, 12, tzinfo=UTC)
LOCAL = Principal()
EVERYBODY = Scope()


@contextmanager
def opened(url: str = "sqlite://", clock: ManualClock | None = None) -> Iterator[MemoryOS]:
    kernel = open_kernel(url, Choices(clock=clock or ManualClock(LATER)))
    try:
        yield kernel
    finally:
        kernel.close()


def sdk(kernel: MemoryOS) -> Memory:
    return Memory(KernelConnector(kernel, LOCAL))


def exported(kernel: MemoryOS, scope: Scope = EVERYBODY) -> bytes:
    out = io.BytesIO()
    records = stored(kernel, LOCAL, scope)
    write_export(records, "versions", out.write, product="1.2.3", now=START)
    return out.getvalue()


def source(raw: bytes) -> Callable[[], AbstractContextManager[BinaryIO]]:
    return lambda: nullcontext(io.BytesIO(raw))


def take(kernel: MemoryOS, raw: bytes, **options: Any) -> Imported:
    return read_import(source(raw), StoreTarget(kernel, LOCAL, "test"), **options)


def lived(kernel: MemoryOS, clock: ManualClock) -> dict[str, str]:
    """Fill a store with every form and state; return ids by what they stand for."""
    memory = sdk(kernel)
    turns = [
        {"role": "user", "name": "Ada", "content": "I land in Bergen.", "timestamp": START},
        {"role": "assistant", "content": "Noted."},
    ]
    talk = memory.add(turns, user_id="ada", session_id="s1").results
    document = memory_os.Document(text="# Stove\n\nEmpty the ash weekly.", title="Stove", uri="x:y")
    form = memory_os.Template(
        schema_id="profile", fields={"name": "Ada", "pet": None, "n": [1, 2.5]}
    )
    ids = {
        "turn": talk[0].id,
        "answer": talk[1].id,
        "fact": memory.add(
            "Ada prefers tea.",
            user_id="ada",
            tags=["b", "a"],
            metadata={"x": None, "y": {"z": [1]}},
            external_id="taste",
            confidence=0.5,
            pinned=True,
            subject="Ada",
            predicate="prefers",
            object="tea",
        )
        .results[0]
        .id,
        "manual": memory.add(document, user_id="ada", namespace=("shop", "berlin")).results[0].id,
        "form": memory.add(form, agent_id="concierge").results[0].id,
        "archived": memory.add("Archived.", user_id="ada").results[0].id,
        "deleted": memory.add("Deleted.", user_id="ada", external_id="gone").results[0].id,
        "frozen": memory.add("Frozen.", user_id="bob").results[0].id,
        "held": memory.add("Held.", user_id="bob").results[0].id,
        "shortlived": memory.add("Kettle.", user_id="bob", ttl_seconds=60).results[0].id,
    }
    for text in ("Ada prefers coffee.", "Ada prefers cocoa."):
        clock.advance(timedelta(days=1))
        memory.update(ids["fact"], text, reason="she said so")
    clock.advance(timedelta(days=1))
    memory.archive(ids["archived"])
    memory.delete(ids["deleted"])
    memory.freeze(ids["frozen"])
    memory.quarantine(ids["held"])
    return ids


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def origin(clock: ManualClock) -> Iterator[tuple[MemoryOS, dict[str, str]]]:
    with opened(clock=clock) as kernel:
        yield kernel, lived(kernel, clock)


def content(raw: bytes) -> list[Any]:
    """Return the cubes of an export without what a new home stamps anew."""
    found = []
    for line in raw.splitlines()[1:-1]:
        cube = json.loads(line)
        del cube["sha256"]
        for version in cube["versions"]:
            for stamped in ("signature", "origin", "trust"):
                del version[stamped]
        found.append(cube)
    return found


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


def reseal(raw: bytes, change: Callable[[Any], object], line: int = 2) -> bytes:
    """Change a line and make all checksums right again."""
    lines, digests = [], ""
    for number, text in enumerate(raw.splitlines(), 1):
        found = json.loads(text)
        del found["sha256"]
        if number == line:
            change(found)
        if found["record"] == "end":
            found["digest"] = hashlib.sha256(digests.encode()).hexdigest()
        body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
        checksum = hashlib.sha256(body).hexdigest()
        digests += checksum
        lines.append(body + b',"sha256":"' + checksum.encode() + b'"}')
    return b"\n".join(lines) + b"\n"


def version(**fields: Any) -> Callable[[Any], object]:
    return lambda cube: cube["versions"][0].update(fields)


WRONG: list[tuple[Callable[[Any], object], str]] = [
    (lambda cube: cube.update(id="no spaces allowed"), "id"),
    (lambda cube: cube.update(colour="red"), "colour"),
    (lambda cube: cube.update(versions=[]), "versions"),
    (lambda cube: cube.update(kind="parametric"), "kind"),
    (lambda cube: cube.update(user_id="a\u0000b"), "user_id"),
    (lambda cube: cube.update(record="cubes"), "record"),
    (version(payload={"form": "fact", "text": ""}), "payload"),
    (version(payload={"form": "fact", "text": "a\u0000b"}), "NUL"),
    (version(payload={"form": "poem", "text": "x"}), "payload"),
    (version(recorded_at="yesterday"), "recorded_at"),
    (version(recorded_at="2026-01-01T00:00:00"), "recorded_at"),
    (version(trust="total"), "trust"),
    (version(confidence=2), "confidence"),
    (version(metadata={"a": "x" * 20_000}), "metadata"),
    (lambda cube: cube["versions"].append({**cube["versions"][0], "version": 7}), "version 7"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_wrong_line_is_named_and_nothing_is_imported(
    origin: Any, change: Callable[[Any], object], said: str
) -> None:
    raw = reseal(exported(origin[0]), change, line=4)
    with opened() as target:
        with pytest.raises(InvalidInput, match=r"^line 4: ") as caught:
            take(target, raw)
        assert said in caught.value.message
        assert caught.value.detail["line"] == 4
        assert content(exported(target)) == []
        rest = take(target, raw, skip_bad=True)
        assert [bad.line for bad in rest.bad] == [4]
        assert rest.added == rest.read == len(origin[1]) - 1


def damage(raw: bytes, kind: str) -> bytes:
    lines = raw.splitlines(keepends=True)
    if kind == "altered":
        lines[3] = lines[3].replace(b"generated", b"activated")
    elif kind == "cut":
        lines[3] = lines[3][:50] + b"\n"
    elif kind == "blank":
        lines[3] = b"\n"
    elif kind == "bytes":
        lines[3] = b"\xff\xfe\x00" + lines[3]
    elif kind == "lost":
        del lines[3]
    elif kind == "twice":
        lines.insert(4, lines[3])
    elif kind == "swapped":
        lines[3], lines[4] = lines[4], lines[3]
    elif kind == "unfinished":
        del lines[-1]
    elif kind == "after":
        lines.append(lines[3])
    return b"".join(lines)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("altered", 4),
        ("cut", 4),
        ("blank", 4),
        ("bytes", 4),
        ("lost", 11),
        ("twice", 5),
        ("swapped", 12),
        ("unfinished", 12),
        ("after", 13),
    ],
)
def test_a_damaged_file_is_refused_where_it_is_damaged(origin: Any, kind: str, line: int) -> None:
    raw = exported(origin[0])
    assert len(raw.splitlines()) == 12
    with opened() as target:
        with pytest.raises(InvalidInput, match=rf"^line {line}: "):
            take(target, damage(raw, kind))
        assert content(exported(target)) == []


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"hello\n", "no export"),
        (b'{"record":"cube"}\n', "no export"),
        (b"\x00" * 100, "no export"),
        (b"[1]\n" * 3, "no export"),
    ],
)
def test_what_is_no_export_is_refused(raw: bytes, said: str) -> None:
    with opened() as target, pytest.raises(InvalidInput, match=f"^line 1: .*{said}"):
        take(target, raw, skip_bad=True)


def test_a_newer_format_is_refused_by_name(origin: Any) -> None:
    raw = reseal(exported(origin[0]), lambda head: head.update(version=2), line=1)
    with opened() as target, pytest.raises(InvalidInput, match="upgrade"):
        take(target, raw)


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


def test_a_large_store_goes_out_and_comes_in(tmp_path: Path) -> None:
    with opened() as kernel:
        sdk(kernel).add_many([f"Fact {n} about harbour {n}." for n in range(3_000)], user_id="ada")
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
