"""The weights of a low-rank adapter: for each module two matrices, and how much they count.

The change of a weight is ``scale * B @ A`` with ``A`` of shape ``[rank, in]`` and ``B`` of shape
``[out, rank]``; ``scale`` is ``alpha / rank``, or ``alpha / sqrt(rank)`` for rank-stabilised ones
(LoRA, arXiv 2106.09685; arXiv 2312.03732).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os.errors import InvalidInput, NotSupported

Floats = NDArray[np.float32]

_A, _B = ".lora_A.weight", ".lora_B.weight"


@dataclass(frozen=True, slots=True, eq=False)
class LowRank:
    """The two matrices of one module."""

    a: Floats
    b: Floats

    def delta(self, scale: float) -> Floats:
        """Return the change of the weight."""
        change: Floats = np.float32(scale) * (self.b @ self.a)
        return change


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """An adapter by module name, as PEFT names them."""

    modules: Mapping[str, LowRank]
    rank: int
    alpha: float
    stabilised: bool = False

    @property
    def scale(self) -> float:
        """Return what ``B @ A`` is multiplied by."""
        return self.alpha / (self.rank**0.5 if self.stabilised else self.rank)

    def tensors(self) -> dict[str, Floats]:
        """Return the tensors under the names that PEFT saves them by."""
        found: dict[str, Floats] = {}
        for name, pair in self.modules.items():
            found[f"{name}{_A}"] = np.ascontiguousarray(pair.a)
            found[f"{name}{_B}"] = np.ascontiguousarray(pair.b)
        return found


def weights_of(tensors: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> Weights:
    """Return the adapter behind a file and configuration of PEFT.

    Raises:
        NotSupported: it is no plain LoRA.
        InvalidInput: a matrix lacks its other half, is of another rank, or is not finite.
    """
    _plain(config)
    rank = int(config["r"])
    modules: dict[str, LowRank] = {}
    for name in sorted(tensors):
        if name.endswith(_A):
            module = name.removesuffix(_A)
            other = tensors.get(f"{module}{_B}")
            if other is None:
                raise InvalidInput(f"module {module!r} has no B", field="content")
            modules[module] = _pair(module, tensors[name], other, rank)
        elif not name.endswith(_B):
            raise NotSupported(
                f"tensor {name!r} is none of a plain LoRA, which is all that is kept",
                field="content",
            )
    if len(modules) * 2 != len(tensors) or not modules:
        raise InvalidInput("the file holds halves of matrices, or none", field="content")
    return Weights(modules, rank, float(config["lora_alpha"]), bool(config.get("use_rslora")))


def _pair(name: str, a: NDArray[Any], b: NDArray[Any], rank: int) -> LowRank:
    if a.ndim != 2 or b.ndim != 2 or a.shape[0] != rank or b.shape[1] != rank:
        raise InvalidInput(
            f"module {name!r} has A {list(a.shape)} and B {list(b.shape)}, not of rank {rank}",
            field="content",
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InvalidInput(f"module {name!r} holds a number that is not finite", field="content")
    return LowRank(a.astype(np.float32, copy=False), b.astype(np.float32, copy=False))


def _plain(config: Mapping[str, Any]) -> None:
    """Pass if a configuration is that of a plain LoRA.

    Raises:
        NotSupported, InvalidInput.
    """
    if str(config.get("peft_type", "")).upper() != "LORA" or config.get("use_dora"):
        raise NotSupported(
            f"an adapter of type {config.get('peft_type')!r} is not kept; only plain LoRA is",
            field="content",
        )
    if config.get("rank_pattern") or config.get("alpha_pattern") or config.get("modules_to_save"):
        raise NotSupported(
            "an adapter with ranks by module, or whole modules, is not kept", field="content"
        )
    try:
        rank, alpha = int(config["r"]), float(config["lora_alpha"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput("the configuration tells no r and lora_alpha", field="config") from error
    if not 1 <= rank <= 4_096 or not np.isfinite(alpha):
        raise InvalidInput(f"rank {rank} and alpha {alpha} are none", field="config")
