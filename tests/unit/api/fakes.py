"""Stand-ins for the kernel and the key store, so that the doors are tested by themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from memory_os.domain.access import Principal
from memory_os.ports.key_store import ApiKey
from memory_os_api.app import create_app
from memory_os_api.settings import Settings

LOCAL = ("127.0.0.1", 50_000)


class DictKeyStore:
    """API keys in a dict; counts how often it was asked."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[ApiKey, str]] = {}
        self.asked = 0

    def add_key(self, key: ApiKey, digest: str, *, by: str = "local") -> None:
        self.keys[key.id] = (key, digest)

    def find_key(self, key_id: str) -> tuple[ApiKey, str] | None:
        self.asked += 1
        return self.keys.get(key_id)

    def list_keys(self, tenant_id: str | None = None) -> list[ApiKey]:
        self.asked += 1
        return [key for key, _ in self.keys.values() if tenant_id in (None, key.tenant_id)]

    def revoke_key(self, key_id: str, at: datetime, *, by: str = "local") -> bool:
        if key_id not in self.keys:
            return False
        key, digest = self.keys[key_id]
        self.keys[key_id] = (replace(key, revoked_at=at), digest)
        return True


@dataclass
class OddKernel:
    """A kernel whose every call does what the test says, and which remembers who called."""

    act: Callable[..., Any] = lambda *_: None
    callers: list[Principal] = field(default_factory=list)
    ok: bool = True

    def connector(self, principal: Principal) -> Any:
        self.callers.append(principal)
        names = ("add", "add_many", "search", "context", "get", "get_all", "update", "transition")
        more = ("delete", "delete_all", "history", "merge", "unmerge", "duplicates")
        work = ("jobs", "job", "start_job", "retry_job", "cancel_job")
        calls = dict.fromkeys((*names, *more, *work), self.act)
        return SimpleNamespace(**calls)

    def health(self) -> Any:
        return SimpleNamespace(ok=self.ok, embedder="static")

    def stats(self, principal: Principal) -> dict[str, object]:
        return {"tenant": principal.tenant_id, "embedder": "static"}

    def position(self, principal: Principal, memory_id: str) -> Any:
        return self.act(memory_id)


def app_over(
    kernel: OddKernel | None = None, keys: DictKeyStore | None = None, **settings: Any
) -> FastAPI:
    return create_app(kernel or OddKernel(), keys or DictKeyStore(), Settings(**settings))


def client_of(
    app: FastAPI, *, client: tuple[str, int] = LOCAL, base_url: str = "http://127.0.0.1:8765"
) -> TestClient:
    return TestClient(app, base_url=base_url, client=client, raise_server_exceptions=False)
