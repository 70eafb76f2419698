"""Port: a language model, used only where one is configured."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer and what it reports to have spent: ``tokens`` over instruction, prompt and
    answer, nothing if it does not say; ``money`` in US dollars, 0 if it does not say.
    """

    text: str
    tokens: int | None = None
    money: float = 0.0


class LanguageModel(Protocol):
    """Complete a prompt."""

    @property
    def name(self) -> str:
        """Return the model's name, for the origin of what it made."""
        ...

    def complete(self, system: str, prompt: str) -> Completion:
        """Return the model's answer to ``prompt`` under the instruction ``system``.

        Raises:
            ModelFailed: the model raised or gave no text.
        """
        ...
