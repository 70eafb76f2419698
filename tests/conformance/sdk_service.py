"""A real ``memory-os serve`` in a process of its own, and keys for it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from memory_os.domain.access import Role
from memory_os_api.keys import KeyRing
from memory_os_stores.sql.store import SqlCubeStore

COMMAND = (sys.executable, "-c", "from memory_os_api.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Service:
    """Where the service listens, and the ring that makes its keys."""

    url: str
    ring: KeyRing

    def key(self, tenant: str, role: Role = Role.ADMIN) -> str:
        """Return a fresh key of ``tenant``."""
        return self.ring.issue("suite", role=role, tenant_id=tenant).token


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """Run the service on a database in ``folder`` until the block ends."""
    url = f"sqlite:///{folder}/served.db"
    settings = {"RATE_LIMIT": "0", "LOG_LEVEL": "warning", "WORKER": "false"}
    given = {f"MEMORY_OS_{name}": value for name, value in settings.items()}
    environment = {**os.environ, **given}
    process = subprocess.Popen(
        (*COMMAND, "serve", "--database", url, "--port", "0", "--json"),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        listening = json.loads(process.stdout.readline())["url"]
        store = SqlCubeStore.open(url)
        try:
            yield Service(listening, KeyRing(store.keys))
        finally:
            store.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
