"""Cutting a text into passages: Markdown- and sentence-aware, sizes in tokens.

Headings open a section and stay with their passages as a path; paragraphs, list items and fenced
code are kept whole where they fit, then sentences, then runs of words. Passages are spans of the
original text, in order, and together cover everything but blank space.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memory_os.domain.tokens import TokenCounter, count_tokens

_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|$)")
_FENCE = re.compile(r"[ \t]*(```+|~~~+)")
_SENTENCE = re.compile(r"[^\s].*?(?:[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]|\n{1,}|$)", re.DOTALL)
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Cut:
    """A passage as a span of characters, the path of headings above it, its size in tokens."""

    span: tuple[int, int]
    heading: str
    tokens: int


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    heading: str


def cut(text: str, limit: int, counter: TokenCounter = count_tokens) -> tuple[Cut, ...]:
    """Return the passages of ``text``, at most ``limit`` tokens each.

    A single word longer than the limit stays whole. A text within the limit is one passage.
    """
    start, end = _trim(text, 0, len(text))
    if start == end:
        return ()
    if end - start <= limit * 16:
        tokens = counter(text[start:end])
        if tokens <= limit and not text.lstrip().startswith("#"):
            return (Cut((start, end), "", tokens),)
    return tuple(_join(_pieces(text, limit, counter), text, limit, counter))


def _join(
    pieces: Iterator[tuple[_Block, int]], text: str, limit: int, counter: TokenCounter
) -> Iterator[Cut]:
    """Merge consecutive pieces of one section while they fit."""
    held: _Block | None = None
    size = 0
    for piece, tokens in pieces:
        if held is not None and held.heading == piece.heading and size + tokens <= limit:
            held, size = _Block(held.start, piece.end, held.heading), size + tokens
            continue
        if held is not None:
            yield _cut(held, text, counter)
        held, size = piece, tokens
    if held is not None:
        yield _cut(held, text, counter)


def _cut(block: _Block, text: str, counter: TokenCounter) -> Cut:
    start, end = _trim(text, block.start, block.end)
    return Cut((start, end), block.heading, counter(text[start:end]))


def _pieces(text: str, limit: int, counter: TokenCounter) -> Iterator[tuple[_Block, int]]:
    for block in _blocks(text):
        tokens = counter(text[block.start : block.end])
        if tokens <= limit:
            yield block, tokens
            continue
        for part in _split(text, block, limit, counter):
            yield part, counter(text[part.start : part.end])


def _blocks(text: str) -> Iterator[_Block]:
    """Walk the lines; yield paragraphs and fenced code under their heading path."""
    path: list[tuple[int, str]] = []
    open_at: int | None = None
    fence: str | None = None
    at = 0
    for line in text.splitlines(keepends=True):
        heading = _HEADING.fullmatch(line) if fence is None else None
        mark = _FENCE.match(line)
        boundary = fence is None and (heading is not None or not line.strip())
        if boundary and open_at is not None:
            yield _Block(open_at, at, _path(path))
            open_at = None
        if heading is not None:
            level = len(heading[1])
            path = [step for step in path if step[0] < level] + [(level, heading[2])]
            open_at = at
        elif line.strip() and open_at is None:
            open_at = at
        if mark is not None:
            fence = mark[1] if fence is None else None if line.strip().startswith(fence) else fence
        at += len(line)
    if open_at is not None:
        yield _Block(open_at, at, _path(path))


def _path(path: list[tuple[int, str]]) -> str:
    return " > ".join(title for _, title in path)


def _split(text: str, block: _Block, limit: int, counter: TokenCounter) -> Iterator[_Block]:
    """Cut a block at sentences, and a sentence that is too long at words."""
    for sentence in _SENTENCE.finditer(text, block.start, block.end):
        if sentence.end() == sentence.start():
            continue
        if counter(sentence[0]) <= limit:
            yield _Block(sentence.start(), sentence.end(), block.heading)
        else:
            yield from _by_words(text, sentence.start(), sentence.end(), block.heading, limit)


def _by_words(text: str, start: int, end: int, heading: str, limit: int) -> Iterator[_Block]:
    held: int | None = None
    size = 0
    last = start
    for word in _WORD.finditer(text, start, end):
        tokens = count_tokens(word[0])
        if held is not None and size + tokens > limit:
            yield _Block(held, last, heading)
            held, size = None, 0
        held = word.start() if held is None else held
        size, last = size + tokens, word.end()
    if held is not None:
        yield _Block(held, last, heading)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
