"""Cutting a text into passages: Markdown- and sentence-aware, sizes in tokens.

Headings open a section and stay with their passages as a path; paragraphs, list items and fenced
code are kept whole where they fit, then sentences, then runs of words. Passages are spans of the
original text, in order, and together cover everything but blank space.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from memory_os.domain.tokens import TokenCounter, count_tokens
from memory_os.retrieval.outline import Outline, Places, Spans, each, outline


@dataclass(frozen=True, slots=True)
class Cut:
    """A passage as a span of characters, the path of headings above it, its size in tokens."""

    span: tuple[int, int]
    heading: str
    tokens: int


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What passages are joined from: spans with their tokens and the number of their path."""

    spans: Spans
    tokens: Places
    path: Places


def cut(text: str, limit: int, counter: TokenCounter = count_tokens) -> tuple[Cut, ...]:
    """Return the passages of ``text``, at most ``limit`` tokens each.

    A single word longer than the limit stays whole. A text within the limit is one passage.
    """
    start, end = _trim(text, 0, len(text))
    if start == end:
        return ()
    if end - start <= limit * 16:
        tokens = counter(text[start:end])
        if tokens <= limit and text[start] != "#":
            return (Cut((start, end), "", tokens),)
    return tuple(_Cutting(text, limit, counter, outline(text)).passages())


@dataclass(frozen=True, slots=True)
class _Cutting:
    text: str
    limit: int
    counter: TokenCounter
    outline: Outline

    def passages(self) -> Iterator[Cut]:
        """Yield runs of pieces under one path that fit together."""
        pieces = self._pieces()
        starts, ends = pieces.spans.starts, pieces.spans.ends
        for first, last in _runs(pieces.tokens, pieces.path, self.limit):
            span = _trim(self.text, int(starts[first]), int(ends[last]))
            heading = self.outline.paths[pieces.path[first]]
            yield Cut(span, heading, self._counted(Spans(*np.array([span]).T))[0].item())

    def _pieces(self) -> _Pieces:
        """Return blocks that fit, the sentences of those that do not, and parts of sentences."""
        blocks, path = self.outline.blocks, self.outline.path
        tokens = self._counted(blocks)
        large = np.flatnonzero(tokens > self.limit)
        if not len(large):
            return _Pieces(blocks, tokens, path)
        parts: list[_Pieces] = []
        done = 0
        for place in large.tolist():
            parts.append(_sliced(_Pieces(blocks, tokens, path), done, place))
            inner = self._divided(int(blocks.starts[place]), int(blocks.ends[place]))
            parts.append(_Pieces(*inner, np.full(len(inner[1]), path[place])))
            done = place + 1
        parts.append(_sliced(_Pieces(blocks, tokens, path), done, len(tokens)))
        return _joined(parts)

    def _divided(self, start: int, end: int) -> tuple[Spans, Places]:
        """Return a block's sentences, those too long as runs of words, with their tokens."""
        sentences = self.outline.sentences(start, end)
        tokens = self._counted(sentences)
        if not (tokens > self.limit).any():
            return sentences, tokens
        spans: list[tuple[int, int]] = []
        for span, size in zip(each(sentences), tokens.tolist(), strict=True):
            spans += [span] if size <= self.limit else self._worded(*span)
        found = np.array(spans, np.int64)
        divided = Spans(found[:, 0], found[:, 1])
        return divided, self._counted(divided)

    def _worded(self, start: int, end: int) -> list[tuple[int, int]]:
        words = self.outline.words(start, end)
        tokens = self._counted(words)
        runs = _runs(tokens, np.zeros(len(tokens), np.int64), self.limit)
        return [(int(words.starts[first]), int(words.ends[last])) for first, last in runs]

    def _counted(self, spans: Spans) -> Places:
        if self.counter is count_tokens:
            return self.outline.tokens(spans)
        counts = [self.counter(self.text[start:end]) for start, end in each(spans)]
        return np.array(counts, np.int64)


def _runs(tokens: Places, path: Places, limit: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last of consecutive pieces of one path that fit, as many as do."""
    total = np.concatenate(([0], np.cumsum(tokens)))
    turns = np.append(np.flatnonzero(path[1:] != path[:-1]) + 1, len(path))
    turn = 0
    first = 0
    while first < len(tokens):
        while turns[turn] <= first:
            turn += 1
        fits = int(np.searchsorted(total, total[first] + limit, side="right")) - 1
        after = max(first + 1, min(fits, int(turns[turn])))
        yield first, after - 1
        first = after


def _sliced(pieces: _Pieces, first: int, after: int) -> _Pieces:
    spans = Spans(pieces.spans.starts[first:after], pieces.spans.ends[first:after])
    return _Pieces(spans, pieces.tokens[first:after], pieces.path[first:after])


def _joined(parts: list[_Pieces]) -> _Pieces:
    spans = Spans(
        np.concatenate([part.spans.starts for part in parts]),
        np.concatenate([part.spans.ends for part in parts]),
    )
    tokens = np.concatenate([part.tokens for part in parts])
    return _Pieces(spans, tokens, np.concatenate([part.path for part in parts]))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    body = text[start:end]
    first = start + len(body) - len(body.lstrip())
    return first, max(first, start + len(body.rstrip()))
