"""An exported journal: JSON Lines that can be checked without the database."""

import json
from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from memory_os.domain.audit import Genuine, Head, Line, examine, hold
from memory_os.domain.journal import Entry, Note
from memory_os.domain.operations.audit import (
    AuditEvent,
    AuditVerification,
    SignedHead,
    from_signed_head,
    to_verification,
)
from memory_os.errors import InvalidInput

FORMAT = "memory-os-audit"
VERSION = 1


def first_line(head: SignedHead) -> bytes:
    """Return the line that an export begins with."""
    said = {"format": FORMAT, "version": VERSION, "tenant": head.tenant, "entries": head.seq}
    return f"{json.dumps(said)}\n".encode()


def event_line(event: AuditEvent) -> bytes:
    """Return the line of an entry."""
    return f"{event.model_dump_json()}\n".encode()


def last_line(head: SignedHead) -> bytes:
    """Return the line that an export ends with: the signed head."""
    return f'{{"head":{head.model_dump_json()}}}\n'.encode()


def verify_lines(lines: Iterable[bytes], genuine: Genuine | None) -> AuditVerification:
    """Check an exported journal; without ``genuine`` its signature is not checked.

    Raises:
        InvalidInput: it is no exported journal.
    """
    given = iter(lines)
    _begin(next(given, b""))
    heads: list[Head] = []
    findings = examine(_entries(given, heads), (), None)
    last = findings.entries
    if findings.broken_at is None:
        if not heads:
            findings.found("the file ends without its signed head: it was cut short", last + 1)
        elif heads[0].seq != last:
            said = f"the signed head is of entry {heads[0].seq}, the file has {last}"
            findings.found(f"{said}: entries were taken away or added", min(heads[0].seq, last) + 1)
        else:
            hold(heads[0], {last: findings.hash}, findings, genuine, whole=True)
    return to_verification(findings, signatures_checked=genuine is not None)


def signed_end(lines: Iterable[bytes]) -> Head | None:
    """Return the signed head that an exported journal ends with, nothing if it was cut short."""
    found = (_head(line) for line in lines)
    return next((head for head in found if head is not None), None)


def _begin(line: bytes) -> None:
    try:
        said = json.loads(line)
        known = said["format"] == FORMAT and said["version"] == VERSION
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise InvalidInput(
            "this is no journal that 'memory-os audit export' wrote: its first line does not say so"
        )


def _entries(lines: Iterator[bytes], heads: list[Head]) -> Iterator[Line]:
    """Yield entries until the signed head, which goes into ``heads``."""
    for seq, line in enumerate(lines, 1):
        head = _head(line)
        if head is not None:
            heads.append(head)
            return
        try:
            event = AuditEvent.model_validate_json(line)
        except ValidationError as error:
            yield Line(seq, None, str(error.errors()[0]["msg"]))
            return
        note = Note(
            event.actor,
            event.action,
            event.targets,
            event.reason,
            event.salted,
            event.salt,
            event.sealed,
        )
        yield Line(event.seq, Entry(event.seq, event.at, note, event.prev, event.hash))


def _head(line: bytes) -> Head | None:
    try:
        said = json.loads(line)
        head = SignedHead.model_validate(said["head"]) if isinstance(said, dict) else None
    except (ValueError, KeyError):
        return None
    if head is None:
        return None
    return from_signed_head(head)
