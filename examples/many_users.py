"""Scopes: what is shared, what is private, who sees what."""

import memory_os


def main() -> None:
    with memory_os.connect("sqlite://") as memory:
        memory.add("The office closes at six.", agent_id="porter")
        memory.add("Ada's locker is number 12.", user_id="ada", agent_id="porter")
        memory.add("Bo's locker is number 31.", user_id="bo", agent_id="porter")

        for user in ("ada", "bo"):
            found = memory.search("locker number", user_id=user, agent_id="porter", threshold=0.0)
            print(user, [hit.memory for hit in found.results])

        own = memory.get_all(user_id="ada")
        print("only ada's own:", [one.memory for one in own.results])
        gone = memory.delete_all(user_id="ada")
        print("deleted:", gone.deleted, "recoverable until", gone.purge_at)


if __name__ == "__main__":
    main()
