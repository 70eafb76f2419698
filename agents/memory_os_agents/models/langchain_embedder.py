"""Any LangChain ``Embeddings`` behind the embedder port."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from memory_os.errors import ModelFailed

_PROBE = "memory"
_MODEL_ATTRIBUTES = ("model", "model_name", "model_id", "repo_id", "deployment")


class LangChainEmbedder:
    """Embed through a LangChain model; vectors are scaled to length one.

    The fingerprint is made of the class, its model name and the number of dimensions: a model
    that changes under the same name goes unnoticed, so pin versions at the provider.
    """

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings
        kind = type(embeddings)
        model = next(
            (
                str(getattr(embeddings, name))
                for name in _MODEL_ATTRIBUTES
                if _has(embeddings, name)
            ),
            "",
        )
        self.name = f"{kind.__qualname__}({model})" if model else kind.__qualname__
        self.dimensions = self._ask([_PROBE]).shape[1]
        described = f"{kind.__module__}.{kind.__qualname__}:{model}:{self.dimensions}"
        self.fingerprint = f"langchain:{sha256(described.encode()).hexdigest()[:32]}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row per text, of length one or zero.

        Raises:
            ModelFailed: the model raised, or answered with another shape or with NaN.
        """
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        rows = self._ask(list(texts))
        if rows.shape != (len(texts), self.dimensions) or not np.isfinite(rows).all():
            raise ModelFailed(
                f"{self.name} answered {len(texts)} texts with an array of shape {rows.shape}; "
                f"expected {(len(texts), self.dimensions)} finite numbers"
            )
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        scaled: NDArray[np.float32] = np.divide(
            rows, lengths, out=np.zeros_like(rows), where=lengths > 0
        )
        return scaled

    def _ask(self, texts: list[str]) -> NDArray[np.float32]:
        name = type(self._embeddings).__qualname__
        try:
            answer = self._embeddings.embed_documents(texts)
        except Exception as error:  # a provider may raise anything; it stops here, typed
            raise ModelFailed(f"{name} failed: {error}") from error
        try:
            rows = np.asarray(answer, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise ModelFailed(f"{name} answered with no table of numbers: {error}") from error
        if rows.ndim != 2 or not rows.shape[1]:
            raise ModelFailed(f"{name} answered with an array of shape {rows.shape}, not rows")
        return rows


def _has(embeddings: Embeddings, name: str) -> bool:
    return isinstance(getattr(embeddings, name, None), str)
