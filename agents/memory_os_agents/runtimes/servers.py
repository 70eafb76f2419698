"""Model servers elsewhere: warming the beginning of prompts, loading adapters while they run.

**Not run against a live server yet**: tested against servers that keep to the documented contract
of vLLM's OpenAI-compatible API and of SGLang's native one. Their caches are their own: a server
that was warmed keeps the beginning as long as it likes, so what stands there must be kept the same
by ``context(..., standing_tokens=…)``, and changed memories simply give another beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import httpx

from memory_os.errors import (
    InvalidInput,
    ModelFailed,
    NotSupported,
    ServiceTimeout,
    ServiceUnreachable,
)
from memory_os.parametric.folders import to_folder
from memory_os.sdk import Memory

_TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class Warmed:
    """How many tokens a server read, and how many of them it had already, if it says."""

    tokens: int
    cached: int | None


class _Server:
    """What both servers have in common. Closes as a context manager."""

    name: ClassVar[str]
    load_path: ClassVar[str]
    unload_path: ClassVar[str]
    allowing: ClassVar[str]

    def __init__(self, url: str, model: str, *, api_key: str | None = None) -> None:
        """Take the server's URL and the name under which it serves the base model."""
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self.model = model
        self._client = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def load_adapter(self, memory: Memory, memory_id: str, folder: Path, name: str = "") -> str:
        """Let the server attach a kept adapter, and return the name to ask for it by.

        The adapter is written to ``folder``, which the server must see under the same path. Only
        one that may be attached is loaded: the gate and the texts behind it are looked at now.

        Raises:
            NotFound: it may not be attached; NotSupported: the server does not load adapters while
            it runs; ModelFailed: it refused; ServiceUnreachable, ServiceTimeout.
        """
        called = name or memory_id
        to_folder(memory.load_adapter(memory_id), folder)
        self._post(self.load_path, {"lora_name": called, "lora_path": str(folder.resolve())})
        return called

    def unload_adapter(self, name: str) -> None:
        """Let the server forget an adapter.

        Raises:
            NotSupported, ModelFailed, ServiceUnreachable, ServiceTimeout.
        """
        self._post(self.unload_path, {"lora_name": name})

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        try:
            answer = self._client.post(path, json=body)
        except httpx.TimeoutException as error:
            raise ServiceTimeout(f"{self.name} did not answer {path} in {_TIMEOUT:g} s") from error
        except httpx.HTTPError as error:
            raise ServiceUnreachable(f"{self.name} cannot be reached: {error}") from error
        if answer.status_code in (404, 405) and path in (self.load_path, self.unload_path):
            raise NotSupported(
                f"{self.name} does not change adapters while it runs; start it with {self.allowing}"
            )
        if not answer.is_success:
            raise ModelFailed(f"{self.name} refused {path}: {answer.text[:300]}")
        return answer


class VllmServer(_Server):
    """vLLM behind its OpenAI-compatible API."""

    name = "vLLM"
    load_path = "/v1/load_lora_adapter"
    unload_path = "/v1/unload_lora_adapter"
    allowing = "--enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"

    def warm(self, prefix: str | Sequence[int], *, adapter: str | None = None) -> Warmed:
        """Let the server read the beginning of prompts, so that its prefix cache holds it.

        ``prefix`` is text or tokens of the server's model; how much it had already is told when it
        was started with ``--enable-prompt-tokens-details``.

        Raises:
            InvalidInput: the prefix is empty; ModelFailed, ServiceUnreachable, ServiceTimeout.
        """
        prompt = _given(prefix)
        body = {"model": adapter or self.model, "prompt": prompt, "max_tokens": 1, "temperature": 0}
        usage = _json(self._post("/v1/completions", body)).get("usage") or {}
        details = usage.get("prompt_tokens_details") or {}
        return Warmed(int(usage.get("prompt_tokens", 0)), details.get("cached_tokens"))


class SglangServer(_Server):
    """SGLang behind its native API."""

    name = "SGLang"
    load_path = "/load_lora_adapter"
    unload_path = "/unload_lora_adapter"
    allowing = "--enable-lora"

    def warm(self, prefix: str | Sequence[int], *, adapter: str | None = None) -> Warmed:
        """Let the server read the beginning of prompts, so that its radix cache holds it.

        Raises:
            InvalidInput: the prefix is empty; ModelFailed, ServiceUnreachable, ServiceTimeout.
        """
        prompt = _given(prefix)
        key = "text" if isinstance(prompt, str) else "input_ids"
        body: dict[str, Any] = {
            key: prompt,
            "sampling_params": {"max_new_tokens": 1, "temperature": 0},
        }
        if adapter is not None:
            body["lora_path"] = adapter
        told = _json(self._post("/generate", body)).get("meta_info") or {}
        return Warmed(int(told.get("prompt_tokens", 0)), told.get("cached_tokens"))


def _given(prefix: str | Sequence[int]) -> str | list[int]:
    if not prefix:
        raise InvalidInput("there is no beginning to warm", field="prefix")
    return prefix if isinstance(prefix, str) else list(prefix)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError as error:
        raise ModelFailed(f"the server answered no JSON: {answer.text[:100]}") from error
    if not isinstance(found, dict):
        raise ModelFailed(f"the server answered no object: {answer.text[:100]}")
    return found
