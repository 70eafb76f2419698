"""The part of a context that stands there call after call: which memories, and how they are laid.

Taken are memories of the lasting types that are relied on, in the order of their last change; see
``memory_os.retrieval.standing`` for why. Standing there strengthens no memory, only being found
does: else whatever once stood there would stay for ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube
from memory_os.domain.hit import Outcome
from memory_os.domain.operations import Citation, ContextRequest, ContextResult
from memory_os.domain.operations.recall import Prefix, PrefixSource
from memory_os.domain.query import Visibility
from memory_os.domain.scope import ScopeMatch
from memory_os.domain.vocabulary import SemanticType, Trust
from memory_os.errors import InvalidInput
from memory_os.kernel.contexts import packed
from memory_os.kernel.found import Found
from memory_os.kernel.lookup import purged
from memory_os.kernel.parts import Parts
from memory_os.kernel.veiling import Veil
from memory_os.ports.cube_store import Listing
from memory_os.retrieval.pack import Piece
from memory_os.retrieval.standing import Laid, lay_out

LASTING = frozenset(
    {
        SemanticType.FACT,
        SemanticType.PREFERENCE,
        SemanticType.PROCEDURE,
        SemanticType.PROFILE,
        SemanticType.PROMPT,
        SemanticType.SUMMARY,
    }
)
"""The types of what seldom changes and applies whatever is asked."""

MOST = 1_000
"""How many memories at most are looked at for the standing part, those stored first."""

_LEAST = 16
"""The tokens that the question's own part has at least."""


@dataclass(frozen=True, slots=True)
class Stood:
    """The standing part of one context: its memories, as shown, and the text of them."""

    cubes: tuple[Cube, ...]
    laid: Laid


class Standing:
    """Lay out the standing part of contexts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._veil = Veil(parts)

    def stood(self, access: AccessFilter, request: ContextRequest) -> Stood | None:
        """Return the standing part that ``request`` asks for, nothing if it asks for none.

        Raises:
            InvalidInput: the system text leaves no room for anything else.
        """
        if request.system is None and request.standing_tokens is None:
            return None
        system, budget = request.system or "", request.standing_tokens or 0
        counter = self._parts.counter
        room = request.max_tokens - _LEAST
        if counter(system) > room:
            raise InvalidInput(
                f"the system text takes {counter(system)} tokens of a budget of "
                f"{request.max_tokens}, of which {_LEAST} are for what is found; raise max_tokens "
                "or shorten it",
                field="system",
            )
        cubes: list[Cube] = []
        if budget:
            seen = request.visibility(ScopeMatch.INHERIT)
            types = LASTING & seen.semantic_types if seen.semantic_types else LASTING
            trust = max(seen.min_trust, Trust.STANDARD)
            seen = replace(seen, semantic_types=types, min_trust=trust)
            cubes = sorted(self._lasting(access, seen), key=_changed)
        pieces = [Piece(cube.text, cube.version.recorded_at) for cube in cubes]
        laid = lay_out(pieces, min(budget, room), counter, system)
        return Stood(tuple(cubes[: len(laid.spans)]), laid)

    def _lasting(self, access: AccessFilter, seen: Visibility) -> Iterator[Cube]:
        page = self._parts.store.find(access, Listing(seen, MOST), self._parts.clock.now())
        there = (cube for cube in page.cubes if not purged(self._parts, cube))
        return iter(self._veil.cubes(access, there))

    def packed(
        self, stood: Stood, found: Sequence[Found], outcome: Outcome, request: ContextRequest
    ) -> ContextResult:
        """Return the standing part with what was found behind it, in one budget."""
        ids = {cube.id for cube in stood.cubes}
        laid, counter = stood.laid, self._parts.counter
        left = request.model_copy(update={"max_tokens": request.max_tokens - laid.tokens})
        answer = packed(found, outcome, left, counter, standing=ids)
        relevance = {item.cube.id: item.ranked.confidence for item in reversed(found)}
        cited = tuple(
            _citation(number, cube, relevance.get(cube.id, 0.0))
            for number, cube in enumerate(stood.cubes, start=1)
        )
        text = f"{laid.text}\n\n{answer.text}" if laid.text and answer.text else laid.text
        sources = tuple(
            PrefixSource(id=cube.id, version=cube.version.number, span=span)
            for cube, span in zip(stood.cubes, laid.spans, strict=True)
        )
        return answer.model_copy(
            update={
                "text": text or answer.text,
                "tokens": counter(text or answer.text),
                "citations": (*cited, *answer.citations),
                "outcome": Outcome.FOUND if cited else answer.outcome,
                "prefix": Prefix(chars=len(laid.text), tokens=laid.tokens, sources=sources),
            }
        )


def _changed(cube: Cube) -> tuple[datetime, str]:
    return cube.version.recorded_at, cube.id


def _citation(number: int, cube: Cube, relevance: float) -> Citation:
    return Citation(
        marker=f"[{number}]",
        id=cube.id,
        version=cube.version.number,
        span=(0, len(cube.text)),
        relevance=relevance,
        trust=cube.version.trust.label,
    )
