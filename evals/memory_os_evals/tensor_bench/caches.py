"""Times of attention caches: first token with and without, files, codecs, look-ups."""

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

import memory_os
from memory_os import Memory
from memory_os.activation import codecs
from memory_os.activation.checking import check
from memory_os.activation.format import pack, unpack
from memory_os.activation.identity import chain, root
from memory_os.domain.kv import CHUNK, Layers
from memory_os.domain.payload import ModelFingerprint
from memory_os.ports.model_runtime import ModelRuntime
from memory_os_stores.blob.files import FileBlobStore
from memory_os_stores.sql.store import SqlCubeStore
from memory_os_stores.sql.tensor_table import tensors

TIMES = 3
REST = 32
Row = dict[str, Any]


def best(act: Callable[[], object], times: int = TIMES) -> float:
    """Return the seconds of the best of some runs."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        found.append(time.perf_counter() - started)
    return min(found)


def first_tokens(runtime: ModelRuntime, lengths: Sequence[int], seed: int) -> list[Row]:
    """Measure the time to the first token behind a prefix and 32 tokens more.

    ``full`` computes all. The others find the cache, read its files, verify, decode and go on:
    from this process's memory, from files that the system has in memory, and from files that it was
    told to forget. ``uses_to_pay`` is N*: the seconds to compute, keep and check it, over those
    that each use saves.
    """
    chance = np.random.default_rng(seed)
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        for length in lengths:
            tokens = tuple(int(t) for t in chance.integers(1, 257, length + REST))
            full = best(partial(runtime.generate, tokens, most=1))
            rows.append({"tokens": length, "from": "full prefill", "ms": full * 1e3, "ratio": 1.0})
            for codec in ("native", "int8"):
                url = f"sqlite:///{folder}/{length}-{codec}.db"
                with memory_os.connect(url) as memory:
                    started = time.perf_counter()
                    layers = runtime.prefill(tokens[:length])
                    kept = memory.store_activation(
                        runtime.fingerprint, tokens[:length], layers, codec=codec
                    )
                    memory.verify_activation(runtime, kept, tokens[:length])
                    build = time.perf_counter() - started
                    rows += _reads(runtime, memory, url, tokens, codec, full, build)
    return rows


def _reads(
    runtime: ModelRuntime,
    memory: Memory,
    url: str,
    tokens: tuple[int, ...],
    codec: str,
    full: float,
    build: float,
) -> list[Row]:
    length = len(tokens) - REST
    files = Path(f"{url.removeprefix('sqlite:///')}.blobs")

    def use(opened: Memory) -> float:
        started = time.perf_counter()
        found = opened.find_prefix(runtime.fingerprint, tokens[:length])
        prefix = opened.load_prefix(found, runtime.fingerprint)
        runtime.generate(tokens, prefix, most=1)
        return time.perf_counter() - started

    def fresh(*, forget: bool) -> float:
        if forget:
            _forget(files)
        with memory_os.connect(url) as other:
            other.find_prefix(runtime.fingerprint, tokens[:length])
            return use(other)

    use(memory)
    measured = {
        "memory": min(use(memory) for _ in range(TIMES)),
        "disk": min(fresh(forget=False) for _ in range(TIMES)),
        "cold disk": min(fresh(forget=True) for _ in range(TIMES)),
    }
    return [
        {
            "tokens": length,
            "from": f"{place}, {codec}",
            "ms": seconds * 1e3,
            "ratio": full / seconds,
            "uses_to_pay": build / (full - seconds) if seconds < full else float("inf"),
        }
        for place, seconds in measured.items()
    ]


def _forget(folder: Path) -> None:
    """Tell the system to drop the files' pages; one that cannot leaves them warm."""
    for path in folder.rglob("*.safetensors"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def files(layers: Layers, model: ModelFingerprint) -> list[Row]:
    """Measure storing and loading beside plain safetensors and plain sequential files, in MB/s.

    Stored is durable: written, synced, renamed; so are the plain ones. ``of output`` counts the
    bytes of the numbers that come out.
    """
    count = layers.tokens // CHUNK
    size = layers.part(0, count * CHUNK).nbytes / 1e6
    parts = [layers.part(at * CHUNK, (at + 1) * CHUNK) for at in range(count)]
    rows: list[Row] = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        plain = [np.ascontiguousarray(a) for a in (*layers.keys, *layers.values)]
        raw = b"".join(a.tobytes() for a in plain)

        def sequential() -> None:
            with (folder / "raw").open("wb") as file:
                file.write(raw)
                os.fsync(file.fileno())

        def vendor() -> None:
            save_file({str(n): a for n, a in enumerate(plain)}, str(folder / "plain"))
            with (folder / "plain").open("rb") as file:
                os.fsync(file.fileno())

        blobs = FileBlobStore(folder / "blobs")
        put = {codec: [pack(part, model, codec) for part in parts] for codec in codecs.CODECS}
        rows.append({"what": "store, sequential write and sync", "mb_s": size / best(sequential)})
        rows.append({"what": "store, plain safetensors", "mb_s": size / best(vendor)})
        times = []
        for tenant in ("s", "u", "t"):
            started = time.perf_counter()
            held = blobs.put_many(tenant, (pack(part, model) for part in parts))
            times.append(time.perf_counter() - started)
        rows.append({"what": "store, native", "mb_s": size / min(times)})
        rows.append(
            {
                "what": "load, sequential read",
                "mb_s": size / best((folder / "raw").read_bytes),
            }
        )
        rows.append(
            {
                "what": "load, plain safetensors",
                "mb_s": size / best(lambda: load_file(str(folder / "plain"))),
            }
        )
        rows.append(
            {
                "what": "load, native, verified",
                "mb_s": size
                / best(lambda: [_touch(unpack(blobs.read("t", blob), model)) for blob in held]),
            }
        )
        rows.append(
            {
                "what": "load, native, not verified",
                "mb_s": size
                / best(
                    lambda: [
                        _touch(unpack(blobs.read("t", blob, verify=False), model)) for blob in held
                    ]
                ),
            }
        )
        for codec in ("int8", "fp8", "int4"):
            seconds = best(partial(_decoded, put[codec], model))
            rows.append({"what": f"decode {codec}, of output", "mb_s": size / seconds})
            seconds = best(partial(_encoded, parts, model, codec))
            rows.append({"what": f"encode {codec}, of input", "mb_s": size / seconds})
    return rows


def _decoded(files_: Sequence[bytes], model: ModelFingerprint) -> None:
    for file in files_:
        unpack(file, model)


def _encoded(parts: Sequence[Layers], model: ModelFingerprint, codec: str) -> None:
    for part in parts:
        pack(part, model, codec)


def _touch(layers: Layers) -> float:
    return float(sum(a.reshape(-1)[::1024].sum() for a in (*layers.keys, *layers.values)))


def quality(runtime: ModelRuntime, tokens: tuple[int, ...]) -> list[Row]:
    """Measure what each codec does to the model's answers, and a wrong cache beside them."""
    full = len(tokens) // CHUNK * CHUNK
    head, layers = tokens[:full], runtime.prefill(tokens[:full])
    whole = _log_softmax(runtime.logits(tokens)[full:])
    rows: list[Row] = []
    wrong = runtime.prefill(tuple(reversed(head)))
    for codec, given in (*((name, layers) for name in codecs.CODECS), ("a wrong cache", wrong)):
        kept = "native" if codec == "a wrong cache" else codec
        file = pack(given, runtime.fingerprint, kept)
        read = unpack(file, runtime.fingerprint)
        found = _log_softmax(runtime.logits(tokens, read))
        done = check(runtime, head, read, kept)
        rows.append(
            {
                "codec": codec,
                "smaller": layers.nbytes / len(file),
                "max_logit": done.max_logit_difference,
                "top1": done.top1_agreement,
                "kl_nats": float((np.exp(whole) * (whole - found)).sum(-1).mean()),
                "check": "passed" if done.passed else "refused",
            }
        )
    return rows


def _log_softmax(logits: Any) -> Any:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def lookups(seed: int, chunks: int = 100_000, asked: int = 200) -> list[Row]:
    """Measure finding who holds the chunks of a prompt among many, in microseconds a chunk."""
    model = ModelFingerprint("w", "t", "c", "", 1, 1, 8, "r", "full", "float32", 1)
    start = root(model, b"salt")
    hashes = chain(start, np.random.default_rng(seed).integers(0, 1 << 20, asked * CHUNK).tolist())
    others = (
        {
            "tenant_id": "t",
            "cube_id": f"c{n // 100}",
            "version": 1,
            "position": n % 100,
            "chain": f"{n:064x}",
            "path": f"{n:064x}",
        }
        for n in range(chunks - asked)
    )
    mine = (
        {"tenant_id": "t", "cube_id": "mine", "version": 1, "position": n, "chain": h, "path": h}
        for n, h in enumerate(hashes)
    )
    with TemporaryDirectory() as folder:
        store = SqlCubeStore.open(f"sqlite:///{folder}/memory.db")
        with store.tensors.database.writing() as lane:
            lane.connection.execute(tensors.insert(), [*others, *mine])
        seconds = best(lambda: store.tensors.holding("t", hashes), 5)
        hashing = best(lambda: chain(start, list(range(asked * CHUNK))))
        store.close()
    return [
        {"what": f"look up, of {chunks:,} chunks", "us_a_chunk": seconds / asked * 1e6},
        {"what": "hash", "us_a_chunk": hashing / asked * 1e6},
    ]
