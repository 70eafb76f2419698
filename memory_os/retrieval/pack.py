"""Pack found passages into a token budget, in the order a reader needs, with citations.

Passages are chosen best first and printed by time, each session together and in its own order.
The best passage that does not fit whole is cut to fill what the whole ones leave, once. With
``repeat`` the best passage stands once more at the end: a reader with a small state answers better
when what it needs comes again after it has seen the rest (JRT-Prompt, arXiv 2407.05483).

Only this module begins a line with a marker or a heading. A passage's further lines are indented,
a marker or heading at the start of any of its lines is escaped by a backslash, headings and labels
are put on one line: no stored text can pass for another passage. A fenced piece, which nobody
vouches for, stands between ``<untrusted>`` and ``</untrusted>``, which are escaped in every text.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

Counter = Callable[[str], int]

LEAST_CLIP = 24
"""Room for fewer tokens goes to whole passages further down first."""

_INDENT = "    "
_WORD = re.compile(r"\S+")
_FENCE = re.compile(r"<\s*/?\s*untrusted", re.IGNORECASE)
_FORGED = re.compile(r"^(\s*)(?=\[\d+\]|#+(?:\s|$))")


@dataclass(frozen=True, slots=True)
class Piece:
    """A found passage. ``group`` and ``order`` place it in its session or document, ``heading``
    is printed above the group (a date, a title), ``label`` before the text (a speaker).
    ``fenced`` marks what is not to be relied on.
    """

    text: str
    at: datetime
    group: str = ""
    order: tuple[int, int] = (0, 0)
    heading: str = ""
    label: str = ""
    fenced: bool = False


@dataclass(frozen=True, slots=True)
class Packed:
    """The text; for each marker in reading order, which piece it cites; what was left out.

    ``cut`` holds the piece that is there in part, with how many of its characters are.
    """

    text: str
    tokens: int
    cited: tuple[tuple[str, int], ...]
    dropped: tuple[tuple[int, str], ...]
    cut: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _Choice:
    """What has been chosen so far, by place in the ranking, and what it costs."""

    pieces: Sequence[Piece]
    budget: int
    counter: Counter
    start: int = 1
    spent: int = 0
    chosen: dict[int, Piece] = field(default_factory=dict)
    headings: set[tuple[str, str]] = field(default_factory=set)
    cut: tuple[int, int] | None = None

    def take(self, place: int) -> str | None:
        """Choose a piece if it fits, clipped if need be; return why not otherwise."""
        piece = self.pieces[place]
        if any(piece.text == other.text for other in self.chosen.values()):
            return "duplicate"
        room = self.budget - self.spent - self._above(piece)
        cost = self.counter(line(0, piece))
        if cost > room:
            if self.cut or room < LEAST_CLIP or not (kept := self._longest(place, room)):
                return "budget"
            piece, self.cut = _start(piece, kept), (place, kept)
            cost = self.counter(line(0, piece))
        self.spent += cost + self._above(piece)
        self.headings.add((piece.heading, piece.group))
        self.chosen[place] = piece
        return None

    def fill(self, place: int, budget: int, *, repeat: bool) -> None:
        """Put as much of a piece into the text as the budget of all of it holds."""

        def fits(end: int) -> bool:
            chosen = {**self.chosen, place: _start(self.pieces[place], end)}
            return self.counter(_print(chosen, self.start, repeat=repeat)[0]) <= budget

        text = self.pieces[place].text
        if kept := _last(fits, _ends(text)):
            self.chosen[place] = _start(self.pieces[place], kept)
            self.cut = None if kept >= len(text) else (place, kept)

    def _longest(self, place: int, room: int) -> int:
        piece = self.pieces[place]
        return _last(
            lambda end: self.counter(line(0, _start(piece, end))) <= room, _ends(piece.text)
        )

    def _above(self, piece: Piece) -> int:
        new = piece.heading and (piece.heading, piece.group) not in self.headings
        return self.counter(_title(piece.heading)) if new else 0


def pack(
    pieces: Sequence[Piece],
    budget: int,
    counter: Counter,
    *,
    repeat: bool = False,
    start: int = 1,
) -> Packed:
    """Pack ``pieces``, best first, into at most ``budget`` tokens by ``counter``.

    Markers count from ``start``.
    """
    again = counter(_again(0, pieces[0])) if repeat and pieces else 0
    if again * 2 > budget:
        again = 0
    choice = _Choice(pieces, budget - again, counter, start)
    dropped = {
        place: reason for place in range(len(pieces)) if (reason := choice.take(place)) is not None
    }
    left = (place for place, reason in dropped.items() if reason == "budget")
    part = choice.cut[0] if choice.cut else min(left, default=None)
    if part is not None:
        choice.fill(part, budget, repeat=bool(again))
    dropped = {place: reason for place, reason in dropped.items() if place not in choice.chosen}
    while True:
        text, cited = _print(choice.chosen, start, repeat=bool(again))
        tokens = counter(text)
        if tokens <= budget or not choice.chosen:
            cut = (choice.cut,) if choice.cut and choice.cut[0] in choice.chosen else ()
            return Packed(text, tokens, cited, tuple(sorted(dropped.items())), cut)
        worst = max(choice.chosen)
        del choice.chosen[worst]
        dropped[worst] = "budget"


def _print(
    chosen: dict[int, Piece], start: int, *, repeat: bool
) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Return the text of the chosen pieces in reading order, and what its markers cite."""
    first: dict[str, datetime] = {}
    for piece in chosen.values():
        first[piece.group] = min(first.get(piece.group, piece.at), piece.at)
    order = sorted(
        chosen, key=lambda p: (first[chosen[p].group], chosen[p].group, chosen[p].order, p)
    )
    lines: list[str] = []
    cited: list[tuple[str, int]] = []
    above = ("", "")
    for number, place in enumerate(order, start):
        piece = chosen[place]
        if piece.heading and (piece.heading, piece.group) != above:
            above = (piece.heading, piece.group)
            lines.append(_title(piece.heading))
        lines.append(line(number, piece))
        cited.append((f"[{number}]", place))
    if repeat and 0 in chosen:
        lines.append(_again(order.index(0) + start, chosen[0]))
    return "\n".join(lines), tuple(cited)


def _title(heading: str) -> str:
    return f"## {_one_line(heading)}"


def line(number: int, piece: Piece) -> str:
    """Return a piece as it is printed under its marker."""
    speaker = f"{_one_line(piece.label)}: " if piece.label else ""
    said = _quoted(piece.text)
    if piece.fenced:
        said = f"<untrusted>\n{_INDENT}{said}\n{_INDENT}</untrusted>"
    return f"[{number}] {speaker}{said}"


def _quoted(text: str) -> str:
    """Return the text with nothing in it that reads as a marker, heading or fence."""
    if "untrusted" in text.lower():
        text = _FENCE.sub(r"\\\g<0>", text)
    lines = [_FORGED.sub(r"\1\\", line) for line in text.splitlines()]
    return "\n".join(_INDENT + line if at and line else line for at, line in enumerate(lines))


def _one_line(text: str) -> str:
    return _FENCE.sub(r"\\\g<0>", " ".join(text.split()))


def _again(number: int, piece: Piece) -> str:
    return f"Again, most relevant: {line(number, piece)}"


def _ends(text: str) -> Sequence[int]:
    """Return where a text can be cut: after each word, and inside one that stands first."""
    words = [word.end() for word in _WORD.finditer(text)]
    return [*range(1, words[0]), *words[:-1], len(text)] if words else ()


def _start(piece: Piece, end: int) -> Piece:
    """Return the piece with its first ``end`` characters, marked if that is not all of it."""
    return piece if end >= len(piece.text) else replace(piece, text=f"{piece.text[:end]} …")


def _last(fits: Callable[[int], bool], ends: Sequence[int]) -> int:
    """Return the last of ascending ``ends`` that fits, 0 if none does."""
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(ends[middle - 1]) else (low, middle - 1)
    return ends[low - 1] if low else 0
