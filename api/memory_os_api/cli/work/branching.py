"""Making, listing, adopting and deleting branches."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from memory_os.domain.operations.branch import Adopted, AdoptResult, BranchRecord, Conflict
from memory_os.domain.operations.past import Refused
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import given, scope_of


def create(**options: Any) -> None:
    """Make a branch and print it."""
    asked = scope_of(options) | given(options, ("reason",))
    with memory(*_place(options)) as opened:
        made = opened.branch(options["name"], options["start"], **asked)
    _show_branches((made,), made, as_json=options["as_json"])


def list_branches(**options: Any) -> None:
    """Print the branches of a scope."""
    with memory(*_place(options)) as opened:
        found = opened.branches(**scope_of(options))
    if not found.results and not options["as_json"]:
        showing.say(showing.console(), "there are no branches in this scope")
        return
    _show_branches(found.results, found, as_json=options["as_json"])


def adopt(**options: Any) -> None:
    """Adopt a branch and print what that did, and what stays."""
    asked = scope_of(options) | given(options, ("prefer", "reason", "idempotency_key"))
    with memory(*_place(options)) as opened:
        done = opened.adopt(options["name"], dry_run=options["dry_run"], **asked)
    if options["as_json"]:
        showing.document(done)
        return
    shown = showing.console()
    for adopted in done.results:
        _show_adopted(shown, adopted)
    for conflict in done.conflicts:
        _show_conflict(shown, conflict)
    for refused in done.refused:
        _show_refused(shown, refused)
    showing.say(Console(stderr=True, highlight=False), f"[dim]{escape(_summary(done))}[/]")


def delete(**options: Any) -> None:
    """Forget a branch."""
    with memory(*_place(options)) as opened:
        gone = opened.delete_branch(options["name"], **scope_of(options))
    if options["as_json"]:
        showing.document(gone)
        return
    said = f"deleted [bold]{escape(gone.name)}[/] and what was written on it; main is as it was"
    showing.say(showing.console(), said)


def _summary(done: AdoptResult) -> str:
    verb = "would be adopted" if done.dry_run else "adopted"
    undo = f"; undo: rollback --to {done.undo_to.isoformat()}"
    told = undo if done.results and not done.dry_run else ""
    stay = f"{len(done.conflicts)} in conflict, {len(done.refused)} refused"
    return f"{len(done.results)} {verb}, {stay}{told}"


def _show_adopted(shown: Console, adopted: Adopted) -> None:
    line = f"{', '.join(adopted.changes)} v{adopted.version} {adopted.state.value}"
    showing.say(shown, f"[bold]{escape(adopted.id)}[/] [dim]{escape(line)}[/]")


def _show_conflict(shown: Console, conflict: Conflict) -> None:
    showing.say(shown, f"[bold]{escape(conflict.id)}[/] [yellow]stays: changed on both sides[/]")
    for name, side in (("main", conflict.main), ("branch", conflict.branch)):
        said = "(not there)" if side is None else f"{side.state.value} {side.memory[:200]}"
        showing.say(shown, f"    [dim]{name}: {escape(said)}[/]")


def _show_refused(shown: Console, refused: Refused) -> None:
    words = f"stays: {refused.message}"
    showing.say(shown, f"[bold]{escape(refused.id)}[/] [yellow]{escape(words)}[/]")


def _show_branches(found: tuple[BranchRecord, ...], document: Any, *, as_json: bool) -> None:
    if as_json:
        showing.document(document)
        return
    shown = showing.console()
    for branch in found:
        scope = (
            ("user", branch.user_id),
            ("agent", branch.agent_id),
            ("session", branch.session_id),
            ("namespace", "/".join(branch.namespace) or None),
        )
        parts = [branch.id, f"from {showing.day(branch.at)}"]
        parts += [f"{name}={value}" for name, value in scope if value is not None]
        parts += [branch.reason] if branch.reason else []
        line = escape(" ".join(parts))
        showing.say(shown, f"[bold]{escape(branch.name)}[/] [dim]{line}[/]")


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
