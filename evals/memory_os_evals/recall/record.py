"""Keep a run: what was asked for, every answer, the figures, the report."""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path

from memory_os.clock import Clock
from memory_os_evals.errors import OutputTaken
from memory_os_evals.recall.report import report
from memory_os_evals.recall.run import Options, Run
from memory_os_evals.recall.summary import Document

MANIFEST = "manifest.json"
ANSWERS = "answers.jsonl"
SUMMARY = "summary.json"
REPORT = "report.md"


def claim(folder: Path) -> None:
    """Make ``folder`` for the records, before anything is measured; refuse one that is in use."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise OutputTaken(f"cannot keep records in {str(folder)!r}: {error.strerror}") from error
    if taken:
        raise OutputTaken(f"{str(folder)!r} is not empty; name a new folder for the records")


def keep(run: Run, options: Options, folder: Path, *, clock: Clock) -> None:
    """Write the records of a run; the manifest comes last, so its presence means complete."""
    _write(folder / ANSWERS, (json.dumps(answer) + "\n" for answer in _answers(run)))
    _write(folder / SUMMARY, [_pretty(run.document)])
    _write(folder / REPORT, [report(run.document)])
    _write(folder / MANIFEST, [_pretty(manifest(run, options, clock))])


def manifest(run: Run, options: Options, clock: Clock) -> Document:
    """Return what is needed to repeat the run, and what it ran on."""
    return {
        "schema": run.document["schema"],
        "suite": f"{run.document['suite']}@{run.document['version']}",
        "arguments": {
            "arms": list(options.arms),
            "categories": list(options.categories),
            "limit": options.limit,
            "unit": run.document["unit"],
            "seed": options.seed,
        },
        "data": run.document["data"],
        "fingerprint": run.document["fingerprint"],
        "revision": _revision(Path(__file__).parent),
        "packages": _packages(),
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "cores": os.cpu_count(),
        },
        "created": clock.now().isoformat(),
    }


def _answers(run: Run) -> Iterator[Document]:
    """Yield one line an arm and question: ids and scores, no text of the data set."""
    for played in run.played:
        for answer in played.answers:
            yield {
                "arm": played.arm,
                "question": answer.question.id,
                "category": answer.question.category,
                "cluster": answer.question.cluster,
                "gold": sorted(answer.question.gold),
                "ranking": list(answer.ranking),
                "scores": answer.scores,
                "tokens@10": answer.tokens,
                "milliseconds": round(answer.milliseconds, 3),
            }


def _revision(folder: Path) -> str | None:
    """Return the code's revision, ``-dirty`` if changed since; None outside a checkout."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    return answer.stdout.strip() or None


def _packages() -> dict[str, str]:
    return dict(sorted((found.name, found.version) for found in distributions()))


def _pretty(document: Document) -> str:
    return json.dumps(document, indent=2) + "\n"


def _write(path: Path, parts: Iterable[str]) -> None:
    """Write under another name first, so that a file is there whole or not at all."""
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as out:
        out.writelines(parts)
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)
