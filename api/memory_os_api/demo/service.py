"""A real ``memory-os serve`` in a process of its own, on a free port of this machine."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from memory_os.errors import ServiceError, ServiceUnreachable

COMMAND = (sys.executable, "-c", "from memory_os_api.cli import main; main()")
START_SECONDS = 20.0
STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Service:
    """Where the service listens, and its process."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> int:
        """Ask the process to end and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


def create_key(database: str, *, name: str, role: str) -> str:
    """Create an API key by the command line and return its secret.

    Raises:
        ServiceError: the command failed.
    """
    done = _run("keys", "create", name, "--role", role, "--database", database, "--json")
    return str(json.loads(done)["key"])


@contextmanager
def serving(database: str, log: Path) -> Iterator[Service]:
    """Run the service on ``database`` until the block ends; its output goes to ``log``.

    Raises:
        ServiceUnreachable: it did not become ready in time.
    """
    port = free_port()
    arguments = ("serve", "--database", database, "--host", "127.0.0.1", "--port", str(port))
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            (*COMMAND, *arguments), stdout=output, stderr=subprocess.STDOUT
        )
        service = Service(f"http://127.0.0.1:{port}", process)
        try:
            _await_ready(service, log)
            yield service
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(service: Service, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and service.process.poll() is None:
        try:
            if httpx.get(f"{service.url}/readyz", timeout=2.0, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise ServiceUnreachable(f"the service at {service.url!r} did not become ready: {said}")


def _run(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603
        (*COMMAND, *arguments), capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise ServiceError(f"memory-os {arguments[0]} {arguments[1]}: {done.stderr[-2000:]}")
    return done.stdout
