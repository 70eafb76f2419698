"""Storing, changing, deleting, moving."""

from typing import Any

from rich.markup import escape

from memory_os.domain.operations import Added, AddResult, DeleteResult, DocumentIn
from memory_os.errors import InvalidInput
from memory_os.sdk import Memory
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import (
    given,
    json_object,
    json_value,
    scope_of,
    text_of,
    visibility_of,
)

_LINES_AT_ONCE = 1_000


def add(**options: Any) -> None:
    """Store what was given and print what became of it."""
    text = text_of(options["text"], options["file"])
    if text is None:
        raise InvalidInput("nothing to store: give a text, '-' for standard input, or --file")
    with memory(*_place(options), makes=True) as opened:
        added = _stored(opened, text, options)
    if options["as_json"]:
        showing.document(added)
        return
    shown = showing.console()
    for entry in added.results:
        reason = f" [dim]{escape(entry.reason)}[/]" if entry.reason else ""
        showing.say(shown, f"{entry.event.value} [bold]{escape(entry.id)}[/]{reason}")


def _stored(opened: Memory, text: str, options: dict[str, Any]) -> AddResult:
    form = options["form"] or ("document" if options["file"] else "text")
    said = _said(options)
    if form == "document":
        path = options["file"]
        title = options["title"] or (path.name if path else None)
        uri = path.resolve().as_uri() if path else None
        kind = "text/markdown" if path and path.suffix == ".md" else "text/plain"
        document = DocumentIn(text=text, title=title, uri=uri, media_type=kind)
        return opened.add(document, **said)
    if form == "messages":
        messages = json_value(text, "the list of messages")
        if not isinstance(messages, list):
            raise InvalidInput("messages must be a JSON list of {role, content} objects")
        return opened.add(messages, **said)
    if form == "lines":
        return _add_lines(opened, text, said)
    return opened.add(text.strip("\n"), **said)


def _add_lines(opened: Memory, text: str, said: dict[str, Any]) -> AddResult:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise InvalidInput("there is no line that holds text")
    results: list[Added] = []
    for start in range(0, len(lines), _LINES_AT_ONCE):
        results += opened.add_many(lines[start : start + _LINES_AT_ONCE], **said).results
    return AddResult(results=tuple(results))


def _said(options: dict[str, Any]) -> dict[str, Any]:
    times = ("timestamp", "valid_from", "valid_to", "expires_at", "retain_until")
    about = ("subject", "predicate", "object", "branch")
    said = scope_of(options) | given(options, ("external_id", "idempotency_key", *about, *times))
    renamed = (("type", "semantic_type"), ("ttl", "ttl_seconds"))
    said |= {name: options[option] for option, name in renamed if options[option] is not None}
    if options["tag"]:
        said["tags"] = tuple(options["tag"])
    metadata = json_object(options["metadata"], "--metadata")
    if metadata is not None:
        said["metadata"] = metadata
    flags = ("infer", "pinned", "refresh_on_read", "resolve")
    return said | {name: True for name in flags if options[name]}


def update(**options: Any) -> None:
    """Make a new version and print it."""
    names = ("valid_from", "valid_to", "expires_at", "pinned", "expected_version", "branch")
    changed = given(options, names)
    text = text_of(options["text"], options["file"])
    if options["type"] is not None:
        changed["semantic_type"] = options["type"]
    if options["tag"]:
        changed["tags"] = tuple(options["tag"])
    if options["reason"]:
        changed["reason"] = options["reason"]
    metadata = json_object(options["metadata"], "--metadata")
    if metadata is not None:
        changed["metadata"] = metadata
    with memory(*_place(options)) as opened:
        record = opened.update(options["memory_id"], text, **changed)
    if options["as_json"]:
        showing.document(record)
    else:
        showing.memory(showing.console(), record)


def delete(**options: Any) -> None:
    """Delete memories by id or by scope and print how many."""
    ids, everything = options["memory_id"] or [], options["everything"]
    if bool(ids) == everything:
        raise InvalidInput("name the memories by id, or say --all with the scope to empty")
    with memory(*_place(options)) as opened:
        gone = _delete_all(opened, options) if everything else _delete_each(opened, ids, options)
    if options["as_json"]:
        showing.document(gone)
        return
    verb = "would be deleted" if gone.dry_run else "deleted"
    until = f", recoverable until {showing.day(gone.purge_at)}" if gone.purge_at else ""
    showing.say(showing.console(), f"{gone.deleted} {verb}{until}")


def _delete_all(opened: Memory, options: dict[str, Any]) -> DeleteResult:
    asked = visibility_of(options)
    if options["reason"]:
        asked["reason"] = options["reason"]
    return opened.delete_all(**asked, dry_run=options["dry_run"])


def _delete_each(opened: Memory, ids: list[str], options: dict[str, Any]) -> DeleteResult:
    if options["dry_run"]:
        records = [
            opened.move(one, "delete", reason="asked", dry_run=True, branch=options["branch"])
            for one in ids
        ]
        return DeleteResult(
            deleted=len(records), ids=tuple(record.id for record in records), dry_run=True
        )
    answers = [
        opened.delete(one, reason=options["reason"], branch=options["branch"]) for one in ids
    ]
    return DeleteResult(
        deleted=sum(answer.deleted for answer in answers),
        ids=tuple(one for answer in answers for one in answer.ids),
        purge_at=answers[-1].purge_at,
    )


def move(**options: Any) -> None:
    """Send a lifecycle event and print where the memory stands."""
    with memory(*_place(options)) as opened:
        record = opened.move(
            options["memory_id"],
            options["event"],
            reason=options["reason"],
            dry_run=options["dry_run"],
            branch=options["branch"],
        )
    if options["as_json"]:
        showing.document(record)
    else:
        showing.memory(showing.console(), record, f"{record.state.value} ")


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
