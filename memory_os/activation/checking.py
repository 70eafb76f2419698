"""Whether a cache says what a full prefill says: probes, and how far each codec may be off."""

import numpy as np

from memory_os.domain.kv import Layers
from memory_os.domain.payload import Check
from memory_os.errors import InvalidInput
from memory_os.ports.model_runtime import ModelRuntime

PROBES = 8
"""How many continuations are compared."""

_LENGTH = 8

LIMITS = {"native": 2e-2, "int8": 0.5, "fp8": 3.0, "int4": 4.0}
"""How far a logit may be off, by codec.

A wrong cache is off by more than one even in a toy; native ones are equal but for the order of
sums, half precision being off by up to a hundredth. The lossy codecs are judged by their tokens.
"""

AGREEMENT = {"native": 1.0, "int8": 0.99, "fp8": 0.95, "int4": 0.95}
"""The least share of positions at which the most likely token is the same, by codec."""


def passes(check: Check, codec: str) -> bool:
    """Tell whether a check is good enough for a cache kept in ``codec``."""
    return (
        check.probes >= PROBES
        and check.max_logit_difference <= LIMITS[codec]
        and check.top1_agreement >= AGREEMENT[codec]
    )


def check(
    runtime: ModelRuntime, tokens: tuple[int, ...], prefix: Layers, codec: str, seed: int = 0
) -> Check:
    """Compare the logits behind ``prefix`` with those of a full prefill, over eight continuations.

    Each is eight tokens drawn from the prefix's own; ``tokens`` are the prefix's.

    Raises:
        InvalidInput: the tokens are not as many as the prefix's, or the window has no room.
    """
    if len(tokens) != prefix.tokens:
        raise InvalidInput(f"{len(tokens)} tokens for a prefix of {prefix.tokens}", field="tokens")
    chance = np.random.default_rng(seed)
    worst, agreed, compared = 0.0, 0, 0
    for _ in range(PROBES):
        drawn = chance.choice(np.array(tokens), _LENGTH)
        probe = (*tokens, *(int(token) for token in drawn))
        whole = runtime.logits(probe)[prefix.tokens :]
        found = runtime.logits(probe, prefix)
        worst = max(worst, float(np.abs(whole - found).max()))
        agreed += int((whole.argmax(-1) == found.argmax(-1)).sum())
        compared += len(found)
    done = Check(PROBES, agreed / compared, worst, passed=False)
    return Check(PROBES, done.top1_agreement, worst, passed=passes(done, codec))
