"""The outline of a text: where its blocks, sentences and words lie, and the tokens between.

Whole-array operations over the kinds of characters, and regular expressions that cannot
backtrack: a text of ten million characters takes about a second, whatever its shape.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

TITLE_CHARS = 200
"""A heading names its passages by so many characters at most."""

_OTHER, _SPACE, _NEWLINE, _LETTER, _DIGIT, _STOP, _CLOSER, _WIDE_STOP = range(8)
_HEADING = re.compile(r"^(#{1,6})[ \t]+([^\s][^\n]*)", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(```+|~~~+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Spans:
    """Half-open ranges of characters, in order."""

    starts: Places
    ends: Places


@dataclass(frozen=True, slots=True)
class Outline:
    """A text's blocks: paragraphs, lists, tables and fenced code, each split before headings.

    ``before`` holds the number of tokens before each place by the rule of ``domain.tokens``;
    ``path`` holds, for each block, the place in ``paths`` of the headings above it.
    """

    kinds: NDArray[np.uint8]
    before: NDArray[np.int32]
    blocks: Spans
    path: Places
    paths: tuple[str, ...]

    def tokens(self, spans: Spans) -> Places:
        """Return how many tokens lie in each span."""
        counted: Places = (self.before[spans.ends] - self.before[spans.starts]).astype(np.int64)
        return counted

    def sentences(self, start: int, end: int) -> Spans:
        """Return the sentences of a block: up to a stop before a space, or to the line's end."""
        return self._filled(start, end, _sentence_ends(self.kinds[start:end]) + start)

    def words(self, start: int, end: int) -> Spans:
        """Return the words of a sentence, each with the space before it."""
        blank = self.kinds[start:end] == _SPACE
        return self._filled(start, end, np.flatnonzero(blank[1:] & ~blank[:-1]) + start + 1)

    def _filled(self, start: int, end: int, inner: Places) -> Spans:
        """Return the spans between the places ``inner`` that hold more than blank space."""
        edges = np.concatenate(([start], inner, [end])).astype(np.int64)
        full = self.before[edges[1:]] > self.before[edges[:-1]]
        return Spans(edges[:-1][full], edges[1:][full])


def outline(text: str) -> Outline:
    """Return the outline of ``text``."""
    lined = text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
    kinds = _kinds(lined)
    before = _tokens_before(kinds)
    opened, closed = _fences(lined)
    headings = list(_headings(lined, opened, closed))
    at = np.array([place for place, _ in headings], np.int64)
    blocks = _blocks(kinds, before, at, opened, closed)
    names = ("", *(path for _, path in headings))
    number = {path: place for place, path in enumerate(dict.fromkeys(names))}
    above = np.array([number[path] for path in names], np.int64)
    path: Places = above[np.searchsorted(at, blocks.starts, side="right")]
    return Outline(kinds, before, blocks, path, tuple(number))


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint8]:
    """Return the kind of each character up to the last that is not just another one."""
    table = np.full(0xFF20, _OTHER, np.uint8)
    table[[code for code in range(0x3001) if chr(code).isspace()]] = _SPACE
    table[ord("\n")] = _NEWLINE
    for first, last, kind in (("a", "z", _LETTER), ("A", "Z", _LETTER), ("0", "9", _DIGIT)):
        table[ord(first) : ord(last) + 1] = kind
    for characters, kind in ((".!?…", _STOP), ("\"'”’)]", _CLOSER), ("。！？", _WIDE_STOP)):
        table[[ord(character) for character in characters]] = kind
    return table


def _kinds(text: str) -> NDArray[np.uint8]:
    if text.isascii():
        return _table()[np.frombuffer(text.encode(), np.uint8)]
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    table = _table()
    return table[np.minimum(codes, len(table) - 1)]


def _tokens_before(kinds: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Count the beginnings of tokens: every seventh letter and third digit of a run, else each."""
    before = np.zeros(len(kinds) + 1, np.int32)
    places = np.arange(len(kinds), dtype=np.int32)
    edge = np.ones(len(kinds), np.bool_)
    np.not_equal(kinds[1:], kinds[:-1], out=edge[1:])
    run = np.maximum.accumulate(np.where(edge, places, 0))
    begins = kinds > _NEWLINE
    begins |= kinds == _OTHER
    for kind, size in ((_LETTER, 7), (_DIGIT, 3)):
        of_kind = np.flatnonzero(kinds == kind)
        begins[of_kind] = (of_kind - run[of_kind]) % size == 0
    np.cumsum(begins, out=before[1:])
    return before


def _sentence_ends(kinds: NDArray[np.uint8]) -> Places:
    blank = (kinds == _SPACE) | (kinds == _NEWLINE)
    ends = np.zeros(len(kinds) + 1, np.bool_)
    ends[1:] = (kinds == _NEWLINE) | (kinds == _WIDE_STOP)
    last = np.where(kinds == _CLOSER, 0, np.arange(len(kinds)))
    stopped = kinds[np.maximum.accumulate(last)] == _STOP
    ends[1:-1] |= stopped[:-1] & blank[1:]
    found: Places = np.flatnonzero(ends[1:-1]) + 1
    return found


def _fences(text: str) -> tuple[Places, Places]:
    """Return where fenced code opens and closes; what stays open is closed by the text's end."""
    opened: list[int] = []
    closed: list[int] = []
    mark: str | None = None
    if "```" in text or "~~~" in text:
        for found in _FENCE.finditer(text):
            if mark is None:
                mark = found[1]
                opened.append(found.start())
            elif found[1].startswith(mark):
                mark = None
                closed.append(found.start())
    return np.array(opened, np.int64), np.array(closed, np.int64)


def _fenced(places: Places, opened: Places, closed: Places) -> Mask:
    """Tell which places lie after an opening fence, up to the one that closes it."""
    inside: Mask = np.searchsorted(opened, places) > np.searchsorted(closed, places)
    return inside


def _headings(text: str, opened: Places, closed: Places) -> Iterator[tuple[int, str]]:
    """Yield where each heading begins, with the path of titles that ends in its own."""
    if "#" not in text:
        return
    fences = deque(zip(opened.tolist(), [*closed.tolist(), len(text)], strict=False))
    steps: list[tuple[int, str]] = []
    path = ""
    for found in _HEADING.finditer(text):
        at, step = found.start(), (len(found[1]), _title(found[2]))
        while fences and fences[0][1] < at:
            fences.popleft()
        if fences and fences[0][0] < at:
            continue
        if steps[-1:] != [step]:
            steps = [above for above in steps if above[0] < step[0]] + [step]
            path = " > ".join(title for _, title in steps)
        yield at, path


def _title(line: str) -> str:
    title = line.rstrip()
    bare = title.rstrip("#")
    return (bare.rstrip() if bare[-1:].isspace() else title)[:TITLE_CHARS].rstrip()


def _blocks(
    kinds: NDArray[np.uint8],
    before: NDArray[np.int32],
    headings: Places,
    opened: Places,
    closed: Places,
) -> Spans:
    """Return the runs of lines between blank lines, a new one at each heading, fences whole."""
    size = len(kinds)
    starts = np.concatenate(([0], np.flatnonzero(kinds == _NEWLINE) + 1)).astype(np.int64)
    blank = before[starts] == before[np.append(starts[1:], size)]
    heads = np.zeros(len(starts), np.bool_)
    heads[np.searchsorted(starts, headings)] = True
    gap = blank.copy()
    if len(opened):
        gap &= ~_fenced(starts, opened, closed)
    after_gap = np.ones(len(starts), np.bool_)
    after_gap[1:] = gap[:-1]
    first = np.flatnonzero(~blank & (heads | after_gap))
    stops = np.flatnonzero(gap | heads)
    following = np.searchsorted(stops, first, side="right")
    ends = np.append(starts[stops], size)[following]
    return Spans(starts[first], ends)


def each(spans: Spans) -> Iterable[tuple[int, int]]:
    """Return the spans as pairs of plain numbers."""
    return zip(spans.starts.tolist(), spans.ends.tolist(), strict=True)
