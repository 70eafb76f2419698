"""Taking memories in: everything is checked first, then written a batch at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Protocol

from memory_os.errors import InvalidInput
from memory_os.kernel.parts import Progress, silent
from memory_os_api.transfer.checking import Bad, Reading
from memory_os_api.transfer.intake import Tally
from memory_os_api.transfer.records import CubeRecord

BATCH = 500
_TOLD = 20


class Target(Protocol):
    """Where memories go."""

    def missing(self, records: Sequence[CubeRecord]) -> list[CubeRecord]:
        """Return those that are not there yet, by id or by external id."""
        ...

    def weighed(self, records: Sequence[CubeRecord]) -> Tally:
        """Return what ``write`` would count, as far as that can be told beforehand."""
        ...

    def write(self, records: Sequence[CubeRecord]) -> Tally:
        """Store all that policies let in, or none, and return what came of it."""
        ...


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do. ``present`` were left alone: there already, or erased.

    ``refused`` were kept out by policy. Of those ``added``, ``held`` wait for a reviewer and
    ``redacted`` have placeholders in the place of what policy hides.
    """

    read: int
    added: int
    versions: int
    present: int
    bad: tuple[Bad, ...]
    carries: str
    dry_run: bool
    held: int = 0
    refused: int = 0
    redacted: int = 0


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
        read, new, tally = _take(records, target, batch, total, progress, dry_run=dry_run)
    carries = check.header.carries if check.header else "versions"
    bad = tuple(check.bad)
    return Imported(
        read=read,
        added=new - tally.refused,
        versions=tally.versions,
        present=read - new,
        bad=bad,
        carries=carries,
        dry_run=dry_run,
        held=tally.held,
        refused=tally.refused,
        redacted=tally.redacted,
    )


def _take(
    records: Iterator[CubeRecord],
    target: Target,
    batch: int,
    total: int,
    progress: Progress,
    *,
    dry_run: bool,
) -> tuple[int, int, Tally]:
    read = new = 0
    tally = Tally()
    for part in _batches(records, batch):
        missing = target.missing(part)
        read += len(part)
        new += len(missing)
        if missing:
            tally.add(target.weighed(missing) if dry_run else target.write(missing))
        progress("importing", read, total)
    return read, new, tally


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
