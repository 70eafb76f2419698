"""Checking a tenant's journal: the chain itself, and the signed heads that were kept of it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from memory_os.clock import to_micros
from memory_os.domain.journal import GENESIS, Entry, chain


@dataclass(frozen=True, slots=True)
class Sighting:
    """Which journal entries are meant: unset is any; ``since`` is included, ``until`` is not."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a tenant's journal stood, signed, so that it cannot be rewritten unseen.

    ``number`` counts a tenant's heads from 1, and ``prev`` is the ``link`` of the one before it,
    both signed: so no head can be taken out between others unseen. Earlier releases signed heads
    without, as number 0.
    """

    tenant_id: str
    seq: int
    hash: str
    at: datetime
    signature: str = ""
    number: int = 0
    prev: str = ""

    @property
    def link(self) -> str:
        """Return what the next head names this one by: a hash of it, its signature included."""
        return hashlib.sha256(self.statement() + f"\n{self.signature}".encode()).hexdigest()

    @property
    def day(self) -> str:
        """Return the day on which it was signed, in UTC."""
        return self.at.date().isoformat()

    def statement(self) -> bytes:
        """Return what the signature is made over."""
        said = f"{self.seq}\n{self.hash}\n{to_micros(self.at)}"
        chained = f"\n{self.number}\n{self.prev}" if self.number else ""
        return f"{said}{chained}".encode()


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it lies in the store, or words for why it cannot be read."""

    seq: int
    entry: Entry | None
    trouble: str = ""


@dataclass(slots=True)
class Findings:
    """What a check of a journal found; ``problems`` are in words, none is good.

    ``broken_at`` is the first entry that does not follow from the ones before it, ``heads`` how
    many signed heads were held against the chain, ``signed_to`` the last entry that one covers.
    """

    entries: int = 0
    hash: str = GENESIS
    broken_at: int | None = None
    heads: int = 0
    signed_to: int = 0
    problems: list[str] = field(default_factory=list)

    def found(self, problem: str, seq: int | None = None) -> None:
        """Add a problem, and where the chain breaks if nothing broke before."""
        self.problems.append(problem)
        if seq is not None and self.broken_at is None:
            self.broken_at = seq


Genuine = Callable[[Head], bool]


def examine(
    lines: Iterable[Line],
    heads: Sequence[Head],
    genuine: Genuine | None,
    last: tuple[int, str] | None = None,
) -> Findings:
    """Check a chain against itself, its signed heads and ``last``, where its owner says it ends.

    Without ``genuine`` signatures are not checked, only what the heads say.
    """
    findings, hashes = Findings(), dict[int, str]()
    wanted = {head.seq for head in heads}
    for line in _sound(lines, findings):
        findings.entries, findings.hash = line.seq, line.hash
        if line.seq in wanted:
            hashes[line.seq] = line.hash
    whole = findings.broken_at is None
    if whole and last is not None:
        _ends(findings, last)
    for head in heads:
        hold(head, hashes, findings, genuine, whole=whole)
    return findings


def _sound(lines: Iterable[Line], findings: Findings) -> Iterator[Entry]:
    """Yield entries as long as each follows from the one before it."""
    seq, prev = 0, GENESIS
    for line in lines:
        wrong = _wrong(line, seq + 1, prev)
        if wrong:
            findings.found(wrong, seq + 1)
            return
        assert line.entry is not None  # noqa: S101
        yield line.entry
        seq, prev = line.entry.seq, line.entry.hash


def _wrong(line: Line, seq: int, prev: str) -> str:
    if line.seq != seq:
        gap = f"entry {seq} is missing" if line.seq > seq else f"entry {line.seq} comes twice"
        return f"{gap}: entry {line.seq} follows entry {seq - 1}"
    if line.entry is None:
        return f"entry {seq} cannot be read: {line.trouble}"
    if line.entry.prev != prev:
        return f"entry {seq} does not follow the entry before it"
    expected = chain(line.entry.note, seq=seq, at=line.entry.at, prev=prev)
    if line.entry.hash != expected.hash:
        return f"entry {seq} was changed: its hash does not follow from what it says"
    return ""


def _ends(findings: Findings, last: tuple[int, str]) -> None:
    seq, digest = last
    if findings.entries < seq:
        gone = f"entries {findings.entries + 1} to {seq}"
        findings.found(f"{gone} are missing at the end", findings.entries + 1)
    elif findings.entries > seq:
        findings.found(f"there are entries after {seq}, where the journal ends", seq + 1)
    elif findings.hash != digest:
        findings.found("the last entry is not the one that the journal ends with", seq)


def hold(
    head: Head,
    hashes: dict[int, str],
    findings: Findings,
    genuine: Genuine | None,
    *,
    whole: bool,
) -> None:
    """Hold one signed head against the chain, as far as that could be read."""
    findings.heads += 1
    name = f"the head signed on {head.day} at entry {head.seq}"
    if genuine is not None and not genuine(head):
        findings.found(f"{name} has a signature that is not this store's")
        return
    found = hashes.get(head.seq, GENESIS if head.seq == 0 else None)
    if found == head.hash:
        findings.signed_to = max(findings.signed_to, head.seq)
    elif found is not None:
        seq = findings.signed_to + 1
        findings.found(
            f"{name} says otherwise: the chain was rewritten somewhere in entries {seq} to "
            f"{head.seq}",
            seq,
        )
    elif whole:
        findings.found(
            f"{name} is past the end of the journal: its last entries were removed",
            findings.entries + 1,
        )


def in_order(heads: Iterable[Head]) -> list[Head]:
    """Return heads of several places in the order in which they were signed, equal ones once."""
    return sorted(set(heads), key=lambda head: (head.seq, head.number, head.signature))


def follow(heads: Sequence[Head], place: str, findings: Findings) -> None:
    """Check that no head is missing between those of one place, which are in order."""
    before: Head | None = None
    for count, head in enumerate(heads, 1):
        if head.number:
            _next(head, before, count, place, findings)
        before = head


def _next(head: Head, before: Head | None, count: int, place: str, findings: Findings) -> None:
    expected = before.number + 1 if before is not None and before.number else count
    name = f"the head signed on {head.day} at entry {head.seq}"
    if head.number > expected:
        gone = f"heads {expected} to {head.number - 1} are missing in {place}"
        findings.found(f"{gone}, before {name}")
    elif head.number < expected:
        findings.found(f"{name} is number {head.number}, and in {place} it would be {expected}")
    elif head.prev != ("" if before is None else before.link):
        findings.found(f"{name} was signed after another head than the one before it in {place}")


def following(heads: Sequence[Head], unsigned: Head) -> Head:
    """Return ``unsigned`` with its number and its link to the last of ``heads``, in order."""
    if not heads:
        return replace(unsigned, number=1)
    last = heads[-1]
    return replace(unsigned, number=max(last.number, len(heads)) + 1, prev=last.link)
