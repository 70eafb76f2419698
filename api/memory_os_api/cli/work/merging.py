"""Merging, unmerging, finding duplicates."""

from typing import Any

from rich.markup import escape

from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import given, scope_of


def merge(**options: Any) -> None:
    """Merge and print the result."""
    said = given(options, ("content", "idempotency_key"))
    with memory(*_place(options)) as opened:
        merged = opened.merge(
            options["parents"], reason=options["reason"], dry_run=options["dry_run"], **said
        )
    if options["as_json"]:
        showing.document(merged)
        return
    verb = "would become" if merged.dry_run else "became"
    shown = showing.console()
    showing.say(shown, f"{len(merged.parents)} memories {verb} one:")
    showing.memory(shown, merged.results[0])
    for alike in merged.likeness:
        showing.say(shown, f"[dim]{escape(_verdict(alike))}[/]")


def unmerge(**options: Any) -> None:
    """Take a merge apart and print what came back."""
    with memory(*_place(options)) as opened:
        parted = opened.unmerge(
            options["memory_id"], reason=options["reason"], dry_run=options["dry_run"]
        )
    if options["as_json"]:
        showing.document(parted)
        return
    verb = "would come back" if parted.dry_run else "came back"
    shown = showing.console()
    showing.say(shown, f"{len(parted.results)} memories {verb}:")
    for record in parted.results:
        showing.memory(shown, record)
    if parted.kept is not None:
        showing.memory(shown, parted.kept, "kept ")


def duplicates(**options: Any) -> None:
    """Print pairs that may be one memory."""
    match = "exact" if options["exact"] else "inherit"
    with memory(*_place(options)) as opened:
        found = opened.duplicates(
            **scope_of(options),
            **given(options, ("action",)),
            limit=options["limit"],
            scope_match=match,
        )
    if options["as_json"]:
        showing.document(found)
        return
    shown = showing.console()
    for pair in found.results:
        showing.say(shown, f"[bold]{escape(_verdict(pair))}[/]")
        for memory_id, text in ((pair.one, pair.one_memory), (pair.other, pair.other_memory)):
            showing.say(shown, f"    {escape(memory_id)}  {escape(text)}")
    rest = "" if found.complete else "; there is more than could be compared"
    showing.say(shown, f"{len(found.results)} pairs among {found.compared} memories{rest}")


def _verdict(alike: Any) -> str:
    differs = f" ({', '.join(alike.differs)})" if alike.differs else ""
    return f"{alike.action}: {alike.reason}{differs}, cosine {alike.cosine:.3f}"


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
