"""Measure and print: ``python -m memory_os_evals.bench [--sizes 1000,10000,100000] [--json]``."""

import argparse
import json
import platform
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from memory_os_evals.bench.governance import governance
from memory_os_evals.bench.measure import adds, searches
from memory_os_evals.bench.sweeping import sweeps

SIZES = "1000,10000,100000"


def measure(sizes: list[int], seed: int, log: Console) -> dict[str, Any]:
    """Run everything and return it with the ratios to the plain loops."""
    log.print("adds …")
    added = adds(seed)
    found, opened = [], []
    for size in sizes:
        log.print(f"search at {size:,} cubes …")
        rows, opening = searches(seed, size)
        found += rows
        opened.append(opening)
    log.print("governance on and off …")
    governed = governance(seed)
    log.print(f"sweeps over {max(sizes):,} cubes …")
    swept = sweeps(seed, max(sizes))
    return {
        "machine": {"python": platform.python_version(), "processor": platform.machine()},
        "seed": seed,
        "adds": _ratios(added, "system", ("single_adds_per_s", "batched_adds_per_s")),
        "search": [
            row
            for size in sizes
            for row in _ratios(
                [r for r in found if r["cubes"] == size], "system", ("p50_ms", "p95_ms")
            )
        ],
        "open": opened,
        "governance": governed,
        "sweeps": swept,
    }


def _ratios(rows: list[Any], key: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Give each baseline the ratio of memory-os to it."""
    ours = next(row for row in rows if row[key] == "memory-os")
    return [
        row | {f"memory_os_ratio_{name}": ours[name] / row[name] for name in names} for row in rows
    ]


def show(result: dict[str, Any], console: Console) -> None:
    """Print the result as tables."""
    for title in ("adds", "search", "open", "governance", "sweeps"):
        rows = result[title]
        table = Table(title=title)
        for name in rows[0]:
            table.add_column(
                name, justify="left" if name in ("system", "sweep", "governance") else "right"
            )
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        console.print(table)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="memory_os_evals.bench", description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help=f"cubes in the scope (default {SIZES})")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON document only")
    given = parser.parse_args()
    log = Console(stderr=True)
    result = measure([int(size) for size in given.sizes.split(",")], given.seed, log)
    if given.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    else:
        show(result, Console(width=160))


if __name__ == "__main__":
    main()
