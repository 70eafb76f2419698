"""Put one arm through the questions, and note what it answered and how long it took."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from memory_os_evals.arms.port import Arm, Ask
from memory_os_evals.recall.metrics import DEPTH, score
from memory_os_evals.recall.words import count_tokens
from memory_os_evals.shape import Bank, Dataset, Question

TOP = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What an arm returned for one question (at most 50 ids are kept), with every metric.

    ``tokens`` is the size of the first ten items, ``milliseconds`` the time of the one call.
    """

    question: Question
    ranking: tuple[str, ...]
    scores: dict[str, float]
    tokens: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Played:
    """One arm's answers, in the order of the questions, and the time it took to take banks in."""

    arm: str
    answers: tuple[Answer, ...]
    remember_seconds: float


class Progress(Protocol):
    """Hear how far a run is."""

    def start(self, arm: str, steps: int) -> None:
        """Hear that an arm begins, and of how many steps it will be told."""
        ...

    def step(self) -> None:
        """Hear that a bank was taken in or a question was answered."""
        ...


class Silent:
    """Tell nobody."""

    def start(self, arm: str, steps: int) -> None:
        """Do nothing."""

    def step(self) -> None:
        """Do nothing."""


def play(
    name: str,
    arm: Arm,
    dataset: Dataset,
    questions: Sequence[Question],
    *,
    progress: Progress,
    timer: Callable[[], float] = perf_counter,
) -> Played:
    """Let ``arm`` remember every bank that is asked about, then answer; close it at the end."""
    asked = {question.bank for question in questions}
    banks = [bank for bank in dataset.banks if bank.id in asked]
    progress.start(name, len(banks) + len(questions))
    with closing(arm):
        started = timer()
        for bank in banks:
            arm.remember(bank)
            progress.step()
        seconds = timer() - started
        answers = tuple(_answers(arm, banks, questions, progress=progress, timer=timer))
    return Played(name, answers, seconds)


def _answers(
    arm: Arm,
    banks: Sequence[Bank],
    questions: Sequence[Question],
    *,
    progress: Progress,
    timer: Callable[[], float],
) -> Iterator[Answer]:
    sizes = {(bank.id, item.id): count_tokens(item.text) for bank in banks for item in bank.items}
    for question in questions:
        ask = Ask(question.id, question.bank, question.text, DEPTH)
        started = timer()
        ranking = tuple(dict.fromkeys(arm.recall(ask)))
        elapsed = timer() - started
        yield Answer(
            question=question,
            ranking=ranking[:DEPTH],
            scores=score(ranking, question.gold),
            tokens=sum(sizes[question.bank, item] for item in ranking[:TOP]),
            milliseconds=1000 * elapsed,
        )
        progress.step()
