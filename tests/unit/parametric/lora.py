"""Adapters to test with."""

import numpy as np

from memory_os.domain.payload import ModelFingerprint
from memory_os.parametric.weights import LowRank, Weights

BASE = ModelFingerprint("w", "t", "c", "", 2, 2, 8, "rope", "full", "float32", 1)
CONFIG = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"]}


def made(seed: int = 0, rank: int = 4, alpha: float = 8.0, modules: int = 2) -> Weights:
    """Return a random adapter of modules with 12 inputs and 20 outputs."""
    chance = np.random.default_rng(seed)
    return Weights(
        {
            f"base_model.model.layers.{number}.q_proj": LowRank(
                chance.standard_normal((rank, 12)).astype(np.float32),
                chance.standard_normal((20, rank)).astype(np.float32),
            )
            for number in range(modules)
        },
        rank,
        alpha,
    )
