"""Taking memories in: everything is checked first, then written a batch at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Protocol

from memory_os.errors import InvalidInput
from memory_os.kernel.parts import Progress, silent
from memory_os_api.transfer.checking import Bad, Reading
from memory_os_api.transfer.records import CubeRecord

BATCH = 500
_TOLD = 20


class Target(Protocol):
    """Where memories go."""

    def missing(self, records: Sequence[CubeRecord]) -> list[CubeRecord]:
        """Return those that are not there yet, by id or by external id."""
        ...

    def write(self, records: Sequence[CubeRecord]) -> int:
        """Store all of them or none, and return how many versions that made."""
        ...


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do. ``present`` were left alone: there already, or erased."""

    read: int
    added: int
    versions: int
    present: int
    bad: tuple[Bad, ...]
    carries: str
    dry_run: bool


def read_import(
    source: Callable[[], AbstractContextManager[BinaryIO]],
    target: Target,
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
    batch: int = BATCH,
    progress: Progress = silent,
) -> Imported:
    """Read an export from ``source``, which is opened twice: to check it all, then to take it in.

    What is there already is left alone, so a run that was cut short is simply run again.

    Raises:
        InvalidInput: this is no export; or a line is wrong and ``skip_bad`` was not asked for:
            then nothing was written, and ``detail['bad']`` lists the lines.
    """
    if batch < 1:
        raise InvalidInput(f"a batch holds at least one memory, not {batch}", field="batch")
    with source() as lines:
        check = Reading(lines)
        total = sum(1 for _ in check.records())
    if check.bad and not skip_bad:
        raise _refusal(check.bad)
    with source() as lines:
        again = Reading(lines)
        records = (record for _, record in again.records())
        read, added, versions = _take(records, target, batch, total, progress, dry_run=dry_run)
    carries = check.header.carries if check.header else "versions"
    bad = tuple(check.bad)
    return Imported(read, added, versions, read - added, bad, carries, dry_run)


def _take(
    records: Iterator[CubeRecord],
    target: Target,
    batch: int,
    total: int,
    progress: Progress,
    *,
    dry_run: bool,
) -> tuple[int, int, int]:
    read = added = versions = 0
    for part in _batches(records, batch):
        new = target.missing(part)
        read += len(part)
        added += len(new)
        if dry_run:
            versions += sum(len(record.versions) for record in new)
        elif new:
            versions += target.write(new)
        progress("importing", read, total)
    return read, added, versions


def _batches(records: Iterable[CubeRecord], size: int) -> Iterator[list[CubeRecord]]:
    waiting = iter(records)
    while part := list(islice(waiting, size)):
        yield part


def _refusal(bad: Sequence[Bad]) -> InvalidInput:
    first = bad[0]
    more = f"; {len(bad) - 1} more lines are wrong" if len(bad) > 1 else ""
    return InvalidInput(
        f"line {first.line}: {first.reason}{more}; nothing was imported. --skip-bad takes the rest",
        line=first.line,
        bad=[{"line": each.line, "reason": each.reason} for each in bad[:_TOLD]],
    )
