"""A plan tried on a branch, compared with main, adopted, and taken back."""

import memory_os

with memory_os.connect("sqlite://") as memory:
    home = memory.add("Ada lives in Bergen.", user_id="ada").results[0]
    memory.add("Ada rows on Fridays.", user_id="ada")

    memory.branch("plan", user_id="ada", reason="what if she moved?")
    memory.update(home.id, "Ada lives in Oslo.", branch="plan")
    memory.add("Ada's new club is by the Oslo fjord.", user_id="ada", branch="plan")

    for branch in (None, "plan"):
        best = memory.search("Where does Ada live?", user_id="ada", branch=branch).results[0]
        print(branch or "main", "-", best.memory)

    for difference in memory.diff(branch="plan", user_id="ada").results:
        print(", ".join(difference.changes), "-", difference.after and difference.after.memory)

    done = memory.adopt("plan", user_id="ada", reason="she moves")
    print([record.memory for record in memory.get_all(user_id="ada").results])

    memory.rollback(done.undo_to, user_id="ada", reason="she stays")
    memory.delete_branch("plan", user_id="ada")
    print([record.memory for record in memory.get_all(user_id="ada").results])
