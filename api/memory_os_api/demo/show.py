"""What the demonstration prints."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from memory_os.domain.operations import ContextResult, HistoryResult, Hit, SearchResult
from memory_os.domain.payload import Message
from memory_os_api.demo.asking import THRESHOLD
from memory_os_api.demo.conversation import UNANSWERABLE, Conversation
from memory_os_api.demo.result import Act, Asked, Check, Report


def heading(console: Console, text: str) -> None:
    """Print a rule with the name of an act."""
    console.print()
    console.rule(f"[bold]{escape(text)}", align="left")


def note(console: Console, text: str) -> None:
    """Print a sentence that says what happens next."""
    console.print(f"\n[bold]{escape(text)}[/]")


def opening(console: Console, conversation: Conversation) -> None:
    """Print what the conversation is, and how it starts."""
    console.print(f"[bold]{escape(conversation.title)}[/]")
    console.print(escape(conversation.about), style="dim")
    console.print()
    table = Table.grid(padding=(0, 1))
    for turn in conversation.sessions[0].turns[:5]:
        day = Text(f"{turn.at:%d %b %Y}", style="dim")
        table.add_row(day, Text(turn.speaker, style="bold"), Text(turn.text))
    console.print(Padding(table, (0, 0, 0, 2), expand=False))
    count = len(conversation.turns)
    console.print(f"  … {count} turns in {len(conversation.sessions)} sessions", style="dim")


def answer(console: Console, question: str, hits: Sequence[Hit], gold: Iterable[str]) -> None:
    """Print a question and the cited turns; those that answer it are marked."""
    wanted = set(gold)
    console.print(f"\n  [bold cyan]{escape(question)}[/]")
    table = Table.grid(padding=(0, 1))
    for _ in range(5):
        table.add_column()
    table.columns[4].ratio = 1
    for rank, hit in enumerate(hits, 1):
        right = hit.external_id in wanted
        table.add_row(
            Text(f"[{rank}]", style="green" if right else "dim"),
            Text(f"{hit.score:.2f}", style="dim"),
            Text(f"{said(hit):%d %b %Y}", style="dim"),
            Text(speaker(hit)),
            Text(hit.memory, style="bold" if right else "", overflow="ellipsis", no_wrap=True),
        )
    console.print(Padding(table, (0, 0, 0, 4), expand=False))


def asked_table(console: Console, asked: Sequence[Asked]) -> None:
    """Print how every question fared; what has no answer should have little relevance."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column("kind", style="dim")
    table.add_column("question")
    table.add_column("gold at rank", justify="right")
    table.add_column("relevance", justify="right", style="dim")
    table.add_column("ms", justify="right", style="dim")
    for one in asked:
        table.add_row(*_asked_row(one))
    console.print(table)


def _asked_row(one: Asked) -> tuple[str, ...]:
    if one.kind == UNANSWERABLE:
        good, where = one.relevance < THRESHOLD, "none"
    else:
        good, where = one.rank is not None, str(one.rank or "-")
    mark = "[green]✓[/]" if good else "[red]✗[/]"
    times = f"{one.milliseconds:.1f}"
    return mark, one.kind, escape(one.question), where, f"{one.relevance:.2f}", times


def declined(console: Console, question: str, result: SearchResult, threshold: float) -> None:
    """Print a question that memory does not answer with the relevance that was asked for."""
    console.print(f"\n  [bold cyan]{escape(question)}[/]  [dim]threshold={threshold}[/]")
    console.print(f"    outcome: [bold]{result.outcome.value}[/], {len(result.results)} hits")


def packed(console: Console, question: str, context: ContextResult, budget: int) -> None:
    """Print a context block and what its markers stand for."""
    console.print(f"\n  [bold cyan]{escape(question)}[/]")
    for line in context.text.splitlines():
        console.print(Padding(Text(line), (0, 0, 0, 4), expand=False))
    console.print(
        f"    {context.tokens} of {budget} tokens, {len(context.citations)} citations, "
        f"{len(context.dropped)} left out for space",
        style="dim",
    )


def moments(console: Console, question: str, told: Sequence[tuple[str, str]]) -> None:
    """Print what was known at two moments."""
    console.print(f"\n  [bold cyan]{escape(question)}[/]")
    table = Table.grid(padding=(0, 1))
    for moment, text in told:
        table.add_row(Text(moment, style="dim"), Text(text, style="bold"))
    console.print(Padding(table, (0, 0, 0, 4), expand=False))


def versions(console: Console, history: HistoryResult) -> None:
    """Print the versions of a memory."""
    for one in history.results:
        console.print(
            f"    version {one.version}, {one.updated_at:%d %b %Y}, {one.change}: "
            f"[bold]{escape(one.memory)}[/]"
        )


def path(console: Console, steps: Sequence[tuple[str, str, str, str]]) -> None:
    """Print the states that a memory passed through: event, from, to, reason."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("event", "from", "to", "reason"):
        table.add_column(name)
    for step in steps:
        table.add_row(*(escape(part) for part in step))
    console.print(Padding(table, (0, 0, 0, 4), expand=False))


def measured(console: Console, act: Act) -> None:
    """Print the measurements of an act."""
    for name, value in act.measured.items():
        shown = f"{value:,.2f}" if isinstance(value, float) else str(value)
        console.print(f"    {name.replace('_', ' ')}: [bold]{shown}[/]")


def checks(console: Console, found: Iterable[Check]) -> None:
    """Print each check, whether it held and what was seen."""
    table = Table.grid(padding=(0, 1))
    for check in found:
        mark = "[green]✓[/]" if check.passed else "[red]✗[/]"
        table.add_row(mark, escape(f"{check.name}: {check.seen}"))
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def said(hit: Hit) -> datetime:
    """Return when the hit was said, else when it was recorded."""
    payload = hit.payload
    return payload.at if isinstance(payload, Message) and payload.at else hit.created_at


def speaker(hit: Hit) -> str:
    """Return who said it."""
    return (hit.payload.name or hit.payload.role) if isinstance(hit.payload, Message) else ""


def closing(console: Console, report: Report, folder: Path | None) -> None:
    """Print how it went, and where the files are."""
    console.print()
    verdict = "[bold green]every check passed" if report.passed else "[bold red]a check failed"
    console.print(f"{verdict}[/] in {report.seconds:.1f} s")
    if folder is not None:
        console.print(f"The databases are kept in {escape(str(folder))}.", style="dim")
