"""Port: a base model on which adapters are trained, attached and measured."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from memory_os.domain.payload import ModelFingerprint

Progress = Callable[[int, int, float], None]
"""Told after each epoch: how many are done, of how many, and the mean loss in nats a token."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a model reads, and what it shall say then.

    ``context`` is what the teacher of a distillation reads before: the fact itself.
    """

    prompt: str
    answer: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an adapter is trained. ``objective`` is ``cross_entropy`` or ``distillation``.

    Distillation makes the model with the adapter say what the model without it says when it holds
    the facts in its prompt: the KL over the answer (arXiv 2412.14964). ``checkpoint`` is a folder
    to go on from after an interruption.
    """

    rank: int = 8
    alpha: float = 16.0
    epochs: int = 60
    learning_rate: float = 5e-3
    batch: int = 16
    objective: str = "cross_entropy"
    seed: int = 0
    checkpoint: Path | None = None

    def told(self) -> dict[str, JsonValue]:
        """Return the recipe as it is kept with the adapter."""
        return {
            "rank": self.rank,
            "alpha": self.alpha,
            "epochs": self.epochs,
            "learning_rate": self.learning_rate,
            "batch": self.batch,
            "objective": self.objective,
            "seed": self.seed,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The tensors of an adapter by PEFT's names, its configuration, and the last mean loss."""

    tensors: Mapping[str, NDArray[np.float32]]
    config: Mapping[str, JsonValue]
    loss: float


class Trainer(Protocol):
    """Train and measure adapters of one base model. One call at a time."""

    @property
    def base(self) -> ModelFingerprint:
        """Return the base model's fingerprint, without any adapter."""
        ...

    def train(
        self, examples: Sequence[Example], recipe: Recipe, progress: Progress | None = None
    ) -> Trained:
        """Return an adapter that answers ``examples``; the same seed gives the same one.

        Raises:
            InvalidInput: there is no example, or the recipe cannot be followed.
        """
        ...

    def attach(self, trained: Trained) -> None:
        """Let the adapter take part from now on, in place of any other.

        Raises:
            InvalidInput, NotSupported: it does not fit the base.
        """
        ...

    def detach(self) -> None:
        """Let the base model work alone again, as it was to the bit."""
        ...

    def recall(self, examples: Sequence[Example]) -> tuple[float, ...]:
        """Return 1 for each example whose answer the model gives greedily, else 0."""
        ...

    def log_probabilities(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return log probabilities of the next token, ``[tokens, vocabulary]``, for each text."""
        ...

    def answers(self, prompts: Sequence[str], *, most: int = 32) -> tuple[str, ...]:
        """Return what the model says greedily behind each prompt, ``most`` tokens at most."""
        ...
