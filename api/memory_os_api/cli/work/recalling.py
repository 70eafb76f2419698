"""Searching, packing, reading."""

import sys
from typing import Any

from rich.console import Console
from rich.markup import escape

from memory_os.domain.operations import Hit, MemoryPage, SearchResult
from memory_os.errors import InvalidInput
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import given, text_of, visibility_of

_EMPTY = {
    "empty": "nothing stored that this call may see",
    "below_threshold": "there are memories in this scope, but none answers the question",
}


def search(**options: Any) -> None:
    """Print the hits of a question."""
    asked = visibility_of(options) | given(options, ("top_k", "threshold", "rounds", "explain"))
    with memory(*_place(options)) as opened:
        found = opened.search(_question(options["query"]), **asked)
    if options["as_json"]:
        showing.document(found)
    else:
        _show_hits(found)


def context(**options: Any) -> None:
    """Print a packed context; its citations and what was left out follow on standard error."""
    asked = visibility_of(options)
    asked |= given(options, ("max_tokens", "top_k", "threshold", "repeat", "min_trust"))
    asked |= given(options, ("system", "standing_tokens"))
    asked["include_untrusted"] = options["include_untrusted"]
    with memory(*_place(options)) as opened:
        packed = opened.context(_question(options["query"]), **asked)
    if options["as_json"]:
        showing.document(packed)
        return
    sys.stdout.write(packed.text + "\n" if packed.text else "")
    notes = Console(stderr=True, highlight=False)
    if packed.outcome != "found":
        showing.say(notes, f"[yellow]{_EMPTY[packed.outcome]}[/]")
    for citation in packed.citations:
        where = f"{citation.id} v{citation.version} relevance {citation.relevance:.2f}"
        showing.say(notes, f"[dim]{escape(citation.marker)} {escape(where)}[/]")
    showing.say(notes, f"[dim]{packed.tokens} tokens, {len(packed.dropped)} left out[/]")


def get(**options: Any) -> None:
    """Print one memory."""
    with memory(*_place(options)) as opened:
        where = {name: options[name] for name in ("as_of", "valid_at", "branch")}
        record = opened.get(options["memory_id"], **where)
    if options["as_json"]:
        showing.document(record)
        return
    shown = showing.console()
    showing.say(shown, f"[bold]{escape(record.id)}[/] [dim]{escape(showing.facts(record))}[/]")
    sys.stdout.write(record.memory + "\n")


def history(**options: Any) -> None:
    """Print every version of a memory."""
    with memory(*_place(options)) as opened:
        versions = opened.history(options["memory_id"], branch=options["branch"])
    if options["as_json"]:
        showing.document(versions)
        return
    shown = showing.console()
    for revision in versions.results:
        until = showing.day(revision.superseded_at) or "now"
        head = f"{revision.change} {showing.day(revision.updated_at)} to {until} "
        showing.memory(shown, revision, head)


def list_memories(**options: Any) -> None:
    """Print a page of memories."""
    asked = visibility_of(options) | given(options, ("limit", "cursor", "newest_first"))
    with memory(*_place(options)) as opened:
        page = opened.get_all(**asked)
    if options["as_json"]:
        showing.document(page)
    else:
        _show_page(page)


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]


def _question(query: str) -> str:
    text = text_of(query, None)
    if text is None or not text.strip():
        raise InvalidInput("the question is empty", field="query")
    return text.strip()


def _show_hits(found: SearchResult) -> None:
    shown = showing.console()
    if not found.results:
        showing.say(shown, _EMPTY[found.outcome])
    for rank, hit in enumerate(found.results, 1):
        showing.memory(shown, hit, f"{rank}. {hit.relevance:.2f} ")
        if hit.scores:
            showing.say(shown, f"    [dim]{escape(_stages(hit))}[/]")


def _stages(hit: Hit) -> str:
    scores = hit.scores or {}
    return " ".join(f"{name}={value:.3f}" for name, value in scores.items())


def _show_page(page: MemoryPage) -> None:
    shown = showing.console()
    for record in page.results:
        showing.memory(shown, record)
    if page.next_cursor:
        more = Console(stderr=True, highlight=False)
        showing.say(more, f"[dim]more: --cursor {escape(page.next_cursor)}[/]")
