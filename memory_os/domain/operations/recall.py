"""Recalling memories: requests and answers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Self

from pydantic import Field, model_validator

from memory_os.domain.hit import Outcome
from memory_os.domain.operations.add import MessageIn
from memory_os.domain.operations.common import (
    Border,
    Cost,
    Limits,
    Question,
    Text,
    VisibleRequest,
)
from memory_os.domain.operations.record import Memory
from memory_os.domain.query import Visibility
from memory_os.domain.scope import ScopeMatch
from memory_os.domain.vocabulary import Trust

CONTEXT_FLOOR = Trust.LOW
"""The least trust of what a context shows unasked."""


class SearchRequest(VisibleRequest):
    """Find memories that answer ``query``, best first.

    ``threshold`` in [0, 1] applies to each hit's relevance, after fusion; ``max_tokens`` cuts
    the list where the texts would exceed it; ``rounds`` bounds interleaving rounds.
    """

    query: Question
    top_k: int = Field(default=10, ge=1, le=Limits.TOP_K)
    threshold: float | None = Field(default=None, ge=0.0, le=1.0)
    max_tokens: int | None = Field(default=None, ge=1, le=Limits.CONTEXT_TOKENS)
    rerank: bool = True
    rounds: int | None = Field(default=None, ge=1, le=5)
    explain: bool = False


class Hit(Memory):
    """A found memory. ``memory`` is the passage that matched: of a long document, one chunk.

    ``score`` orders the hits of one query, ``relevance`` in [0, 1] compares across queries;
    ``scores`` holds each stage's contribution when an explanation was asked for.
    """

    score: float
    relevance: float
    span: tuple[int, int]
    heading: str = ""
    scores: Mapping[str, float] | None = None


class SearchResult(Border):
    """The hits; ``outcome`` tells an empty scope from nothing good enough."""

    results: tuple[Hit, ...]
    outcome: Outcome
    rounds: int = 1
    explanation: Mapping[str, object] | None = None
    cost: Cost = Cost()


class ContextRequest(VisibleRequest):
    """Pack what answers ``query``, or the last of ``messages``, into a token budget.

    Untrusted memories stay out unless ``include_untrusted`` or ``min_trust`` asks for them; they
    are fenced then. ``system`` is printed first, as it is. ``standing_tokens`` of the budget, with
    ``system``, are for what seldom changes, printed before all that the question brings: the text
    up to there is the same call after call, so that a model's attention cache of it can be reused.
    """

    query: Question | None = None
    messages: Annotated[tuple[MessageIn, ...], Field(min_length=1, max_length=200)] | None = None
    max_tokens: int = Field(default=1_000, ge=16, le=Limits.CONTEXT_TOKENS)
    top_k: int = Field(default=50, ge=1, le=Limits.TOP_K)
    threshold: float | None = Field(default=None, ge=0.0, le=1.0)
    repeat: bool = False
    include_untrusted: bool = False
    system: Text | None = None
    standing_tokens: int | None = Field(default=None, ge=0, le=Limits.CONTEXT_TOKENS)

    def visibility(self, match: ScopeMatch) -> Visibility:
        """Return the visibility; without a trust asked for, low trust is the least."""
        seen = super().visibility(match)
        if self.min_trust is not None or self.include_untrusted:
            return seen
        return replace(seen, min_trust=CONTEXT_FLOOR)

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.query is None) == (self.messages is None):
            raise ValueError("give exactly one of query and messages")
        return self

    @property
    def question(self) -> str:
        """Return the query, or the last two turns of the conversation, within its limit."""
        if self.query is not None:
            return self.query
        last = [message.content for message in (self.messages or ())[-2:]]
        return "\n".join(last)[-Limits.QUERY_CHARS :]


class Citation(Border):
    """What a marker in the text, such as ``[1]``, stands for.

    ``cut`` tells that the passage did not fit whole: ``span`` is the start of it that is there.
    """

    marker: str
    id: str
    version: int
    span: tuple[int, int]
    relevance: float
    trust: str
    cut: bool = False


class Dropped(Border):
    """A found memory that is not in the context, and why."""

    id: str
    reason: str


class PrefixSource(Border):
    """A memory in the standing part, and the characters of the context's text that it takes."""

    id: str
    version: int
    span: tuple[int, int]


class Prefix(Border):
    """How many characters and tokens of the text stand there call after call, and what of."""

    chars: int
    tokens: int
    sources: tuple[PrefixSource, ...]


class ContextResult(Border):
    """Text to put before a model, never over the budget, with its citations.

    ``prefix`` is there when a standing part was asked for; ``activation`` names the attention
    cache that covers its beginning, where one was asked for and found.
    """

    text: str
    citations: tuple[Citation, ...]
    dropped: tuple[Dropped, ...]
    tokens: int
    outcome: Outcome
    prefix: Prefix | None = None
    activation: str | None = None
    cost: Cost = Cost()


class ListRequest(VisibleRequest):
    """List memories a page at a time, by creation; the scope match is exact by default.

    With ``any_validity``, those that hold at another time only are listed too.
    """

    limit: int = Field(default=100, ge=1, le=Limits.PAGE)
    cursor: Annotated[str, Field(max_length=2_000)] | None = None
    newest_first: bool = False
    any_validity: bool = False


class MemoryPage(Border):
    """A page; ``next_cursor`` is nothing on the last one."""

    results: tuple[Memory, ...]
    next_cursor: str | None
