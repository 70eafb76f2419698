"""Turn answers into figures: means, intervals, categories, paired differences."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from memory_os_evals.recall.metrics import METRICS
from memory_os_evals.recall.play import Answer, Played
from memory_os_evals.shape import Question
from memory_os_evals.statistics import ClusterBootstrap, Interval, mean, percentile
from memory_os_evals.streams import stream

Document = dict[str, object]
TIMES = ("latency_ms", "remember_seconds")
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the questions, by position, with the draws that give their figures an interval."""

    places: Sequence[int]
    bootstrap: ClusterBootstrap

    def of(self, answers: Sequence[Answer]) -> list[Answer]:
        """Return the answers to the questions of this part."""
        return [answers[place] for place in self.places]

    def figures(self, answers: Sequence[Answer]) -> Document:
        """Return the mean of every metric with its interval, and what they are means of."""
        values = {name: [answer.scores[name] for answer in self.of(answers)] for name in METRICS}
        return {
            **{name: rounded(mean(column)) for name, column in values.items()},
            "n": len(self.places),
            "clusters": self.bootstrap.clusters,
            "intervals": {
                name: _ends(self.bootstrap.interval(column)) for name, column in values.items()
            },
        }


class Summary:
    """Summarise the arms of one run: all over the same questions, with the same draws."""

    def __init__(
        self,
        suite: str,
        questions: Sequence[Question],
        headline: frozenset[str],
        categories: Sequence[str],
        *,
        seed: int,
    ) -> None:
        def part(name: str, wanted: frozenset[str]) -> Part:
            places = [n for n, question in enumerate(questions) if question.category in wanted]
            clusters = [questions[place].cluster for place in places]
            chance = stream(seed, "bootstrap", suite, name)
            return Part(places, ClusterBootstrap(clusters, chance))

        self._headline = part("headline", headline)
        self._categories = {
            name: part(f"category {name}", frozenset({name})) for name in categories
        }

    @property
    def n(self) -> int:
        """Return how many questions the headline covers."""
        return len(self._headline.places)

    @property
    def clusters(self) -> int:
        """Return how many clusters they fall into."""
        return self._headline.bootstrap.clusters

    def arm(self, played: Played) -> Document:
        """Return one arm's figures: the headline's, each category's, and what they cost."""
        answers = self._headline.of(played.answers)
        tokens = [answer.tokens for answer in answers]
        times = [answer.milliseconds for answer in answers]
        return {
            **self._headline.figures(played.answers),
            "categories": {
                name: part.figures(played.answers) for name, part in self._categories.items()
            },
            "tokens@10": {
                "mean": rounded(mean(tokens)),
                "p50": rounded(percentile(tokens, 50)),
                "p95": rounded(percentile(tokens, 95)),
            },
            "unanswered": sum(not answer.ranking for answer in answers),
            "latency_ms": {
                "p50": round(percentile(times, 50), 3),
                "p95": round(percentile(times, 95), 3),
            },
            "remember_seconds": round(played.remember_seconds, 3),
        }

    def difference(self, played: Played, baseline: Played) -> Document:
        """Return the headline of ``played`` minus that of ``baseline``, paired by question."""
        pairs = list(
            zip(self._headline.of(played.answers), self._headline.of(baseline.answers), strict=True)
        )
        found: Document = {}
        for name in METRICS:
            gains = [mine.scores[name] - theirs.scores[name] for mine, theirs in pairs]
            interval = self._headline.bootstrap.interval(gains)
            found[name] = {"mean": rounded(mean(gains)), "interval": _ends(interval)}
        return found


def fingerprint(arms: Mapping[str, Document]) -> str:
    """Return a digest of every figure but the times: equal for equal results."""
    lasting = {
        name: {key: value for key, value in figures.items() if key not in TIMES}
        for name, figures in arms.items()
    }
    return sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()


def rounded(value: float) -> float:
    """Return the value with the digits that a result document keeps."""
    return round(value, _DIGITS)


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [rounded(interval.low), rounded(interval.high)]
