"""Whether an adapter may be attached: measured on forms that it was not trained on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from memory_os.errors import InvalidInput
from memory_os.policies.promotion import Trial

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Scores:
    """What was measured, item by item, without and with the adapter.

    ``before`` and ``after`` are recall on a form that was not trained on, 0 or 1 an item, in one
    order; ``divergence`` the mean KL to the base on unrelated text, in nats; ``kept_before`` and
    ``kept_after`` recall of what the model knew from earlier.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]
    divergence: float
    kept_before: tuple[float, ...] = ()
    kept_after: tuple[float, ...] = ()
    canary_clean: bool = True
    detach_tested: bool = False

    def told(self) -> dict[str, float]:
        """Return the means, as they are kept with the adapter."""
        return {
            "recall_before": _mean(self.before),
            "recall_after": _mean(self.after),
            "divergence": self.divergence,
            "kept_before": _mean(self.kept_before),
            "kept_after": _mean(self.kept_after),
        }


def trial(scores: Scores, seed: int = 0) -> Trial:
    """Return what the gate decides on, with the lower bound of the gain.

    The bound is the 2.5th percentile of 2,000 paired bootstrap means (Efron and Tibshirani 1993).

    Raises:
        InvalidInput: there is no item, or not a score of each without and with.
    """
    if not scores.before or len(scores.before) != len(scores.after):
        raise InvalidInput(
            "give a score without and with the adapter for each item", field="scores"
        )
    if len(scores.kept_before) != len(scores.kept_after):
        raise InvalidInput("give a score without and with for what was known", field="scores")
    gains = np.asarray(scores.after) - np.asarray(scores.before)
    chance = np.random.default_rng(seed)
    drawn = chance.integers(0, gains.size, (RESAMPLES, gains.size))
    lower = float(np.quantile(gains[drawn].mean(axis=1), 0.025))
    forgotten = max(0.0, _mean(scores.kept_before) - _mean(scores.kept_after))
    return Trial(lower, scores.divergence, forgotten, scores.canary_clean, scores.detach_tested)


def inputs(found: Trial) -> dict[str, float | bool]:
    """Return the numbers of a trial for who asks why."""
    return dict(asdict(found))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
