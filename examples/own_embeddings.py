"""Plug in any LangChain Embeddings; here a tiny one that needs no model."""

import zlib

from langchain_core.embeddings import Embeddings

import memory_os

DIMENSIONS = 64


class TrigramEmbeddings(Embeddings):
    """Count letter trigrams into buckets: crude, deterministic, offline."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * DIMENSIONS
        padded = f"  {text.lower()} "
        for at in range(len(padded) - 2):
            vector[zlib.crc32(padded[at : at + 3].encode()) % DIMENSIONS] += 1.0
        return vector


def main() -> None:
    with memory_os.connect("sqlite://", embeddings=TrigramEmbeddings()) as memory:
        memory.add("Ada plays the accordion.", user_id="ada")
        print(memory.search("Who is the accordionist?", user_id="ada").results[0].memory)


if __name__ == "__main__":
    main()
