"""Packing what was found into a context with citations."""

from collections.abc import Collection, Sequence

from memory_os.domain.hit import Outcome
from memory_os.domain.operations import Citation, ContextRequest, ContextResult, Dropped
from memory_os.domain.operations.recall import CONTEXT_FLOOR
from memory_os.domain.payload import Document, Message, said_at
from memory_os.domain.tokens import TokenCounter
from memory_os.kernel.found import Found
from memory_os.retrieval.pack import Piece, pack


def packed(
    found: Sequence[Found],
    outcome: Outcome,
    request: ContextRequest,
    counter: TokenCounter,
    standing: Collection[str] = (),
) -> ContextResult:
    """Return the passages within the budget, best ones first to be taken, in reading order.

    The memories whose ids are ``standing`` are there already, under the first markers. With no
    threshold asked for, what only fills a place is left out beside what answers.
    """
    fillers: list[Found] = []
    if request.threshold is None and not all(item.ranked.filler for item in found):
        fillers = [item for item in found if item.ranked.filler]
        found = [item for item in found if not item.ranked.filler]
    found = [item for item in found if item.cube.id not in standing]
    pieces = [_piece(item) for item in found]
    done = pack(pieces, request.max_tokens, counter, repeat=request.repeat, start=len(standing) + 1)
    return ContextResult.model_construct(
        text=done.text,
        citations=tuple(
            _citation(marker, found[place], dict(done.cut).get(place))
            for marker, place in done.cited
        ),
        dropped=tuple(
            Dropped.model_construct(id=item.cube.id, reason=reason)
            for item, reason in (
                *((found[place], reason) for place, reason in done.dropped),
                *((item, "irrelevant") for item in fillers),
            )
        ),
        tokens=done.tokens,
        outcome=Outcome.NO_ROOM if found and not done.cited else outcome,
    )


def _piece(found: Found) -> Piece:
    cube, payload = found.cube, found.cube.payload
    said = said_at(payload)
    at = said or cube.version.recorded_at
    heading, label, order = found.heading, "", (0, found.span[0])
    if isinstance(payload, Message):
        heading, label = at.date().isoformat(), payload.name or payload.role
        order = (payload.turn, found.span[0])
    elif isinstance(payload, Document):
        heading = " > ".join(filter(None, (payload.title, found.heading)))
    elif said is not None:
        heading = said.date().isoformat()
    in_session = cube.scope.session_id is not None and not isinstance(payload, Document)
    group = cube.scope.key() if in_session else cube.id
    fenced = cube.version.trust < CONTEXT_FLOOR
    return Piece(found.passage, at, group, order, heading, label, fenced)


def _citation(marker: str, found: Found, kept: int | None) -> Citation:
    """Return a citation; ``kept`` is how many characters of the passage are there, if not all."""
    start, stop = found.span
    return Citation.model_construct(
        marker=marker,
        id=found.cube.id,
        version=found.cube.version.number,
        span=(start, stop) if kept is None else (start, min(stop, start + kept)),
        cut=kept is not None,
        relevance=found.ranked.confidence,
        trust=found.cube.version.trust.label,
    )
