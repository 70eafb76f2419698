"""Lines with a checksum: one JSON object each, its SHA-256 as the last member."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel

_MARK = b',"sha256":"'
_TAIL = len(_MARK) + 64 + len(b'"}')


class Damaged(ValueError):
    """A line is not what was written; ``checksum`` is the one it bears, if it bears one."""

    def __init__(self, reason: str, checksum: str = "") -> None:
        super().__init__(reason)
        self.checksum = checksum


class Digest:
    """The SHA-256 over the checksums of all lines so far, in order."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()

    def add(self, checksum: str) -> None:
        """Take in the checksum of the next line."""
        self._sha.update(checksum.encode())

    def hex(self) -> str:
        """Return the digest of what was taken in."""
        return self._sha.hexdigest()


def sealed(record: BaseModel) -> tuple[bytes, str]:
    """Return the line for ``record``, and its checksum.

    The checksum is that of the line's bytes before its own member; what is unset is left out.
    """
    body = record.model_dump_json(exclude_none=True).encode()[:-1]
    checksum = hashlib.sha256(body).hexdigest()
    return body + _MARK + checksum.encode() + b'"}\n', checksum


def opened(line: bytes) -> tuple[dict[str, Any], str]:
    """Return the object of a line, and its checksum.

    Raises:
        Damaged: the line is cut, altered, or was never one of these.
    """
    text = line.rstrip(b"\r\n")
    body, tail = text[:-_TAIL], text[-_TAIL:]
    if not (body.startswith(b"{") and tail.startswith(_MARK) and tail.endswith(b'"}')):
        raise Damaged("it does not end in a checksum: it is cut, or no line of an export")
    checksum = tail[len(_MARK) : -2].decode("ascii", "replace")
    if hashlib.sha256(body).hexdigest() != checksum:
        raise Damaged("its checksum does not match: it was altered", checksum)
    try:
        found = json.loads(body + b"}")
    except (ValueError, RecursionError) as error:
        raise Damaged(f"it is no JSON: {error}", checksum) from error
    if not isinstance(found, dict):
        raise Damaged("it is no JSON object", checksum)
    return found, checksum
