"""A store that lived, its export, and changes to that export."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.access import Principal
from memory_os.domain.scope import Scope
from memory_os.kernel.memory_os import KernelConnector, MemoryOS
from memory_os.sdk import Memory
from memory_os_api.container import Choices, open_kernel
from memory_os_api.transfer import (
    Imported,
    StoreTarget,
    read_import,
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
