"""The figures of the redaction suite as text for people."""

from collections.abc import Iterator
from typing import Any

from memory_os_evals.merging.run import Document


def report(document: Document) -> str:
    """Return the report as Markdown, drawn from the document alone."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Any) -> Iterator[str]:
    yield f"# {' and '.join(document['policies'])}"
    yield ""
    yield f"{document['data']['texts']} texts, SHA-256 {document['data']['sha256'][:16]}."
    for name, title in (("kinds", "all texts"), ("by_hand", "written by hand")):
        yield ""
        yield f"| {title} | precision | recall | exact span |"
        yield "|---|---|---|---|"
        for row in document[name]:
            rates = (row["precision"], row["recall"], row["exact"])
            yield f"| {row['kind']} | {' | '.join(map(_rate, rates))} |"
    plain, orders = document["plain"], document["injection"]
    yield ""
    yield f"Look-alikes with anything found: {_rate(plain['touched'])}."
    yield ""
    yield f"| orders to a model, score >= {orders['at']} | precision | recall | false alarms |"
    yield "|---|---|---|---|"
    rates = (orders["precision"], orders["recall"], orders["false_alarms"])
    asked = f"{orders['attacks']} attacks, {orders['innocent']} others"
    yield f"| {asked} | {' | '.join(map(_rate, rates))} |"
    yield ""
    yield f"Fingerprint {document['fingerprint']}."


def _rate(found: Any) -> str:
    low, high = 100 * found["low"], 100 * found["high"]
    share = f"{100 * found['rate']:.1f} % ({low:.1f} to {high:.1f})"
    return f"{found['count']}/{found['of']} = {share}"
