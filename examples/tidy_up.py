"""Find what says the same, make one of it, and take it apart again."""

import memory_os

with memory_os.connect("sqlite://") as memory:
    memory.add_many(
        [
            "Ada is allergic to nuts.",
            "ada is allergic to nuts",
            "Ada isn't allergic to nuts.",
            "Bo owes Ada 20 euros.",
            "Ada owes Bo 20 euros.",
        ],
        user_id="ada",
    )
    found = memory.duplicates(user_id="ada")
    for pair in found.results:
        differs = ", ".join(pair.differs) or "nothing"
        print(f"{pair.action:<8} {pair.one_memory} | {pair.other_memory} (differs in {differs})")

    sure = found.results[0]
    merged = memory.merge([sure.one, sure.other], reason="they say the same").results[0]
    print("merged: ", merged.memory, "from", len(merged.parents), "memories")

    parted = memory.unmerge(merged.id)
    print("parted: ", [record.memory for record in parted.results])
