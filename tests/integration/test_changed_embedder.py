"""A store moves from one embedding model to another only by being embedded anew."""

from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings

import memory_os
from memory_os.errors import EmbedderMismatch


class Letters(Embeddings):
    """Count letters, in as many dimensions as asked."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        counts = [1.0] * self.dimensions
        for letter in text.lower():
            counts[ord(letter) % self.dimensions] += 1.0
        return counts


def test_another_model_is_refused_and_reindex_takes_it_in(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    with memory_os.connect(url, embeddings=Letters(64)) as memory:
        kept = memory.add("The kettle whistles.", user_id="u").results[0].id
    with pytest.raises(EmbedderMismatch, match=r"64 dimensions.*32 dimensions.*reindex=True"):
        memory_os.connect(url, embeddings=Letters(32))
    with memory_os.connect(url, embeddings=Letters(32), reindex=True) as memory:
        assert [hit.id for hit in memory.search("kettle", user_id="u").results] == [kept]
    with memory_os.connect(url, embeddings=Letters(32)) as memory:
        assert [hit.id for hit in memory.search("kettle", user_id="u").results] == [kept]
    with pytest.raises(EmbedderMismatch):
        memory_os.connect(url)


def test_reindex_leaves_a_store_of_the_same_model_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    with memory_os.connect(url) as memory:
        memory.add("The kettle whistles.", user_id="u")
    with memory_os.connect(url, reindex=True) as memory:
        assert memory.search("kettle", user_id="u").results
