"""Erase what somebody asked to have forgotten, show the receipt, and check it again later."""

import memory_os
from memory_os.errors import Erased

with memory_os.connect("sqlite://") as memory:
    address = memory.add("Ada lives at 7 Harbour Road.", user_id="ada").results[0].id
    again = memory.add("Ada has lived at 7 Harbour Road since May.", user_id="ada").results[0].id
    tea = memory.add("Ada drinks tea.", user_id="ada").results[0].id
    one = memory.merge([address, again, tea], reason="the same person").results[0].id

    plan = memory.erase([address, again], reason="request 4711", dry_run=True)
    print("would go:", ", ".join(member.role for member in plan.closure))

    receipt = memory.erase([address, again], reason="request 4711")
    print(receipt.status, "-", ", ".join(probe.name for probe in receipt.probes), "found nothing")
    print("not reached by a database:", "; ".join(left.what for left in receipt.residuals))

    try:
        memory.get(one)
    except Erased as gone:
        print("gone:", gone.detail["erasure"] == receipt.id)
    print("stays:", memory.get(tea).memory)
    print("the receipt holds:", memory.verify_erasure(receipt).ok)
