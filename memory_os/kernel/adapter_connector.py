"""Parametric memory's part of the connector port, for one principal."""

from collections.abc import Callable

from memory_os.domain.access import Principal
from memory_os.domain.operations import Memory
from memory_os.domain.operations.adapter import (
    AdapterRequest,
    GateRequest,
    TrainingRequest,
    TrainingVerdict,
)
from memory_os.domain.payload import Blob
from memory_os.kernel.adapters import Adapters


class AdapterConnector:
    """Keep, judge and give out adapters, for whoever ``caller`` says calls."""

    def __init__(self, adapters: Adapters, caller: Callable[[], Principal]) -> None:
        self._adapters = adapters
        self._trainer = caller

    def may_train(self, request: TrainingRequest) -> TrainingVerdict:
        """Return whether memories may be trained on; see ``Adapters.may_train``."""
        return self._adapters.may_train(self._trainer(), request)

    def store_adapter(self, request: AdapterRequest, content: bytes | memoryview) -> Memory:
        """Keep an adapter as a draft; see ``Adapters.store``."""
        return self._adapters.store(self._trainer(), request, content)

    def judge_adapter(self, memory_id: str, request: GateRequest) -> Memory:
        """Record what an adapter showed; see ``Adapters.judge``."""
        return self._adapters.judge(self._trainer(), memory_id, request)

    def load_adapter(self, memory_id: str, *, draft: bool = False) -> tuple[Blob, memoryview]:
        """Return the file of an adapter; see ``Adapters.load``."""
        return self._adapters.load(self._trainer(), memory_id, draft=draft)
