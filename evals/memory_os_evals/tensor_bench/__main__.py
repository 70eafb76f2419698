"""Measure and print: ``python -m memory_os_evals.tensor_bench [--lengths 512,1024] [--json]``."""

import argparse
import json
import platform
import sys
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from memory_os_agents.runtimes.transformers_runtime import TransformersRuntime
from memory_os_evals.tensor_bench.adapters import adapters
from memory_os_evals.tensor_bench.caches import files, first_tokens, lookups, quality
from memory_os_evals.tensor_bench.toys import llama, tokenizer, vendor

LENGTHS = "512,1024,2048,4096"


def measure(lengths: list[int], width: int, layers: int, seed: int, log: Console) -> dict[str, Any]:
    """Run everything on random models: times are real, answers are a toy's."""
    log.print(f"a model of width {width} and {layers} layers …")
    runtime = TransformersRuntime(llama(width, layers, seed), tokenizer())
    chance = np.random.default_rng(seed)
    tokens = tuple(int(t) for t in chance.integers(1, 257, 2_048 + 64))
    log.print("first tokens …")
    first = first_tokens(runtime, lengths, seed)
    log.print("files, codecs, look-ups …")
    read = files(runtime.prefill(tokens[:2_048]), runtime.fingerprint)
    said = quality(runtime, tokens[: 1_024 + 32])
    looked = lookups(seed)
    log.print("adapters …")
    peft = vendor("memory_os_agents.runtimes.peft_trainer")
    trained = adapters(peft.PeftTrainer(llama(64, 2, seed, 0.1), tokenizer()))
    torch = vendor("torch")
    return {
        "machine": {
            "python": platform.python_version(),
            "processor": platform.machine(),
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
            "parameters": sum(each.numel() for each in runtime.model.parameters()),
        },
        "seed": seed,
        "first_token": first,
        "files": read,
        "quality": said,
        "lookups": looked,
        "adapters": trained,
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print the result as tables."""
    console.print(result["machine"])
    for title in ("first_token", "files", "quality", "lookups", "adapters"):
        rows = result[title]
        names = list(dict.fromkeys(name for row in rows for name in row))
        table = Table(title=title)
        for name in names:
            words = isinstance(rows[0].get(name), str)
            table.add_column(name, justify="left" if words else "right")
        for row in rows:
            table.add_row(*(_cell(row.get(name, "")) for name in names))
        console.print(table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="memory_os_evals.tensor_bench", description=__doc__)
    parser.add_argument("--lengths", default=LENGTHS, help="tokens of the prefixes, by commas")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    given = parser.parse_args()
    lengths = [int(each) for each in given.lengths.split(",")]
    log = Console(stderr=True)
    result = measure(lengths, given.width, given.layers, given.seed, log)
    if given.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    else:
        show(result, Console())


if __name__ == "__main__":
    main()
