"""Reading, checking and taking out the journal; setting quotas."""

from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from memory_os.domain.operations.audit import AuditVerification
from memory_os.domain.operations.audit_file import signed_end
from memory_os.domain.operations.quotas import QuotaRecord
from memory_os.errors import InvalidInput
from memory_os.sdk.oversight import verify_audit_file
from memory_os_api.cli.exits import CHECK_FAILED
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import existing, memory
from memory_os_api.cli.work.reading import given, scope_of
from memory_os_api.container import Choices, open_kernel
from memory_os_api.settings import configured_secret

_FILTERS = ("actor", "action", "target", "since", "until", "limit", "cursor")


def list_events(**options: Any) -> None:
    """Print a page of the journal."""
    with memory(*_place(options)) as opened:
        page = opened.audit(**given(options, _FILTERS))
    if options["as_json"]:
        showing.document(page)
        return
    shown, notes = showing.console(), Console(stderr=True, highlight=False)
    for event in page.results:
        about = " ".join((*event.targets, f"({event.reason})" if event.reason else ""))
        line = f"{showing.day(event.at)} {event.actor} {event.action} {about}".rstrip()
        showing.say(shown, f"[bold]{event.seq}[/] {escape(line)}")
    if page.next_cursor:
        showing.say(notes, f"[dim]more: --cursor {escape(page.next_cursor)}[/]")


def verify(**options: Any) -> None:
    """Check a journal, say what is wrong, and leave with 1 if anything is."""
    found = _of_file(options) if options["path"] is not None else _of_store(options)
    if options["as_json"]:
        showing.document(found)
    else:
        _show(found)
    if not found.ok:
        raise typer.Exit(CHECK_FAILED)


def export(**options: Any) -> None:
    """Write the journal to a file."""
    with memory(*_place(options)) as opened:
        head = opened.export_audit(options["path"], replace=options["force"])
    if options["as_json"]:
        showing.document(head)
        return
    showing.say(showing.console(), f"{head.seq} entries, signed at {showing.day(head.at)}")


def list_quotas(**options: Any) -> None:
    """Print the quotas that are set."""
    with memory(*_place(options)) as opened:
        found = opened.quotas()
    if options["as_json"]:
        showing.document(found)
        return
    if not found.results:
        showing.say(showing.console(), "no quota is set")
    for quota in found.results:
        _show_quota(quota)


def set_quota(**options: Any) -> None:
    """Set a limit."""
    with memory(*_place(options), makes=True) as opened:
        done = opened.set_quota(options["meter"], options["limit"], **scope_of(options))
    _tell(done, options)


def remove(**options: Any) -> None:
    """Remove a quota."""
    with memory(*_place(options)) as opened:
        gone = opened.remove_quota(options["quota_id"])
    _tell(gone, options)


def _of_store(options: dict[str, Any]) -> AuditVerification:
    with memory(*_place(options)) as opened:
        return opened.verify_audit()


def _of_file(options: dict[str, Any]) -> AuditVerification:
    """Check an exported file; with ``--database``, its signature by that store's secret too.

    If that holds, the store must still have the head that the file ends with.
    """
    if options["url"] or options["api_key"] or options["tenant"]:
        raise InvalidInput(
            "a file is checked here: give at most --database with it, the store that signed it"
        )
    if options["database"] is None:
        return verify_audit_file(options["path"])
    kernel = open_kernel(existing(options["database"]), Choices(secret=configured_secret()))
    try:
        found = verify_audit_file(options["path"], secret=kernel.parts.seal.secret)
        with Path(options["path"]).open("rb") as lines:
            head = signed_end(lines)
        lacking = kernel.oversight.auditing.lacks(head) if found.ok and head else ""
        if not lacking:
            return found
        return found.model_copy(update={"ok": False, "problems": (lacking,)})
    finally:
        kernel.close()


def _show(found: AuditVerification) -> None:
    shown = showing.console()
    for problem in found.problems:
        showing.say(shown, f"[red]wrong[/] {escape(problem)}")
    verdict = "[green]intact[/]" if found.ok else "[red]not intact[/]"
    signed = f"{found.heads} signed heads cover the first {found.signed_to}"
    unchecked = "" if found.signatures_checked else "; signatures not checked, give --database"
    showing.say(shown, f"{verdict} {found.entries} entries hold; {signed}{unchecked}")


def _tell(quota: QuotaRecord, options: dict[str, Any]) -> None:
    if options["as_json"]:
        showing.document(quota)
    else:
        _show_quota(quota)


def _show_quota(quota: QuotaRecord) -> None:
    whose = "the tenant"
    if quota.user_id is not None:
        whose = f"user={quota.user_id}"
    elif quota.agent_id is not None:
        whose = f"agent={quota.agent_id}"
    renews = f", renews {showing.day(quota.renews_at)}" if quota.renews_at else ""
    line = f"{quota.meter.value} {whose}: {quota.used:g} of {quota.limit:g}{renews}"
    showing.say(showing.console(), f"[bold]{escape(quota.id)}[/] {escape(line)}")


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
