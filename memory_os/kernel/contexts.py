"""Packing what was found into a context with citations."""

from collections.abc import Sequence

from memory_os.domain.hit import Outcome
from memory_os.domain.operations import Citation, ContextRequest, ContextResult, Dropped
from memory_os.domain.payload import Document, Message
from memory_os.domain.tokens import TokenCounter
from memory_os.kernel.found import Found
from memory_os.retrieval.pack import Piece, pack


def packed(
    found: Sequence[Found], outcome: Outcome, request: ContextRequest, counter: TokenCounter
) -> ContextResult:
    """Return the passages within the budget, best ones first to be taken, in reading order."""
    pieces = [_piece(item) for item in found]
    done = pack(pieces, request.max_tokens, counter, repeat=request.repeat)
    return ContextResult.model_construct(
        text=done.text,
        citations=tuple(_citation(marker, found[place]) for marker, place in done.cited),
        dropped=tuple(
            Dropped.model_construct(id=found[place].cube.id, reason=reason)
            for place, reason in done.dropped
        ),
        tokens=done.tokens,
        outcome=outcome,
    )


def _piece(found: Found) -> Piece:
    cube, payload = found.cube, found.cube.payload
    at = cube.version.recorded_at
    heading, label, order = found.heading, "", (0, found.span[0])
    if isinstance(payload, Message):
        at = payload.at or at
        heading, label = at.date().isoformat(), payload.name or payload.role
        order = (payload.turn, found.span[0])
    elif isinstance(payload, Document):
        heading = " > ".join(filter(None, (payload.title, found.heading)))
    in_session = cube.scope.session_id is not None and not isinstance(payload, Document)
    group = cube.scope.key() if in_session else cube.id
    return Piece(found.passage, at, group, order, heading, label)


def _citation(marker: str, found: Found) -> Citation:
    return Citation.model_construct(
        marker=marker,
        id=found.cube.id,
        version=found.cube.version.number,
        span=found.span,
        relevance=found.ranked.confidence,
    )
