"""Comparing times, naming moments, going back."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from memory_os.domain.operations.past import (
    Difference,
    Refused,
    RollbackResult,
    RolledBack,
    SnapshotRecord,
)
from memory_os.domain.past import Change
from memory_os.sdk import Memory
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import given, scope_of

_SIGNS = {Change.ADDED: "+", Change.REMOVED: "-"}
_SHOWN_CHARS = 200


def diff(**options: Any) -> None:
    """Print a page of what differs."""
    asked = scope_of(options) | given(options, ("end", "limit", "cursor", "branch"))
    asked["scope_match"] = "exact" if options["exact"] else "inherit"
    with memory(*_place(options)) as opened:
        page = opened.diff(options["start"], **asked)
    if options["as_json"]:
        showing.document(page)
        return
    shown, notes = showing.console(), Console(stderr=True, highlight=False)
    for difference in page.results:
        _show_difference(shown, difference)
    span = f"{len(page.results)} between {showing.day(page.start)} and {showing.day(page.end)}"
    showing.say(notes, f"[dim]{span}[/]")
    if page.next_cursor:
        showing.say(notes, f"[dim]more: --cursor {escape(page.next_cursor)}[/]")


def rollback(**options: Any) -> None:
    """Go back, one transaction after the other, and print what that did."""
    asked = scope_of(options) | given(options, ("memory_id", "version", "reason"))
    asked["dry_run"] = options["dry_run"]
    asked["scope_match"] = "exact" if options["exact"] else "inherit"
    with memory(*_place(options)) as opened:
        done = _to_the_end(opened, options["to"], asked)
    if options["as_json"]:
        showing.document(done)
        return
    shown, notes = showing.console(), Console(stderr=True, highlight=False)
    for result in done.results:
        _show_result(shown, result)
    for refused in done.refused:
        _show_refused(shown, refused)
    for cube_id in done.skipped:
        showing.say(shown, f"[dim]{escape(cube_id)} was erased[/]")
    said = "would go back" if done.dry_run else "went back"
    undo = f"; undo: --to {done.undo_to.isoformat()}" if done.results and not done.dry_run else ""
    showing.say(notes, f"[dim]{len(done.results)} {said}, {len(done.refused)} stay{undo}[/]")


def create(**options: Any) -> None:
    """Name this moment."""
    asked = scope_of(options) | given(options, ("reason",))
    with memory(*_place(options)) as opened:
        made = opened.snapshot(options["name"], **asked)
    _show_snapshots((made,), options, made)


def list_snapshots(**options: Any) -> None:
    """Print the snapshots of a scope."""
    with memory(*_place(options)) as opened:
        found = opened.snapshots(**scope_of(options))
    if not found.results and not options["as_json"]:
        showing.say(showing.console(), "there are no snapshots in this scope")
        return
    _show_snapshots(found.results, options, found)


def delete(**options: Any) -> None:
    """Forget a snapshot."""
    with memory(*_place(options)) as opened:
        gone = opened.delete_snapshot(options["name"], **scope_of(options))
    if options["as_json"]:
        showing.document(gone)
        return
    showing.say(showing.console(), f"forgot [bold]{escape(gone.name)}[/]; what was then stays")


def _to_the_end(opened: Memory, to: str | None, asked: dict[str, Any]) -> RollbackResult:
    """Return what all pages of a rollback did, as one; the first one's time undoes them all."""
    done = opened.rollback(to, **asked)
    cursor = done.next_cursor
    while cursor is not None:
        more = opened.rollback(to, cursor=cursor, **asked)
        cursor = more.next_cursor
        joined = {
            "results": (*done.results, *more.results),
            "refused": (*done.refused, *more.refused),
            "skipped": (*done.skipped, *more.skipped),
            "next_cursor": None,
        }
        done = done.model_copy(update=joined)
    return done


def _show_difference(shown: Console, difference: Difference) -> None:
    there = difference.after or difference.before
    sign = _SIGNS.get(difference.changes[0], "~")
    changes = ", ".join(difference.changes)
    if there is not None:
        showing.memory(shown, there, f"{sign} {changes} ")
    for field in difference.fields:
        was, now = _short(field.before), _short(field.after)
        showing.say(shown, f"    [dim]{escape(field.name)}: {escape(was)} → {escape(now)}[/]")


def _show_result(shown: Console, result: RolledBack) -> None:
    source = f" repeats v{result.from_version}" if result.from_version else ""
    line = f"{', '.join(result.changes)} v{result.version} {result.state.value}{source}"
    showing.say(shown, f"[bold]{escape(result.id)}[/] [dim]{escape(line)}[/]")


def _show_refused(shown: Console, refused: Refused) -> None:
    words = f"stays: {refused.message}"
    showing.say(shown, f"[bold]{escape(refused.id)}[/] [yellow]{escape(words)}[/]")


def _show_snapshots(
    found: tuple[SnapshotRecord, ...], options: dict[str, Any], document: Any
) -> None:
    if options["as_json"]:
        showing.document(document)
        return
    shown = showing.console()
    for snapshot in found:
        scope = (
            ("user", snapshot.user_id),
            ("agent", snapshot.agent_id),
            ("session", snapshot.session_id),
            ("namespace", "/".join(snapshot.namespace) or None),
        )
        parts = [showing.day(snapshot.at), f"journal {snapshot.seq}"]
        parts += [f"{name}={value}" for name, value in scope if value is not None]
        parts += [snapshot.reason] if snapshot.reason else []
        line = escape(" ".join(parts))
        showing.say(shown, f"[bold]{escape(snapshot.name)}[/] [dim]{line}[/]")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + " …"


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
