"""Draw a result document as Markdown tables that are readable as they stand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from memory_os_evals.recall.metrics import METRICS

Figures = Mapping[str, Any]
Row = Sequence[str]

_SHORT = {"recall": "R", "mrr": "MRR", "ndcg": "nDCG"}
_WITH_INTERVAL = ("recall@5", "recall@10", "mrr", "ndcg@10")
_FEW = 20


def report(document: Figures) -> str:
    """Return the whole report; scores are per cent, the first column names the unit."""
    arms: Mapping[str, Figures] = document["arms"]
    heads = [_head(name) for name in METRICS]
    some = [_head(name) for name in _WITH_INTERVAL]
    unit = document["unit"]
    blocks = [
        f"# {document['suite']}@{document['version']}, by {unit}",
        _facts(document),
        _table([unit, "n", *heads], [_scores(arm, arms[arm]) for arm in arms]),
        f"95 % intervals, {_clusters(document['clusters'])}:",
        _table([unit, *some], [_intervals(arm, arms[arm]) for arm in arms]),
    ]
    if document["differences"]:
        gains: Mapping[str, Figures] = document["differences"]
        blocks += [
            f"Paired difference from {document['baseline']}, in points, and its 95 % interval:",
            _table([unit, *some], [_gains(arm, gains[arm]) for arm in gains]),
        ]
    blocks += [
        "By category:",
        _table([f"{unit}, category", "arm", "n", *heads], list(_by_category(document))),
        "Cost of a question, and of taking everything in:",
        _table(
            [unit, "tokens@10", "p95", "p50 ms", "p95 ms", "unanswered", "remember s"],
            [_cost(arm, arms[arm]) for arm in arms],
        ),
        f"Fingerprint of all figures but the times: {document['fingerprint'][:16]}",
    ]
    return "\n\n".join(blocks) + "\n"


def _facts(document: Figures) -> str:
    files = ", ".join(f"{file['name']} ({file['sha256'][:12]})" for file in document["data"][:2])
    more = f" and {len(document['data']) - 2} more" if len(document["data"]) > 2 else ""
    lines = [
        f"- data: {files}{more}",
        f"- {document['items']} items in {document['banks']} banks,"
        f" {document['questions']} questions",
        f"- headline: n = {document['n']} questions in {document['clusters']} clusters"
        f" ({', '.join(document['headline'])})",
        f"- {document['dropped_evidence']} evidence ids dropped, {document['without_evidence']}"
        f" questions without evidence left out, {document['evidence_over_10']} with more than 10"
        " (all@10 cannot be reached)",
    ]
    lines += [f"- {count} {defect}" for defect, count in document["defects"].items() if count]
    return "\n".join(lines)


def _clusters(count: int) -> str:
    few = ": few, so they are too narrow rather than too wide" if count < _FEW else ""
    return f"clustered ({count} clusters{few})"


def _by_category(document: Figures) -> Iterator[Row]:
    arms: Mapping[str, Figures] = document["arms"]
    for category in next(iter(arms.values()))["categories"]:
        number = document["category_numbers"].get(category)
        label = category if number is None else f"{category} ({number})"
        for arm in arms:
            yield [label, *_scores(arm, arms[arm]["categories"][category])]


def _scores(arm: str, figures: Figures) -> Row:
    return [arm, str(figures["n"]), *(_percent(figures[name]) for name in METRICS)]


def _intervals(arm: str, figures: Figures) -> Row:
    return [arm, *(_range(figures["intervals"][name]) for name in _WITH_INTERVAL)]


def _gains(arm: str, gains: Figures) -> Row:
    cells = (gains[name] for name in _WITH_INTERVAL)
    return [arm, *(f"{100 * cell['mean']:+.1f} ({_range(cell['interval'])})" for cell in cells)]


def _cost(arm: str, figures: Figures) -> Row:
    tokens, times = figures["tokens@10"], figures["latency_ms"]
    return [
        arm,
        f"{tokens['mean']:.0f}",
        f"{tokens['p95']:.0f}",
        f"{times['p50']:.2f}",
        f"{times['p95']:.2f}",
        str(figures["unanswered"]),
        f"{figures['remember_seconds']:.2f}",
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _range(ends: Sequence[float] | None) -> str:
    return "one cluster" if ends is None else f"{_percent(ends[0])} to {_percent(ends[1])}"


def _head(metric: str) -> str:
    name, at, cutoff = metric.partition("@")
    return f"{_SHORT.get(name, name)}{at}{cutoff}"


def _table(heads: Row, rows: Sequence[Row]) -> str:
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    ruler = ["-" * width for width in widths]
    return "\n".join(_line(row, widths) for row in (heads, ruler, *rows))


def _line(row: Row, widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return f"| {' | '.join([first, *rest])} |"
