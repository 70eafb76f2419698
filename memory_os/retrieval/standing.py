"""Lay out what stands before every question: the same text, call after call.

A model's attention cache can be reused for an exact prefix only (``memory_os.activation``). So what
seldom changes comes first, in an order that no question moves: by the time of its last change.
What is added or revised then goes to the end, and all before it stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from memory_os.retrieval.pack import Counter, Piece, line

HEADING = "# Standing memory"


@dataclass(frozen=True, slots=True)
class Laid:
    """The text, its tokens, and for each piece that is in it the span of characters it takes."""

    text: str
    tokens: int
    spans: tuple[tuple[int, int], ...]


def lay_out(pieces: Sequence[Piece], budget: int, counter: Counter, system: str = "") -> Laid:
    """Print ``system``, then ``pieces`` in their order until one does not fit ``budget`` tokens.

    The first piece that does not fit ends it, though a later one might: what is appended to the
    pieces never changes the text before it. ``system`` is printed whatever it takes.
    """
    text = system
    spans: list[tuple[int, int]] = []
    for number, piece in enumerate(pieces, start=1):
        between = "\n" if spans else _between(text)
        start = len(text) + len(between)
        grown = f"{text}{between}{line(number, piece)}"
        if counter(grown) > budget:
            break
        spans.append((start, len(grown)))
        text = grown
    return Laid(text, counter(text), tuple(spans))


def _between(system: str) -> str:
    return f"{system and chr(10) * 2}{HEADING}\n"
