"""A snapshot before an import, what the import changed, and the way back and forth."""

import memory_os

with memory_os.connect("sqlite://") as memory:
    tea = memory.add("Ada drinks tea.", user_id="ada").results[0]
    memory.snapshot("before-import", user_id="ada", reason="a new source")

    memory.update(tea.id, "Ada drinks coffee.")
    memory.add("Ada collects stamps.", user_id="ada")

    for difference in memory.diff("snapshot:before-import", user_id="ada").results:
        there = difference.after or difference.before
        print(", ".join(difference.changes), "-", there.memory if there else "")

    done = memory.rollback("snapshot:before-import", user_id="ada", reason="a wrong import")
    print([record.memory for record in memory.get_all(user_id="ada").results])

    memory.rollback(done.undo_to, user_id="ada", reason="it was right after all")
    print([record.memory for record in memory.get_all(user_id="ada").results])
