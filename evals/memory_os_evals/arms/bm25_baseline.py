"""The BM25 floor that stands in every recall table.

Fixed for good, so that figures stay comparable: Okapi BM25 with k1 1.2, b 0.75 and
idf ln(1 + (N - n + .5) / (n + .5)) (Robertson and Zaragoza, 2009, with the positive idf of Lucene);
tokens are lower-case ``[a-z0-9']+`` without 50 stop words, and one suffix of ing, ed, es, s is cut
when three letters remain. Only items that share a token with the question are ranked; ties keep the
order of the bank. This is a yardstick, not the product's own sparse index.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

_STOPPED = """
    a an the and or as of to in on at for with from by
    is are was were be been do does did have has had
    i you he she it we they my your his her its our their
    this that what which who when where how why
"""
STOP_WORDS = frozenset(_STOPPED.split())
K1 = 1.2
B = 0.75
_WORD = re.compile(r"[a-z0-9']+")
_SUFFIXES = ("ing", "ed", "es", "s")
_STEM_LENGTH = 3


def tokens(text: str) -> Iterator[str]:
    """Yield the tokens of ``text``: stop words out, one suffix cut."""
    for word in _WORD.findall(text.lower()):
        if word not in STOP_WORDS:
            yield _cut(word)


def _cut(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _STEM_LENGTH:
            return word[: -len(suffix)]
    return word


class Bm25:
    """An index over a fixed list of texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._postings: dict[str, list[tuple[int, float]]] = {}
        counts = [Counter(tokens(text)) for text in texts]
        lengths = [count.total() for count in counts]
        average = (sum(lengths) / len(lengths) if lengths else 0.0) or 1.0
        found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, count in enumerate(counts):
            for token, times in count.items():
                found[token].append((place, times))
        damping = [K1 * (1 - B + B * length / average) for length in lengths]
        for token, places in found.items():
            rarity = math.log(1 + (len(texts) - len(places) + 0.5) / (len(places) + 0.5))
            self._postings[token] = [
                (place, rarity * times * (K1 + 1) / (times + damping[place]))
                for place, times in places
            ]

    def scores(self, query: str) -> dict[int, float]:
        """Return the score of every text that shares a token with ``query``, by position."""
        found: defaultdict[int, float] = defaultdict(float)
        for token in tokens(query):
            for place, impact in self._postings.get(token, ()):
                found[place] += impact
        return dict(found)

    def ranked(self, query: str) -> list[int]:
        """Return the positions of those texts, best first."""
        scores = self.scores(query)
        return sorted(scores, key=lambda place: (-scores[place], place))
