"""The steps of the first act: each shows one thing on a live memory and returns its check."""

from dataclasses import dataclass
from datetime import timedelta

from rich.console import Console

from memory_os.clock import ManualClock
from memory_os.errors import IllegalTransition, VersionConflict
from memory_os.sdk import Memory
from memory_os_api.demo import show
from memory_os_api.demo.asking import THRESHOLD, ask, best_text
from memory_os_api.demo.conversation import Conversation, Question
from memory_os_api.demo.result import Asked, Check

USER = "halvorsen"
AGENT = "fern"
BUDGET = 260
PREPARE = "How did the trip to Trieste go?"
SHOWN = ("q05", "q10", "q18")
DECLINED = "q30"
CHANGED = ("q22", "q26")


@dataclass(frozen=True, slots=True)
class Stage:
    """What every step works on."""

    console: Console
    conversation: Conversation
    questions: tuple[Question, ...]
    memory: Memory
    clock: ManualClock

    def question(self, name: str) -> Question:
        """Return the question with this id."""
        return next(question for question in self.questions if question.id == name)


def ask_all(stage: Stage) -> tuple[Asked, ...]:
    """Ask every question; show some with the turns that memory cites."""
    show.note(stage.console, "Questions, and the turns that memory cites for them")
    asked = []
    for question in stage.questions:
        one, result = ask(stage.memory, question, user_id=USER)
        asked.append(one)
        if question.id in SHOWN:
            show.answer(stage.console, question.question, result.results, question.gold)
        if question.id == DECLINED:
            sure = stage.memory.search(question.question, user_id=USER, threshold=THRESHOLD)
            show.declined(stage.console, question.question, sure, THRESHOLD)
    stage.console.print()
    show.asked_table(stage.console, asked)
    return tuple(asked)


def pack(stage: Stage) -> Check:
    """Pack what answers a request into a token budget, with citations."""
    show.note(stage.console, f"context(): what a model would be given, in {BUDGET} tokens")
    context = stage.memory.context(PREPARE, user_id=USER, max_tokens=BUDGET)
    show.packed(stage.console, PREPARE, context, BUDGET)
    known = {citation.id for citation in context.citations}
    return Check(
        "the context fits its budget and every marker leads to a memory",
        0 < context.tokens <= BUDGET
        and bool(known)
        and all(citation.marker in context.text for citation in context.citations),
        f"{context.tokens} of {BUDGET} tokens, {len(context.citations)} citations",
    )


def look_back(stage: Stage) -> None:
    """Show changed facts as they stood before and after the change."""
    show.note(stage.console, "The same question at two moments: search(as_of=…)")
    for name in CHANGED:
        question = stage.question(name)
        told = []
        for moment in (question.before, question.after):
            if moment is not None:
                _, result = ask(stage.memory, question, user_id=USER, as_of=moment.as_of)
                told.append((f"as of {moment.as_of:%d %b %Y}", best_text(result, moment.gold)))
        show.moments(stage.console, question.question, told)


def correct(stage: Stage) -> Check:
    """Correct a memory, show its history, and refuse an edit made from an old version."""
    show.note(stage.console, "A memory is corrected: update(), history()")
    added = stage.memory.add(
        "Ingrid goes back to Trieste from 5 to 19 September.",
        user_id=USER,
        agent_id=AGENT,
        semantic_type="fact",
    )
    memory_id = added.results[0].id
    stage.clock.advance(timedelta(days=3))
    stage.memory.update(
        memory_id, "Ingrid goes back to Trieste from 7 to 21 September.", expected_version=1
    )
    history = stage.memory.history(memory_id)
    show.versions(stage.console, history)
    refused = ""
    try:
        stage.memory.update(memory_id, "Ingrid stays at home.", expected_version=1)
    except VersionConflict as error:
        refused = error.code
        stage.console.print(f"    an edit made from version 1: [bold]{error.code}[/]")
    numbers = [entry.version for entry in history.results]
    return Check(
        "both versions are kept and a stale edit is refused",
        numbers == [1, 2] and refused == VersionConflict.code,
        f"versions {numbers}, {refused or 'not refused'}",
    )


def move(stage: Stage) -> Check:
    """Lead one memory through its lifecycle, with a move that is refused."""
    show.note(stage.console, "One memory's way through the lifecycle")
    added = stage.memory.add("The gate code may be told to Teo.", user_id=USER, agent_id=AGENT)
    memory_id = added.results[0].id
    state = stage.memory.get(memory_id).state.value
    steps = []
    plan = (
        ("activate", "used every week"),
        ("archive", "nobody asked for months"),
        ("restore", "asked for again"),
        ("freeze", "agreed, no more edits"),
        ("archive", "tidying up"),
        ("unfreeze", "no longer agreed"),
        ("delete", "the code has changed"),
        ("restore", "deleted by mistake"),
    )
    for event, reason in plan:
        stage.clock.advance(timedelta(hours=1))
        try:
            moved = stage.memory.move(memory_id, event, reason=reason)
            steps.append((event, state, moved.state.value, moved.state_reason))
            state = moved.state.value
        except IllegalTransition as error:
            steps.append((event, state, f"refused: {error.code}", reason))
    show.path(stage.console, steps)
    refused = [event for event, _, target, _ in steps if target.startswith("refused")]
    return Check(
        "legal moves happen, the illegal one is refused",
        refused == ["archive"] and state == "generated",
        f"{len(steps) - len(refused)} moves, refused: {', '.join(refused) or 'none'}",
    )
