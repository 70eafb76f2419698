"""Activation memory's part of the connector port, for one principal."""

from collections.abc import Callable

from memory_os.domain.access import Principal
from memory_os.domain.operations import Memory
from memory_os.domain.operations.activation import (
    ActivationRequest,
    CheckRequest,
    PrefixRequest,
    PrefixResult,
    PromotionRequest,
    PromotionVerdict,
    RecodeRequest,
)
from memory_os.domain.payload import Blob
from memory_os.kernel.activations import Activations
from memory_os.kernel.prefixes import Prefixes
from memory_os.kernel.promoting import Promoting


class ActivationConnector:
    """Keep, check, find and load caches, for whoever ``caller`` says calls."""

    def __init__(
        self,
        activations: Activations,
        prefixes: Prefixes,
        promoting: Promoting,
        caller: Callable[[], Principal],
    ) -> None:
        self._activations = activations
        self._prefixes = prefixes
        self._promoting = promoting
        self._loader = caller

    def store_activation(self, request: ActivationRequest, content: bytes | memoryview) -> Memory:
        """Keep the cache of a prefix; see ``Activations.store``."""
        return self._activations.store(self._loader(), request, content)

    def check_activation(self, memory_id: str, request: CheckRequest) -> Memory:
        """Record a check; see ``Activations.check``."""
        return self._activations.check(self._loader(), memory_id, request)

    def recode_activation(self, memory_id: str, request: RecodeRequest) -> Memory:
        """Keep a cache in another codec; see ``Activations.recode``."""
        return self._activations.recode(self._loader(), memory_id, request)

    def find_prefix(self, request: PrefixRequest) -> PrefixResult:
        """Return the longest kept prefix; see ``Prefixes.find``."""
        return self._prefixes.find(self._loader(), request)

    def load_chunk(
        self, memory_id: str, number: int, *, unchecked: bool = False
    ) -> tuple[Blob, memoryview]:
        """Return the file of a chunk; see ``Prefixes.load``."""
        return self._prefixes.load(self._loader(), memory_id, number, unchecked=unchecked)

    def judge_prefix(self, request: PromotionRequest) -> PromotionVerdict:
        """Return whether keeping a prefix pays; see ``Promoting.judge``."""
        return self._promoting.judge(self._loader(), request)
