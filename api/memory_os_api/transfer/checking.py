"""Reading an export file line by line, and finding what is wrong with it before it is used."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from memory_os.errors import InvalidInput
from memory_os_api.transfer.lines import Damaged, Digest, opened
from memory_os_api.transfer.records import FORMAT, VERSION, CubeRecord, End, Header

_TOLD = 3
Record = TypeVar("Record", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be taken, counted from 1, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class Reading:
    """A pass over the lines of a file. Records come out; what is wrong is kept in ``bad``.

    The header and the end are always demanded; a file of a newer format is refused at once.
    """

    lines: Iterable[bytes]
    bad: list[Bad] = field(default_factory=list)
    header: Header | None = None
    _digest: Digest = field(default_factory=Digest)
    _lines_of: dict[str, int] = field(default_factory=dict)
    _end: End | None = None

    def records(self) -> Iterator[tuple[int, CubeRecord]]:
        """Yield the good records with their line numbers.

        Raises:
            InvalidInput: this is no export, or one of a newer format.
        """
        number = 0
        for number, line in enumerate(self.lines, 1):
            if number == 1:
                self._begin(line)
                continue
            try:
                record = self._record(number, line)
            except Damaged as error:
                self._digest.add(error.checksum)
                self.bad.append(Bad(number, str(error)))
                continue
            if record is not None:
                yield number, record
        if number == 0:
            raise InvalidInput("line 1: the file is empty; an export begins with a header")
        if self._end is None:
            self.bad.append(Bad(number + 1, "the file ends without its closing line: it is cut"))

    def _begin(self, line: bytes) -> None:
        try:
            found, checksum = opened(line)
        except Damaged as error:
            raise InvalidInput(
                f"line 1: this is no export of Memory OS: {error}", line=1
            ) from error
        if found.get("record") != "header" or found.get("format") != FORMAT:
            raise InvalidInput("line 1: this is no export of Memory OS: no header", line=1)
        version = found.get("version")
        if not isinstance(version, int) or version > VERSION:
            raise InvalidInput(
                f"line 1: format {version!r} is newer than {VERSION}, which this release reads; "
                "upgrade the package",
                line=1,
            )
        try:
            self.header = Header.model_validate(found)
        except ValidationError as error:
            raise InvalidInput(f"line 1: {_told(error)}", line=1) from error
        self._digest.add(checksum)

    def _record(self, number: int, line: bytes) -> CubeRecord | None:
        if self._end is not None:
            raise Damaged("it stands after the closing line")
        found, checksum = opened(line)
        if found.get("record") == "end":
            self._close(found)
            return None
        try:
            record = _parsed(CubeRecord, found)
        except Damaged as error:
            raise Damaged(str(error), checksum) from error
        first = self._lines_of.setdefault(record.id, number)
        if first != number:
            raise Damaged(f"memory {record.id!r} is on line {first} already", checksum)
        self._digest.add(checksum)
        return record

    def _close(self, found: dict[str, object]) -> None:
        self._end = _parsed(End, found)
        if self._end.digest != self._digest.hex():
            raise Damaged(
                "its digest does not match the lines before it: some were altered or lost"
            )


def _parsed(kind: type[Record], found: dict[str, object]) -> Record:
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise Damaged(_told(error)) from error


def _told(error: ValidationError) -> str:
    parts = [
        f"{'.'.join(map(str, part['loc']))}: {part['msg'].removeprefix('Value error, ')}"
        for part in error.errors(include_url=False)
    ]
    more = f" (and {len(parts) - _TOLD} more)" if len(parts) > _TOLD else ""
    return "; ".join(parts[:_TOLD]) + more
