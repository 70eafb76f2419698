"""Run a recall suite: read, choose the questions, play every arm, summarise."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from memory_os_evals.arms.catalogue import ARMS, BASELINE, DEFAULT, check_names
from memory_os_evals.arms.port import Setting
from memory_os_evals.errors import BadData, EvaluationError, unknown
from memory_os_evals.recall.play import Played, Progress, Silent, play
from memory_os_evals.recall.suites import Suite, find_suite
from memory_os_evals.recall.summary import Document, Summary, fingerprint
from memory_os_evals.shape import Dataset, Question

SCHEMA = 1
_TOP = 10


@dataclass(frozen=True, slots=True)
class Options:
    """What is to be run. Unset categories: the suite's headline and what it keeps apart."""

    suite: str
    data: Path
    corpus: Path | None = None
    arms: tuple[str, ...] = DEFAULT
    categories: tuple[str, ...] = ()
    limit: int | None = None
    unit: str | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: its document, and every answer of every arm behind it."""

    document: Document
    played: tuple[Played, ...]


def run(options: Options, progress: Progress | None = None) -> Run:
    """Run what ``options`` ask for; the same options give the same document, times apart.

    Raises:
        EvaluationError: a name is unknown, a file is missing or has another shape, or nothing
            is left to ask. No arm has been opened then.
    """
    suite = find_suite(options.suite)
    unit = options.unit or suite.units[0]
    if unit not in suite.units:
        raise unknown("unit", unit, suite.units)
    names = check_names(options.arms)
    dataset = suite.read(options.data, options.corpus, unit)
    headline, questions = _chosen(suite, dataset, options)
    setting = Setting(options.seed, {question.id: question.gold for question in questions})
    played = tuple(
        play(name, ARMS[name].open(setting), dataset, questions, progress=progress or Silent())
        for name in names
    )
    categories = suite.ordered({question.category for question in questions})
    summary = Summary(suite.name, questions, headline, categories, seed=options.seed)
    arms = {one.arm: summary.arm(one) for one in played}
    document: Document = {
        "schema": SCHEMA,
        "suite": suite.name,
        "version": suite.version,
        "unit": unit,
        "seed": options.seed,
        "limit": options.limit,
        "headline": suite.ordered(headline),
        "category_numbers": {name: number for number, name in suite.numbers.items()},
        "n": summary.n,
        "clusters": summary.clusters,
        **_facts(dataset, questions),
        "arms": arms,
        "baseline": BASELINE,
        "differences": _differences(summary, played),
        "fingerprint": fingerprint(arms),
    }
    return Run(document, played)


def _chosen(
    suite: Suite, dataset: Dataset, options: Options
) -> tuple[frozenset[str], list[Question]]:
    """Return the headline's categories and the questions to ask: those that have evidence."""
    if options.limit is not None and options.limit < 1:
        raise EvaluationError(f"limit is {options.limit}; ask at least one question")
    known = list(dict.fromkeys(question.category for question in dataset.questions))
    asked = frozenset(suite.category(name, known) for name in options.categories)
    usable = [question for question in dataset.questions if question.gold]
    chosen = [question for question in usable if not asked or question.category in asked]
    chosen = chosen[: options.limit]
    covered = {question.category for question in chosen}
    headline = covered if asked else covered - suite.apart
    if not headline:
        raise BadData(f"{dataset.files[0].name}: no question with evidence is left to ask")
    return frozenset(headline), chosen


def _facts(dataset: Dataset, questions: Sequence[Question]) -> Document:
    return {
        "data": [asdict(file) for file in dataset.files],
        "banks": len(dataset.banks),
        "items": sum(len(bank.items) for bank in dataset.banks),
        "questions": len(dataset.questions),
        "without_evidence": sum(not question.gold for question in dataset.questions),
        "dropped_evidence": dataset.dropped_evidence,
        "evidence_over_10": sum(len(question.gold) > _TOP for question in questions),
        "defects": dict(dataset.defects),
    }


def _differences(summary: Summary, played: Sequence[Played]) -> Document:
    """Return every other arm minus the BM25 floor, where that was run."""
    floor = next((one for one in played if one.arm == BASELINE), None)
    if floor is None:
        return {}
    others = [one for one in played if one is not floor]
    return {one.arm: summary.difference(one, floor) for one in others}
