"""A real ``memory-os serve`` in a process of its own, on a free port of this machine."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
def serving(database: str, folder: Path) -> Iterator[Service]:
    """Run the service on ``database`` until the block ends; its log stays in ``folder``.

    The system chooses the port; the service prints its URL once it takes connections.

    Raises:
        ServiceUnreachable: it did not become ready in time.
    """
    arguments = ("serve", "--database", database, "--host", "127.0.0.1", "--port", "0", "--json")
    said, log = folder / "service.json", folder / "service.log"
    with said.open("wb") as output, log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603
            (*COMMAND, *arguments), stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
    try:
        yield Service(_await_url(process, said, log), process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _await_url(process: subprocess.Popen[bytes], said: Path, log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        line = said.read_text(encoding="utf-8")
        if line.endswith("\n"):
            return str(json.loads(line)["url"])
        time.sleep(0.02)
    why = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise ServiceUnreachable(f"the service did not start in {START_SECONDS:g} s: {why}")


def _run(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603
        (*COMMAND, *arguments), capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise ServiceError(f"memory-os {arguments[0]} {arguments[1]}: {done.stderr[-2000:]}")
    return done.stdout
