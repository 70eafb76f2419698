"""Generated text of realistic statistics: Zipf's law over English words, in topics."""

import json
from collections.abc import Iterator
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

_TOPICS = 400
_TOPIC_WORDS = 60
_TOPIC_SHARE = 0.35


class Corpus:
    """Statements of 6 to 28 words, or short facts; the same seed gives the same text.

    Words are those of the embedding table's vocabulary, whose order is about that of their
    frequency in English. A statement takes a share of its words from one topic, so that texts
    have neighbours, as real ones do.
    """

    def __init__(self, seed: int) -> None:
        self._words = _vocabulary()
        self._chance = np.random.Generator(np.random.PCG64(seed))
        weights = 1.0 / np.arange(3, len(self._words) + 3)
        self._cumulative = np.cumsum(weights / weights.sum())
        low = len(self._words) // 40
        self._topics = self._chance.integers(low, len(self._words), (_TOPICS, _TOPIC_WORDS))

    def texts(self, count: int, least: int = 6, most: int = 28) -> Iterator[str]:
        """Yield ``count`` statements of ``least`` to ``most`` words."""
        for _ in range(count):
            yield " ".join(self._words[place] for place in self._statement(least, most)) + "."

    def facts(self, count: int) -> Iterator[str]:
        """Yield ``count`` short facts, of 4 to 12 words."""
        return self.texts(count, 4, 12)

    def question(self, text: str) -> str:
        """Return a question of 3 to 6 longer words of ``text`` and one word that is not there."""
        words = [word for word in text.rstrip(".").split() if len(word) > 3] or text.split()
        size = min(len(words), int(self._chance.integers(3, 7)))
        chosen = self._chance.choice(words, size=size, replace=False)
        stranger = self._words[int(self._chance.integers(0, len(self._words)))]
        return f"what about {' '.join(chosen)} {stranger}?"

    def _statement(self, least: int, most: int) -> NDArray[np.int64]:
        size = int(self._chance.integers(least, most + 1))
        places = np.searchsorted(self._cumulative, self._chance.random(size))
        topic = self._topics[self._chance.integers(0, _TOPICS)]
        mask = self._chance.random(size) < _TOPIC_SHARE
        places[mask] = self._chance.choice(topic, size=int(mask.sum()))
        return np.minimum(places, len(self._words) - 1)


def _vocabulary() -> list[str]:
    folder = files("memory_os_agents.models").joinpath("static")
    model = json.loads(folder.joinpath("tokenizer.json").read_text(encoding="utf-8"))["model"]
    ranked = sorted(model["vocab"].items(), key=lambda item: item[1])
    return [word for word, _ in ranked if word.isascii() and word.isalpha() and len(word) > 1]
