"""A quota that refuses before any work, and the journal that tells who set it."""

import memory_os
from memory_os import MemoryOSError

with memory_os.connect("sqlite://") as memory:
    memory.set_quota("cubes", 2, user_id="ada")
    for text in ("Ada prefers tea.", "Ada swims on Mondays.", "Ada lives in Bergen."):
        try:
            memory.add(text, user_id="ada")
        except MemoryOSError as error:
            print(error.code, error.detail["used"], "of", error.detail["limit"])

    for quota in memory.quotas().results:
        print(quota.user_id, quota.meter, quota.used, "of", quota.limit)
    for event in memory.audit().results:
        print(event.seq, event.actor, event.action, event.reason)
    print("journal intact:", memory.verify_audit().ok)
