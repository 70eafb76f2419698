"""Suites whose data ships with the package: nothing to download, nothing to name."""

from collections.abc import Callable
from dataclasses import dataclass

from memory_os_agents.models.static_embedder import StaticEmbedder
from memory_os_evals.merging.report import report
from memory_os_evals.merging.run import Document, passed, run
from memory_os_evals.redaction import report as redaction_report
from memory_os_evals.redaction import run as redaction_run


@dataclass(frozen=True, slots=True)
class Shipped:
    """A suite: what it measures, how to run it, how to tell it, and whether it kept its bar."""

    about: str
    run: Callable[[], Document]
    report: Callable[[Document], str]
    passed: Callable[[Document], bool]


SHIPPED: dict[str, Shipped] = {
    "merge": Shipped(
        about="false merges and false splits of the merging policy on labelled pairs",
        run=lambda: run(StaticEmbedder()),
        report=report,
        passed=passed,
    ),
    "redaction": Shipped(
        about="secrets, personal data and orders to a model: precision and recall by kind",
        run=redaction_run.run,
        report=redaction_report.report,
        passed=redaction_run.passed,
    ),
}
