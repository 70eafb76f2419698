"""Any LangChain ``Embeddings`` behind the port, and what goes wrong with it."""

from typing import Any

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings

from memory_os.errors import ModelFailed
from memory_os_agents.models.langchain_embedder import LangChainEmbedder
from tests.unit.kernel.stage import WordEmbeddings


class Fixed(Embeddings):
    """Answer with what it was given, whatever is asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def test_rows_are_of_length_one_and_as_many_as_texts() -> None:
    embedder = LangChainEmbedder(WordEmbeddings(12))
    rows = embedder.embed(["one two", "three"])
    assert rows.shape == (2, 12)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert (rows == embedder.embed(["one two", "three"])).all()
    assert embedder.embed([]).shape == (0, 12)


def test_a_vector_of_nothing_stays_nothing() -> None:
    rows = LangChainEmbedder(Fixed([[1.0, 0.0]], [[0.0, 0.0], [0.0, 2.0]])).embed(["a", "b"])
    assert rows.tolist() == [[0, 0], [0, 1]]


def test_a_model_is_known_by_class_name_and_dimensions() -> None:
    class Other(WordEmbeddings):
        pass

    class Unnamed(WordEmbeddings):
        model = None  # type: ignore[assignment]

    base = LangChainEmbedder(WordEmbeddings())
    assert base.name == "WordEmbeddings(words)"
    assert base.fingerprint == LangChainEmbedder(WordEmbeddings()).fingerprint
    renamed = WordEmbeddings()
    renamed.model = "other words"
    others = [Other(), WordEmbeddings(8), renamed, Unnamed()]
    fingerprints = {LangChainEmbedder(each).fingerprint for each in others}
    assert len(fingerprints | {base.fingerprint}) == 5
    assert LangChainEmbedder(Unnamed()).name.endswith("Unnamed")


def test_langchains_own_fake_works() -> None:
    embedder = LangChainEmbedder(DeterministicFakeEmbedding(size=7))
    assert embedder.dimensions == 7
    assert embedder.embed(["a"]).shape == (1, 7)


WRONG: list[Any] = [
    RuntimeError("no quota left"),
    [],
    [[1.0, 2.0]],
    [[1.0], [2.0]],
    [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]],
    [[1.0, float("nan")], [1.0, 2.0]],
    [[1.0, float("inf")], [1.0, 2.0]],
]


@pytest.mark.parametrize("answer", WRONG, ids=repr)
def test_a_wrong_answer_is_a_failed_model(answer: Any) -> None:
    embedder = LangChainEmbedder(Fixed([[1.0, 0.0]], answer))
    with pytest.raises(ModelFailed, match="Fixed") as refused:
        embedder.embed(["a", "b"])
    assert refused.value.code == "model_failed"


def test_a_model_that_is_down_at_opening_says_why() -> None:
    with pytest.raises(ModelFailed, match="no quota left"):
        LangChainEmbedder(Fixed(RuntimeError("no quota left")))
