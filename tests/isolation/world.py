"""A service with twenty callers of five tenants, each at two doors, and the law it is held to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import httpx
from starlette.testclient import TestClient

from memory_os.clock import ManualClock
from memory_os.domain.access import PrincipalKind, Role
from memory_os.domain.scope import Scope
from memory_os.ids import UlidSource
from memory_os.kernel.memory_os import MemoryOS
from memory_os.sdk import Memory
from memory_os_api.app import create_app
from memory_os_api.client.http_connector import HttpConnector
from memory_os_api.container import Choices, open_kernel
from memory_os_api.keys import KeyRing, principal_of
from memory_os_api.settings import Settings
from memory_os_stores.sql.store import SqlCubeStore
from tests.isolation.law import Caller, Law, Place
from tests.unit.kernel.stage import WordEmbeddings

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "http://127.0.0.1:8765"
TENANTS = tuple(f"tenant-{number}" for number in range(5))
CAST: tuple[tuple[str, str, Place], ...] = (
    ("operator", "admin", Place()),
    ("user", "share", Place("ada")),
    ("user", "share", Place("ben")),
    ("agent", "write", Place(None, "planner")),
    ("agent", "share", Place(None, "planner")),
    ("agent", "write", Place(None, "writer")),
    ("service", "write", Place("ada", "writer")),
    ("user", "read", Place("ben")),
    ("agent", "share", Place(None, "writer")),
    ("service", "share", Place("ben", None, ("team",))),
    ("agent", "write", Place(None, None, ("team", "a"))),
    ("operator", "admin", Place("ada")),
)
EACH = 4


@dataclass(frozen=True)
class Seat:
    """One caller with its two doors, and a bare client for the second."""

    caller: Caller
    embedded: Memory
    served: Memory
    client: TestClient
    token: str


@dataclass(frozen=True)
class World:
    """Everything that one run of calls needs."""

    kernel: MemoryOS
    clock: ManualClock
    seats: tuple[Seat, ...]
    law: Law


@contextmanager
def opened(draw: Random) -> Iterator[World]:
    """Open a world whose chance is ``draw``."""
    clock = ManualClock(START)
    choices = Choices(
        clock=clock,
        embeddings=WordEmbeddings(),
        secret=b"isolation",
        ids=UlidSource(clock, draw.randbytes),
    )
    kernel = open_kernel("sqlite://", choices)
    store = kernel.parts.store
    assert isinstance(store, SqlCubeStore)
    app = create_app(kernel, store.keys, Settings(rate_limit=0))
    ring: KeyRing = app.state.keys
    try:
        with TestClient(app, base_url=URL, raise_server_exceptions=False) as client:
            seats = tuple(_seats(kernel, ring, client, draw))
            yield World(kernel, clock, seats, Law(START))
    finally:
        kernel.close()


def _seats(kernel: MemoryOS, ring: KeyRing, client: TestClient, draw: Random) -> Iterator[Seat]:
    for tenant in TENANTS:
        for kind, role, bound in draw.sample(CAST, EACH):
            issued = ring.issue(
                f"{tenant} {kind}",
                role=Role(role),
                kind=PrincipalKind(kind),
                tenant_id=tenant,
                bindings=Scope(bound.user, bound.agent, None, bound.labels),
            )
            connector = HttpConnector(
                URL,
                api_key=issued.token,
                ids=UlidSource(kernel.parts.clock, draw.randbytes),
                chance=draw.random,
                sleep=_never,
                transport=Wire(client),
            )
            yield Seat(
                Caller(tenant, issued.key.id, kind, role, bound),
                Memory(kernel.connector(principal_of(issued.key))),
                Memory(connector),
                client,
                issued.token,
            )


class Wire(httpx.BaseTransport):
    """Carry the requests of the product's client to a service in this process."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return what the service answers."""
        answer = self._client.request(
            request.method,
            str(request.url),
            content=request.read(),
            headers=dict(request.headers),
        )
        return httpx.Response(
            answer.status_code, headers=dict(answer.headers), content=answer.content
        )


def _never(_seconds: float) -> None:
    raise AssertionError("nothing in here is worth a second try")
