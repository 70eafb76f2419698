"""Merging, unmerging and finding duplicates: requests and answers."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from memory_os.domain.operations.common import Border, Id, Reason, ScopedRequest, Text
from memory_os.domain.operations.record import Memory
from memory_os.domain.scope import ScopeMatch

MOST_PARENTS = 100


class MergeRequest(Border):
    """Make one memory of several, which stay behind it until they are taken apart again.

    ``content`` is what the result says; unset, it says what the longest of the most trusted
    parents says. With ``dry_run`` nothing is stored.
    """

    parents: Annotated[tuple[Id, ...], Field(min_length=2, max_length=MOST_PARENTS)]
    reason: Reason = ""
    content: Text | None = None
    dry_run: bool = False
    idempotency_key: Id | None = None

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len(set(self.parents)) < len(self.parents):
            raise ValueError("parents names a memory twice; name each once")
        return self


class Likeness(Border):
    """How alike two memories are, and what that amounts to.

    ``action`` is ``merge`` (they say the same), ``conflict`` (the same but for a value or a
    negation), ``review`` (for somebody to decide) or ``apart``. ``cosine`` is of the vectors,
    ``bits`` of 64 differ between the similarity hashes, ``jaccard`` is the share of common
    words, ``differs`` the kinds of difference. ``tau`` is the embedder's measured threshold.
    """

    one: str
    other: str
    action: str
    reason: str
    cosine: float
    bits: int
    jaccard: float
    differs: tuple[str, ...]
    tau: float | None
    policy: str


class Candidate(Likeness):
    """Two memories that may be one, with their texts."""

    one_memory: str
    other_memory: str


class MergeResult(Border):
    """The memory that the parents became, and the parents as they stand behind it.

    Of a dry run the result's id is that of no memory. ``likeness`` compares each other parent
    with the one whose text was taken.
    """

    results: tuple[Memory]
    parents: tuple[Memory, ...]
    likeness: tuple[Likeness, ...]
    dry_run: bool = False


class UnmergeRequest(Border):
    """Take a merge apart; with ``dry_run`` only say what would come of it."""

    reason: Reason = ""
    dry_run: bool = False


class UnmergeResult(Border):
    """The parents, back as they were; the result, archived.

    ``kept`` is a new memory with what was edited in the result after the merge, if anything was.
    """

    results: tuple[Memory, ...]
    archived: Memory
    kept: Memory | None = None
    dry_run: bool = False


class DuplicatesRequest(ScopedRequest):
    """Which memories to compare: those of a scope, each with those of exactly its own scope.

    ``action`` picks one kind of verdict; ``limit`` bounds the answer, the surest come first.
    """

    scope_match: ScopeMatch = ScopeMatch.EXACT
    action: Annotated[str, Field(pattern="^(merge|conflict|review)$")] | None = None
    limit: int = Field(default=100, ge=1, le=1_000)


class DuplicatesResult(Border):
    """Pairs that may be one memory. ``complete`` is false where there was too much to compare."""

    results: tuple[Candidate, ...]
    compared: int
    complete: bool = True
