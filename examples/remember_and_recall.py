"""Store, ask, and pack a context for a model, with citations."""

import memory_os


def main() -> None:
    with memory_os.connect("sqlite://") as memory:
        memory.add("Ada moved to Bergen in May.", user_id="ada")
        memory.add("Ada drinks her tea without milk.", user_id="ada")
        memory.add("Ada's bicycle is in the cellar, the lock opens with 0417.", user_id="ada")

        found = memory.search("What opens the lock of the bicycle?", user_id="ada", top_k=2)
        for rank, hit in enumerate(found.results, 1):
            print(f"{rank}. {hit.memory}  (score {hit.score:.2f}, {hit.id})")

        context = memory.context("Ada wants to go out by bicycle", user_id="ada", max_tokens=80)
        print(f"\n{context.text}\n")
        for citation in context.citations:
            print(f"{citation.marker} is {citation.id}, version {citation.version}")


if __name__ == "__main__":
    main()
