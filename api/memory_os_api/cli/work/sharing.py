"""Showing memories to others, giving rights and taking them back."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from memory_os.domain.operations.grant import GrantRecord
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import given, scope_of


def share(**options: Any) -> None:
    """Say who reads a memory."""
    with memory(*_place(options)) as opened:
        shown = opened.share(
            options["memory_id"], visibility=options["visibility"], reason=options["reason"]
        )
    if options["as_json"]:
        showing.document(shown)
        return
    showing.memory(showing.console(), shown, f"{shown.visibility} ")


def create(**options: Any) -> None:
    """Give rights."""
    asked = scope_of(options) | given(
        options, ("memory_id", "role", "rights", "purposes", "until", "reason")
    )
    if options["seconds"] is not None:
        asked["ttl_seconds"] = options["seconds"]
    named = ("user", "agent", "session", "namespace")
    to = scope_of({name: options[f"to_{name}"] for name in named})
    if options["to_key"] is not None:
        to["principal"] = options["to_key"]
    with memory(*_place(options)) as opened:
        made = opened.grant(to, **asked)
    _show((made,), options, made)


def list_grants(**options: Any) -> None:
    """Print a page of grants."""
    asked = scope_of(options) | given(options, ("memory_id", "limit", "cursor"))
    asked["ended"] = options["ended"]
    with memory(*_place(options)) as opened:
        page = opened.grants(**asked)
    if not page.results and not options["as_json"]:
        showing.say(showing.console(), "there are no grants to show")
        return
    _show(page.results, options, page)
    if page.next_cursor and not options["as_json"]:
        notes = Console(stderr=True, highlight=False)
        showing.say(notes, f"[dim]more: --cursor {escape(page.next_cursor)}[/]")


def revoke(**options: Any) -> None:
    """End a grant."""
    with memory(*_place(options)) as opened:
        gone = opened.revoke_grant(options["grant_id"], reason=options["reason"])
    _show((gone,), options, gone)


def _show(found: tuple[GrantRecord, ...], options: dict[str, Any], document: Any) -> None:
    if options["as_json"]:
        showing.document(document)
        return
    shown = showing.console()
    for grant in found:
        showing.say(shown, f"[bold]{escape(grant.id)}[/] {escape(_line(grant))}")


def _line(grant: GrantRecord) -> str:
    to = grant.to.principal or _ids(grant.to)
    parts = ["+".join(grant.rights), f"on {grant.memory_id or _ids(grant)}", f"to {to}"]
    if grant.purposes:
        parts.append("for " + "+".join(grant.purposes))
    if grant.revoked_at:
        parts.append(f"revoked {showing.day(grant.revoked_at)}")
    elif not grant.live:
        parts.append("ended")
    elif grant.until:
        parts.append(f"until {grant.until.isoformat()}")
    return " ".join(parts) + (f": {grant.reason}" if grant.reason else "")


def _ids(held: Any) -> str:
    ids = {"user": held.user_id, "agent": held.agent_id, "session": held.session_id}
    parts = [f"{name}={value}" for name, value in ids.items() if value is not None]
    return " ".join(
        [*parts, *(["namespace=" + "/".join(held.namespace)] if held.namespace else [])]
    )


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
