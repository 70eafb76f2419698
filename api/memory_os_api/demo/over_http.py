"""The second act: the same calls against a service that was started for it."""

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from rich.console import Console

import memory_os
from memory_os.sdk import Memory
from memory_os_api.demo import show
from memory_os_api.demo.asking import ask, best_text, cited_turns, first_rank
from memory_os_api.demo.conversation import Conversation, Question, Session
from memory_os_api.demo.result import Act, Asked, Check
from memory_os_api.demo.service import create_key, serving
from memory_os_api.demo.steps import AGENT, USER

ASKED = ("q01", "q07", "q18")
CHANGED = "q24"


def play_service(
    console: Console, conversation: Conversation, questions: tuple[Question, ...], folder: Path
) -> Act:
    """Start the service, use it, stop it, and return what was measured and checked."""
    show.heading(console, "Act 2: the same over HTTP, with memory-os serve")
    database = f"sqlite:///{folder / 'service.db'}"
    key = create_key(database, name="demo", role="write")
    started = perf_counter()
    with serving(database, folder) as service:
        ready = perf_counter() - started
        console.print(f"  {service.url}, ready after {ready:.1f} s; key {key[:8]}…")
        with memory_os.connect(service.url, api_key=key) as memory:
            measured, asked, checks = _use(console, memory, conversation, questions)
        status = service.stop()
    checks.append(Check("the service stops cleanly", status == 0, f"exit status {status}"))
    act = Act("service", {"ready_seconds": ready, **measured}, tuple(asked), tuple(checks))
    show.note(console, "Measured")
    show.measured(console, act)
    show.checks(console, act.checks)
    return act


def _use(
    console: Console, memory: Memory, conversation: Conversation, questions: tuple[Question, ...]
) -> tuple[dict[str, float | int | str], list[Asked], list[Check]]:
    by_id = {question.id: question for question in questions}
    changed = by_id[CHANGED]
    seconds = _ingest(memory, _until(conversation, changed))
    between = datetime.now(UTC)
    seconds += _ingest(memory, _since(conversation, changed))
    measured: dict[str, float | int | str] = {
        "memories": len(conversation.turns),
        "store_seconds": seconds,
        "stored_per_second": len(conversation.turns) / seconds,
    }
    show.note(console, "Questions over HTTP")
    asked = []
    for name in ASKED:
        one, result = ask(memory, by_id[name], user_id=USER)
        asked.append(one)
        show.answer(console, one.question, result.results, by_id[name].gold)
    found = sum(one.rank is not None for one in asked)
    check = Check("the questions are answered over HTTP", found == len(asked), f"{found} of 3")
    return measured, asked, [check, _then_and_now(console, memory, changed, between)]


def _then_and_now(console: Console, memory: Memory, question: Question, between: datetime) -> Check:
    show.note(console, "A changed fact over HTTP, before and now")
    before, after = question.before, question.after
    if before is None or after is None:
        raise ValueError(f"question {question.id!r} has no answer that changed")
    _, then = ask(memory, question, user_id=USER, as_of=between)
    _, now = ask(memory, question, user_id=USER)
    told = [
        (f"as of {between:%H:%M:%S}", best_text(then, before.gold)),
        ("now", best_text(now, after.gold)),
    ]
    show.moments(console, question.question, told)
    was = first_rank(cited_turns(then.results), before.gold)
    early = first_rank(cited_turns(then.results), after.gold)
    is_now = first_rank(cited_turns(now.results), after.gold)
    return Check(
        "as_of answers with what was known then",
        was is not None and early is None and is_now is not None,
        f"{before.answer!r} then at rank {was}, {after.answer!r} now at rank {is_now}",
    )


def _until(conversation: Conversation, question: Question) -> list[Session]:
    before = question.before
    return [
        session
        for session in conversation.sessions
        if before is None or session.ended_at <= before.as_of
    ]


def _since(conversation: Conversation, question: Question) -> list[Session]:
    early = {session.id for session in _until(conversation, question)}
    return [session for session in conversation.sessions if session.id not in early]


def _ingest(memory: Memory, sessions: list[Session]) -> float:
    started = perf_counter()
    for session in sessions:
        memory.add(session.messages(), user_id=USER, agent_id=AGENT, session_id=session.id)
    return perf_counter() - started
