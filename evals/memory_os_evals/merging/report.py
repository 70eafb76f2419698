"""The figures of the merge suite as text for people."""

from collections.abc import Iterator
from typing import Any

from memory_os_evals.merging.run import Document


def report(document: Document) -> str:
    """Return the report as Markdown, drawn from the document alone."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Any) -> Iterator[str]:
    held, tau = document["held"], document["tau"]
    yield f"# {document['policy']} with {document['embedder']}"
    yield ""
    yield f"{document['data']['pairs']} pairs, SHA-256 {document['data']['sha256'][:16]}."
    shown = "none keeps the bar" if tau is None else f"{tau:.3f}"
    yield f"Chosen threshold: {shown}; shipped: {document['shipped_tau']}."
    yield ""
    yield "| half, pairs | false merges | false splits |"
    yield "|---|---|---|"
    for name in ("held", "choose"):
        half = document[name]
        yield f"| {name} | {_rate(half['false_merges'])} | {_rate(half['false_splits'])} |"
    hand = held["by_hand"]
    yield (
        f"| held, hand-written | {_rate(hand['false_merges'])} | {_rate(hand['false_splits'])} |"
    )
    yield ""
    high = 100 * held["false_merges"]["high"]
    kept = "kept" if high <= 100 * document["bar"] else "MISSED"
    bar = f"{100 * document['bar']:.1f} %"
    yield f"Bar: upper bound of false merges <= {bar}: {high:.2f} %, {kept}."
    yield ""
    yield "| class | label | error, held half | near enough to be looked at |"
    yield "|---|---|---|---|"
    for row in document["classes"]:
        error = row["error"]
        seen = f"{row['candidates']} of {error['of']}"
        yield f"| {row['class']} | {row['label']} | {_rate(error)} | {seen} |"
    yield ""
    yield "| tau | false merges | false splits | by cosine alone: false merges | false splits |"
    yield "|---|---|---|---|---|"
    for point in document["curve"]:
        alone = point["cosine_alone"]
        yield (
            f"| {point['tau']:.3f} | {_rate(point['false_merges'])} | "
            f"{_rate(point['false_splits'])} | {_rate(alone['false_merges'])} | "
            f"{_rate(alone['false_splits'])} |"
        )
    yield ""
    yield f"Fingerprint {document['fingerprint']}."


def _rate(found: Any) -> str:
    low, high = 100 * found["low"], 100 * found["high"]
    return f"{found['count']}/{found['of']} = {100 * found['rate']:.2f} % ({low:.2f} to {high:.2f})"
