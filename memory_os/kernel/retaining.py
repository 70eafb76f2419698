"""What models were asked for already, kept while a call plans again."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.operations.common import Cost
from memory_os.domain.scope import Scope
from memory_os.kernel.allowances import Rationed
from memory_os.kernel.metering import Metered
from memory_os.kernel.parts import Parts
from memory_os.ports.language_model import Completion, LanguageModel


class Retaining:
    """A language model that is asked the same thing once."""

    def __init__(self, model: LanguageModel) -> None:
        self.name = model.name
        self._model = model
        self._answers: dict[tuple[str, str], Completion] = {}

    def complete(self, system: str, prompt: str) -> Completion:
        """Return the answer, the one of before if there is one."""
        asked = (system, prompt)
        if asked not in self._answers:
            self._answers[asked] = self._model.complete(system, prompt)
        return self._answers[asked]


@dataclass(slots=True)
class Answers:
    """The models of one call; a second try asks them only for what is new."""

    parts: Parts
    tenant_id: str
    rationed: Rationed | None = None
    language_model: LanguageModel | None = None
    metered: Metered | None = None
    vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        model = self.parts.language_model
        if model is not None:
            self.rationed = Rationed(model, self.parts, self.tenant_id)
            self.metered = Metered(self.rationed, self.parts.counter)
            self.language_model = Retaining(self.metered)

    @property
    def cost(self) -> Cost:
        """Return what the language model has cost so far."""
        return Cost() if self.metered is None else self.metered.cost

    def spend_for(self, scope: Scope) -> None:
        """Count what the language model spends from here on against this scope's quotas."""
        if self.rationed is not None:
            self.rationed.scope = scope

    def is_new(self, text: str) -> bool:
        """Tell whether the text has no vector yet."""
        return text not in self.vectors

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        """Return a row for each text."""
        if not self.vectors:
            return self._fresh(texts)
        unknown = list(dict.fromkeys(text for text in texts if text not in self.vectors))
        if unknown:
            self.keep(unknown, self._fresh(unknown))
        return np.stack([self.vectors[text] for text in texts])

    def keep(self, texts: list[str], vectors: NDArray[np.float32]) -> None:
        """Remember the rows of these texts."""
        self.vectors.update(zip(texts, vectors, strict=True))

    def _fresh(self, texts: list[str]) -> NDArray[np.float32]:
        size = self.parts.rules.embed_batch
        if len(texts) <= size:
            return self.parts.embedder.embed(texts)
        parts = []
        self.parts.progress("embedding", 0, len(texts))
        for start in range(0, len(texts), size):
            parts.append(self.parts.embedder.embed(texts[start : start + size]))
            self.parts.progress("embedding", min(start + size, len(texts)), len(texts))
        return np.concatenate(parts)
