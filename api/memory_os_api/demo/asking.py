"""Put the shipped questions to a memory and see which turns it cites."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from time import perf_counter

from memory_os.domain.hit import Outcome
from memory_os.domain.operations import Hit, SearchResult
from memory_os.sdk import Memory
from memory_os_api.demo.conversation import UNANSWERABLE, Question
from memory_os_api.demo.result import Asked, Check

TOP = 5
THRESHOLD = 0.5
REQUIRED_SHARE = 0.75
REQUIRED_SHARE_CHANGED = 0.75
REQUIRED_DECLINED = 0.6
MOST_MISTAKEN = 0.15


def ask(
    memory: Memory, question: Question, *, user_id: str, as_of: datetime | None = None
) -> tuple[Asked, SearchResult]:
    """Ask one question, at ``as_of`` if given, and compare the hits with its gold turns."""
    started = perf_counter()
    result = memory.search(question.question, user_id=user_id, top_k=TOP, as_of=as_of)
    elapsed = (perf_counter() - started) * 1000
    cited = cited_turns(result.results)
    rank = first_rank(cited, question.gold)
    asked = Asked(
        id=question.id,
        kind=question.kind,
        question=question.question,
        outcome=result.outcome.value,
        rank=rank,
        relevance=max((hit.relevance for hit in result.results), default=0.0),
        cited=cited,
        milliseconds=elapsed,
    )
    return asked, result


def cited_turns(hits: Iterable[Hit]) -> tuple[str, ...]:
    """Return the turn ids of the hits, best first."""
    return tuple(hit.external_id or hit.id for hit in hits)


def first_rank(cited: Sequence[str], gold: Iterable[str]) -> int | None:
    """Return the rank, from 1, of the first cited turn that is gold."""
    wanted = set(gold)
    return next((rank for rank, turn in enumerate(cited, 1) if turn in wanted), None)


def recall_check(asked: Sequence[Asked]) -> Check:
    """Require that enough answerable questions have a gold turn among the cited ones."""
    counted = [one for one in asked if one.kind != UNANSWERABLE]
    found = sum(one.rank is not None for one in counted)
    share = found / len(counted)
    return Check(
        f"a gold turn in the top {TOP} for at least {REQUIRED_SHARE:.0%} of the questions",
        share >= REQUIRED_SHARE,
        f"{found} of {len(counted)}, {share:.1%}",
    )


def abstention_check(asked: Sequence[Asked]) -> Check:
    """Require that a threshold declines most questions without an answer, and few of the others."""
    hopeless = [one for one in asked if one.kind == UNANSWERABLE]
    fair = [one for one in asked if one.kind != UNANSWERABLE]
    declined = sum(one.relevance < THRESHOLD for one in hopeless)
    mistaken = sum(one.relevance < THRESHOLD for one in fair)
    unasked = sum(one.outcome != Outcome.FOUND.value for one in hopeless)
    return Check(
        f"threshold={THRESHOLD} declines questions that have no answer, and few that have one",
        declined >= REQUIRED_DECLINED * len(hopeless) and mistaken <= MOST_MISTAKEN * len(fair),
        f"{declined} of {len(hopeless)} declined, {mistaken} of {len(fair)} answerable ones by "
        f"mistake; without a threshold {unasked} of {len(hopeless)}",
    )


def changed_check(memory: Memory, questions: Iterable[Question], *, user_id: str) -> Check:
    """Require that changed facts read as they stood before and after the change."""
    right, total, leaks = 0, 0, 0
    for question in questions:
        for moment in (question.before, question.after):
            if moment is None:
                continue
            _, result = ask(memory, question, user_id=user_id, as_of=moment.as_of)
            total += 1
            right += first_rank(cited_turns(result.results), moment.gold) is not None
            leaks += any(hit.created_at > moment.as_of for hit in result.results)
    share = right / total if total else 0.0
    return Check(
        "changed facts read as they stood before and after, and nothing later leaks in",
        share >= REQUIRED_SHARE_CHANGED and leaks == 0,
        f"{right} of {total} right, {leaks} answers with a later turn",
    )


def best_text(result: SearchResult, gold: Iterable[str]) -> str:
    """Return the text of the best cited gold turn, or of the best hit where none is gold."""
    wanted = set(gold)
    best = next((hit for hit in result.results if hit.external_id in wanted), None)
    if best is not None:
        return best.memory
    return result.results[0].memory if result.results else "nothing"
