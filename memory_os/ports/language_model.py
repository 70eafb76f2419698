"""Port: a language model, used only where one is configured."""

from typing import Protocol


class LanguageModel(Protocol):
    """Complete a prompt."""

    @property
    def name(self) -> str:
        """Return the model's name, for the origin of what it made."""
        ...

    def complete(self, system: str, prompt: str) -> str:
        """Return the model's answer to ``prompt`` under the instruction ``system``.

        Raises:
            ModelFailed: the model raised or gave no text.
        """
        ...
