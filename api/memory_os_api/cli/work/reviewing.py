"""Vouching for memories, and looking at what is held."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from memory_os.domain.operations import Memory as Record
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import given, scope_of


def attest(**options: Any) -> None:
    """Record another trust and print it."""
    said = {"trust": options["trust"], "reason": options["reason"], "dry_run": options["dry_run"]}
    with memory(*_place(options)) as opened:
        record = opened.attest(options["memory_id"], expected_version=options["version"], **said)
    verb = "would be" if options["dry_run"] else "is"
    _show(record, options, f"{verb} {record.trust} at v{record.version}")


def list_held(**options: Any) -> None:
    """Print a page of what is held."""
    asked = scope_of(options) | given(options, ("limit", "cursor"))
    asked["scope_match"] = "exact" if options["exact"] else "inherit"
    with memory(*_place(options)) as opened:
        page = opened.held(**asked)
    if options["as_json"]:
        showing.document(page)
        return
    shown, notes = showing.console(), Console(stderr=True, highlight=False)
    for record in page.results:
        showing.memory(shown, record)
        source = f"{record.source_class.value}, trust {record.trust}"
        showing.say(shown, f"    [yellow]{escape(record.state_reason)}[/] [dim]{source}[/]")
    showing.say(notes, f"[dim]{len(page.results)} held[/]")
    if page.next_cursor:
        showing.say(notes, f"[dim]more: --cursor {escape(page.next_cursor)}[/]")


def release(**options: Any) -> None:
    """Let one in and print where it stands."""
    with memory(*_place(options)) as opened:
        record = opened.move(
            options["memory_id"], "release", reason=options["reason"], dry_run=options["dry_run"]
        )
    verb = "would be" if options["dry_run"] else "is"
    _show(record, options, f"{verb} {record.state.value}")


def reject(**options: Any) -> None:
    """End one's time and print how long it can be restored."""
    with memory(*_place(options)) as opened:
        record = opened.reject(
            options["memory_id"], reason=options["reason"], dry_run=options["dry_run"]
        )
    until = f"; restore it until {showing.day(record.purge_at)}" if record.purge_at else ""
    verb = "would be" if options["dry_run"] else "is"
    _show(record, options, f"{verb} rejected{until}")


def _show(record: Record, options: dict[str, Any], line: str) -> None:
    if options["as_json"]:
        showing.document(record)
        return
    showing.say(showing.console(), f"[bold]{escape(record.id)}[/] {escape(line)}")


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
