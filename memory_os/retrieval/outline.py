"""The outline of a text: where its blocks, sentences and words lie, and the tokens between.

Whole-array operations over the kinds of characters, and regular expressions that cannot
backtrack: a text of ten million characters takes about a second, whatever its shape.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Kinds = NDArray[np.uint8]

_OTHER, _SPACE, _NEWLINE, _LETTER, _DIGIT, _STOP, _CLOSER, _FULL_STOP = range(8)
_TITLE = 200
_LAST_KNOWN = 0xFFFF
_HEADING = re.compile(r"^(#{1,6})[ \t]+([^\s][^\n]*)", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(```+|~~~+)", re.MULTILINE)
_CLOSING = re.compile(r"(?<!\S)#+$")


@dataclass(frozen=True, slots=True)
class Spans:
    """Half-open ranges of characters, in order."""

    starts: Places
    ends: Places


@dataclass(frozen=True, slots=True)
class Outline:
    """A text's blocks: paragraphs, lists, tables and fenced code, split before headings.

    ``before`` holds the number of tokens before each place, by the rule of ``domain.tokens``;
    ``path`` the place in ``paths`` of each block's headings, outermost first.
    """

    kinds: Kinds
    before: NDArray[np.int32]
    blocks: Spans
    path: Places
    paths: tuple[str, ...]


def outline(text: str) -> Outline:
    """Return the outline of ``text``."""
    lined = text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
    kinds = _kinds(lined)
    before = _tokens_before(kinds)
    fences = _fences(lined)
    headings = [found for found in _headings(lined) if not _inside(fences, found[0])]
    blocks = _blocks(kinds, before, fences, np.array([at for at, _ in headings], np.int64))
    names = ("", *(path for _, path in headings))
    paths = tuple(dict.fromkeys(names))
    number = {path: place for place, path in enumerate(paths)}
    numbers = np.array([number[path] for path in names], np.int64)
    starts = np.array([at for at, _ in headings], np.int64)
    path = numbers[np.searchsorted(starts, blocks.starts, side="right")]
    return Outline(kinds, before, blocks, path, paths)
