"""A real ``memory-os serve`` in a process of its own, for tests of the REST service."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from memory_os.clock import Clock
from memory_os.domain.access import PrincipalKind, Role
from memory_os.domain.scope import Scope
from memory_os_api.keys import KeyRing
from memory_os_stores.sql.store import SqlCubeStore

COMMAND = (sys.executable, "-c", "from memory_os_api.cli import main; main()")
START_SECONDS = 60.0
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Service:
    """Where it listens, its database, its process and its log."""

    url: str
    database: str
    process: subprocess.Popen[bytes]
    log: Path

    def client(self, token: str | None = None) -> httpx.Client:
        """Return a client that sends ``token``."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60.0, trust_env=False)

    def key(self, name: str = "app", **options: Any) -> str:
        """Make a key beside the running service and return its token."""
        return make_key(self.database, name, **options)

    def stop(self, sent: int = signal.SIGTERM) -> int:
        """Ask the process to end and return its exit status."""
        self.process.send_signal(sent)
        return self.process.wait(60)

    def lines(self) -> list[dict[str, Any]]:
        """Return the log as it stands, but for a line that is still being written."""
        whole = self.log.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines() if line[:1] == "{"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        (*COMMAND, *arguments),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def make_key(
    database: str,
    name: str = "app",
    *,
    role: str = "write",
    kind: str = "service",
    tenant: str = "default",
    user: str | None = None,
    expires_at: datetime | None = None,
    clock: Clock | None = None,
) -> str:
    """Make a key beside the running service and return its token."""
    store = SqlCubeStore.open(database)
    try:
        issued = KeyRing(store.keys, clock).issue(
            name,
            role=Role(role),
            kind=PrincipalKind(kind),
            tenant_id=tenant,
            bindings=Scope(user_id=user),
            expires_at=expires_at,
        )
    finally:
        store.close()
    return issued.token


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Service]:
    """Run the service on a database in ``folder`` until the block ends."""
    database, log = f"sqlite:///{folder / 'memory.db'}", folder / "service.log"
    settings = {"MEMORY_OS_DATABASE": database, "MEMORY_OS_RATE_LIMIT": "0", **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            (*COMMAND, "serve", "--port", "0"),
            stdout=subprocess.DEVNULL,
            stderr=output,
            env={**os.environ, **settings},
        )
        service = Service(_listening(process, log), database, process, log)
        try:
            _await_ready(service)
            yield service
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _listening(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for line in reversed(log.read_text().splitlines()):
            if line.startswith("{") and json.loads(line)["message"] == "listening":
                return str(json.loads(line)["url"])
        time.sleep(0.02)
    raise AssertionError(f"the service did not start: {log.read_text()[-4000:]}")


def _await_ready(service: Service) -> None:
    deadline = time.monotonic() + START_SECONDS
    with service.client() as client:
        while time.monotonic() < deadline and service.process.poll() is None:
            try:
                if client.get("/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
    raise AssertionError(f"the service is not ready: {service.log.read_text()[-4000:]}")


def problem_of(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem document of ``answer``, which must be this one."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:2000]}"
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code), body
    return body
