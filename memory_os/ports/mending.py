"""Port: what a doctor needs of the rows beyond reading them: their damage, and mending passages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memory_os.domain.cube import Cube
from memory_os.domain.writing import Passage
from memory_os.errors import StoreCorrupt


@dataclass(frozen=True, slots=True)
class Flaw:
    """A passage that is not what it should be, with the version and the part of it that it is."""

    number: int
    cube_id: str
    version: int
    span: tuple[int, int]
    heading: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Bare:
    """A head in an indexed state without an open passage; ``since`` is when indexes were told."""

    cube_id: str
    version: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a tenant's passages, which are derived from versions.

    ``orphans`` are of versions that are not there, ``misshapen`` have a vector of another length.
    """

    orphans: tuple[Flaw, ...] = ()
    misshapen: tuple[Flaw, ...] = ()
    bare: tuple[Bare, ...] = ()


class Mending(Protocol):
    """Find and mend damaged passages. Every call is one transaction."""

    def damage(self, tenant_id: str, dimensions: int) -> Damage:
        """Return what is wrong with the passages, whose vectors have ``dimensions``."""
        ...

    def scan_versions(self, tenant_id: str) -> Iterator[Cube | StoreCorrupt]:
        """Stream every version there is; one that cannot be read comes as its error."""
        ...

    def drop_passages(self, tenant_id: str, numbers: Sequence[int]) -> None:
        """Remove these passages."""
        ...

    def add_passages(self, cube: Cube, passages: Sequence[Passage], since: datetime) -> None:
        """Give a version passages, live from ``since`` on."""
        ...
