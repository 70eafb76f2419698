"""What other processes do to a quota."""

from multiprocessing.connection import Connection

import memory_os
from memory_os.domain.quotas import Meter
from memory_os.errors import QuotaExhausted
from memory_os.testing.cubes import START
from memory_os_stores.sql import SqlCubeStore

EACH = 12


def add_until_refused(url: str, name: str, answers: Connection) -> None:
    """Wait for the start signal, add, and say how many were stored."""
    with memory_os.connect(url, busy_timeout_s=60) as memory:
        answers.send("ready")
        answers.recv()
        stored = 0
        for number in range(EACH):
            try:
                memory.add(f"Note {number} of {name}.", user_id="ada")
            except QuotaExhausted:
                continue
            stored += 1
    answers.send(stored)


def spend_until_refused(url: str, name: str, answers: Connection) -> None:
    """Wait for the start signal, spend, and say how often that was let."""
    store = SqlCubeStore.open(url, busy_timeout_s=60)
    answers.send(f"{name} is ready")
    answers.recv()
    let = 0
    for _ in range(EACH):
        try:
            store.quotas.spend("default", {("", Meter.LLM_TOKENS): 10}, START, settling=False)
        except QuotaExhausted:
            continue
        let += 1
    store.close()
    answers.send(let)
