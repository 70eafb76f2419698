"""The proof: what memory is worth, measured against floors and ceilings."""

from memory_os_evals.recall.report import report
from memory_os_evals.recall.run import Options, Run, run

__all__ = ["Options", "Run", "report", "run"]
