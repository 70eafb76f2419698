"""Warming and loading adapters on servers that keep to vLLM's and SGLang's documented contracts."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

import memory_os
from memory_os.errors import (
    InvalidInput,
    ModelFailed,
    NotFound,
    NotSupported,
    ServiceUnreachable,
)
from memory_os.parametric.folders import from_folder
from memory_os.testing.connector_adapters import BASE, active, trained
from memory_os_agents.runtimes.servers import SglangServer, VllmServer


class Contract(BaseHTTPRequestHandler):
    """Both servers at once: completions, generation, adapters by name and folder."""

    asked: ClassVar[list[tuple[str, dict[str, Any]]]] = []
    read: ClassVar[list[Any]] = []
    adapters: ClassVar[dict[str, str]] = {}
    loads: ClassVar[bool] = True

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body))
        status, answer = self.answered(body)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def answered(self, body: dict[str, Any]) -> tuple[int, Any]:
        if self.path in ("/v1/completions", "/generate"):
            prompt = body.get("prompt") or body.get("text") or body.get("input_ids")
            cached = len(prompt) if prompt in self.read else 0
            self.read.append(prompt)
            if self.path == "/generate":
                told = {"prompt_tokens": len(prompt), "cached_tokens": cached}
                return 200, {"text": "x", "meta_info": told}
            details = {"cached_tokens": cached}
            usage = {"prompt_tokens": len(prompt), "prompt_tokens_details": details}
            return 200, {"choices": [{"text": "x"}], "usage": usage}
        if not self.loads or "lora_adapter" not in self.path:
            return 404, {"detail": "Not Found"}
        if "unload" in self.path:
            known = self.adapters.pop(body["lora_name"], None)
            return (200, {}) if known else (400, {"message": "not loaded"})
        from_folder(Path(body["lora_path"]))
        self.adapters[body["lora_name"]] = body["lora_path"]
        return 200, {}


@pytest.fixture
def url() -> Iterator[str]:
    Contract.asked, Contract.read, Contract.adapters, Contract.loads = [], [], {}, True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Contract)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("kind", [VllmServer, SglangServer])
def test_a_beginning_is_warmed_once(url: str, kind: Any) -> None:
    with kind(url, "base", api_key="k") as server:
        assert (server.warm([1, 2, 3]).tokens, server.warm([1, 2, 3]).cached) == (3, 3)
        assert server.warm("Be kind.", adapter="tone").cached == 0
        with pytest.raises(InvalidInput, match="no beginning"):
            server.warm("")
    path, body = Contract.asked[-1]
    named = body["model"] if path == "/v1/completions" else body["lora_path"]
    assert named == "tone"


@pytest.mark.parametrize("kind", [VllmServer, SglangServer])
def test_a_kept_adapter_is_loaded_and_unloaded(url: str, kind: Any, tmp_path: Path) -> None:
    with memory_os.connect("sqlite://") as memory, kind(url, "base") as server:
        adapter = active(memory)
        assert server.load_adapter(memory, adapter, tmp_path / "lora", "tone") == "tone"
        assert Contract.adapters == {"tone": str((tmp_path / "lora").resolve())}
        server.unload_adapter("tone")
        with pytest.raises(ModelFailed, match="not loaded"):
            server.unload_adapter("tone")
        draft = memory.store_adapter(BASE, trained())
        with pytest.raises(NotFound, match="cannot be attached"):
            server.load_adapter(memory, draft.id, tmp_path / "draft")
        Contract.loads = False
        with pytest.raises(NotSupported, match="start it with"):
            server.load_adapter(memory, adapter, tmp_path / "lora")


def test_a_server_that_is_not_there_is_told() -> None:
    with VllmServer("http://127.0.0.1:9", "base") as server, pytest.raises(ServiceUnreachable):
        server.warm("Be kind.")
