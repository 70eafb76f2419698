"""Measuring what a prefix costs a runtime: to compute, and to take from a file and put in."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from memory_os.activation.format import pack, unpack
from memory_os.domain.kv import CHUNK, joined
from memory_os.errors import InvalidInput
from memory_os.policies.promotion import Calibration
from memory_os.ports.model_runtime import ModelRuntime

_TIMES = 3
LENGTHS = (256, 512, 1_024)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds by number of tokens, measured on one runtime; between them a straight line."""

    tokens: tuple[int, ...]
    prefill: tuple[float, ...]
    load: tuple[float, ...]
    build: tuple[float, ...]
    bytes: tuple[int, ...]

    def at(self, tokens: int) -> Calibration:
        """Return what was measured for a prefix of so many tokens.

        Past the longest measured, the times of the longest grow with the tokens: attention grows
        faster, so what a cache saves is rather more.
        """

        def seconds(values: Sequence[float]) -> float:
            if tokens > self.tokens[-1]:
                return float(values[-1] * tokens / self.tokens[-1])
            return float(np.interp(tokens, self.tokens, values))

        return Calibration(
            seconds(self.prefill),
            seconds(self.load),
            0.0,
            seconds(self.build),
            round(seconds(self.bytes)),
        )


def calibrate(
    runtime: ModelRuntime,
    tokens: Sequence[int],
    codec: str = "native",
    clock: Callable[[], float] = time.perf_counter,
) -> Measured:
    """Measure prefixes of ``tokens`` of up to 1,024 tokens, the best of three times each.

    ``load`` reads the chunks' files from memory, verifies their SHA-256, decodes them and computes
    one token behind them; ``prefill`` computes everything and that token.

    Raises:
        InvalidInput: there are not more than 256 tokens.
    """
    if len(tokens) <= CHUNK:
        raise InvalidInput(f"measuring takes more than {CHUNK} tokens", field="tokens")
    lengths = [length for length in LENGTHS if length < len(tokens)]
    rows = [_row(runtime, tokens, length, codec, clock) for length in lengths]
    prefill, load, build, size = zip(*rows, strict=True)
    return Measured(tuple(lengths), prefill, load, build, size)


def _row(
    runtime: ModelRuntime,
    tokens: Sequence[int],
    length: int,
    codec: str,
    clock: Callable[[], float],
) -> tuple[float, float, float, int]:
    asked, model = tokens[: length + 1], runtime.fingerprint
    started = clock()
    layers = runtime.prefill(asked[:-1])
    files = [pack(layers.part(at, at + CHUNK), model, codec) for at in range(0, length, CHUNK)]
    build = clock() - started
    digests = [hashlib.sha256(file).digest() for file in files]

    def load() -> None:
        if [hashlib.sha256(file).digest() for file in files] != digests:
            raise InvalidInput("a file changed while it was measured", field="tokens")
        runtime.logits(asked, joined([unpack(file, model) for file in files]))

    prefill = _best(lambda: runtime.generate(asked, most=1), clock)
    return prefill, _best(load, clock), build, sum(map(len, files))


def _best(act: Callable[[], object], clock: Callable[[], float]) -> float:
    times = []
    for _ in range(_TIMES):
        started = clock()
        act()
        times.append(clock() - started)
    return min(times)
