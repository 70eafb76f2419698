"""A plain file of signed journal heads that only grows: what a rewritten database cannot reach."""

import json
import os
from pathlib import Path

from memory_os.clock import from_micros, to_micros
from memory_os.domain.audit import Head
from memory_os.errors import StoreCorrupt, StoreReadOnly


class HeadFile:
    """Append heads to a file as JSON Lines, each in one write, durably."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, head: Head) -> None:
        """Add a head, unless this entry of the tenant has one.

        Raises:
            StoreReadOnly: the file cannot be written.
        """
        if any(known.seq == head.seq for known in self.heads(head.tenant_id)):
            return
        line = json.dumps(
            {
                "tenant": head.tenant_id,
                "day": head.day,
                "seq": head.seq,
                "hash": head.hash,
                "at": to_micros(head.at),
                "signature": head.signature,
                "number": head.number,
                "prev": head.prev,
            }
        )
        try:
            place = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreReadOnly(
                f"the file of signed heads {str(self.path)!r} cannot be written: {error.strerror}"
            ) from error
        try:
            os.write(place, f"{line}\n".encode())
            os.fsync(place)
        finally:
            os.close(place)

    def heads(self, tenant_id: str) -> list[Head]:
        """Return a tenant's heads in the order they were added.

        Raises:
            StoreCorrupt: a line cannot be read.
        """
        if not self.path.exists():
            return []
        with self.path.open("rb") as lines:
            found = [self._head(number, line) for number, line in enumerate(lines, 1)]
        return [head for head in found if head.tenant_id == tenant_id]

    def _head(self, number: int, line: bytes) -> Head:
        try:
            said = json.loads(line)
            return Head(
                tenant_id=str(said["tenant"]),
                seq=int(said["seq"]),
                hash=str(said["hash"]),
                at=from_micros(int(said["at"])),
                signature=str(said["signature"]),
                number=int(said.get("number", 0)),
                prev=str(said.get("prev", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreCorrupt(
                f"line {number} of the signed heads {str(self.path)!r} cannot be read: {error}; "
                "restore the file from a backup",
                line=number,
            ) from error
