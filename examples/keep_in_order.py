"""Background work on a clock of our own: what expires, what is merged, and looking at the jobs."""

from datetime import UTC, datetime, timedelta

import memory_os
from memory_os.clock import ManualClock
from memory_os.scheduler import Worker, WorkerRules

clock = ManualClock(datetime(2026, 3, 1, 9, tzinfo=UTC))
with memory_os.connect("sqlite://", clock=clock, follow_up=True) as memory:
    worker = Worker(memory.connector.kernel, "example", rules=WorkerRules(heartbeats=False))

    memory.add("Ada visits Oslo on Monday.", user_id="ada")
    memory.add("On Monday, Ada visits Oslo.", user_id="ada")
    memory.add("The kettle is on.", user_id="ada", ttl_seconds=60)
    worker.run_due()

    clock.advance(timedelta(minutes=2))
    for job in worker.run_due():
        print(job.kind, job.state, job.result)
    print([record.memory for record in memory.get_all(user_id="ada").results])

    dry = memory.start_job("decay", dry_run=True, reason="what would a year do?")
    clock.advance(timedelta(days=365))
    worker.run_due()
    print(memory.job(dry.id).result)
