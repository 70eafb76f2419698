"""How memories age: use keeps them, disuse archives them, and a policy set says how fast."""

from datetime import UTC, datetime, timedelta

import memory_os

clock = memory_os.ManualClock(datetime(2026, 1, 1, tzinfo=UTC))

with memory_os.connect("sqlite://", clock=clock) as memory:
    tea = memory.add("Ada drinks tea.", user_id="ada", semantic_type="fact").results[0]
    hat = memory.add("Ada owns a hat.", user_id="ada", semantic_type="fact").results[0]

    clock.advance(timedelta(days=30))
    told = memory.feedback(tea.id, "cited", reason="it answered a question")
    print(f"cited: strength {told.sigma:.2f}, half-life {told.half_life_days:.1f} days")

    clock.advance(timedelta(days=165))
    for move in memory.run_policies(user_id="ada").results:
        print(move.event, memory.get(move.id).memory, "because it is", move.reason)

    settings = "[decay.half_life_days]\nfact = 20\n"
    for name, given in (("as it is", None), ("with shorter half-lives", settings)):
        last = memory.simulate_policy(settings=given, days=365, seed=7).results[-1]
        print(f"a year {name}: {last.archived} archived, {last.misses} missed when needed")

    record = memory.set_policy("brief", settings, agents=["concierge"], reason="guests leave")
    print(f"{record.name}@{record.version} for {', '.join(record.agents)}")
