"""Examining, repairing and re-indexing a store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import typer
from rich.markup import escape

from memory_os.kernel.memory_os import MemoryOS
from memory_os_api.cli.exits import CHECK_FAILED
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import database_url, existing
from memory_os_api.cli.work.progress import progress
from memory_os_api.container import Choices, index_folder, open_kernel
from memory_os_api.doctor import Diagnosis, examine, repair
from memory_os_api.doctor import reindex as embed_anew
from memory_os_api.settings import configured_secret


def doctor(**options: Any) -> None:
    """Examine the store, repair it if asked, and leave with 1 if something is wrong."""
    url = database_url(options["database"])
    folder = index_folder(url)
    file = folder.with_suffix("") if folder is not None else None
    with _kernel(url) as kernel:
        found = (repair if options["repair"] else examine)(kernel, file, folder)
    if options["as_json"]:
        showing.document({"database": url, "healthy": found.healthy, **asdict(found)})
    else:
        _show(url, found)
    if not found.healthy:
        raise typer.Exit(CHECK_FAILED)


def reindex(**options: Any) -> None:
    """Embed everything anew and say how much that was."""
    with _kernel(database_url(options["database"])) as kernel:
        done = embed_anew(kernel)
    if options["as_json"]:
        showing.document(asdict(done))
        return
    said = f"{done.passages} passages of {done.tenants} tenants embedded with {done.now}"
    showing.say(showing.console(), escape(said))


@contextmanager
def _kernel(url: str) -> Iterator[MemoryOS]:
    with progress() as report:
        kernel = open_kernel(
            existing(url), Choices(progress=report, secret=configured_secret()), reindexing=True
        )
        try:
            yield kernel
        finally:
            kernel.close()


def _show(url: str, found: Diagnosis) -> None:
    shown = showing.console()
    for finding in found.repaired:
        showing.say(shown, f"[green]repaired[/] {escape(finding.problem)}")
    for finding in found.findings:
        whose = f" (tenant {finding.tenant})" if finding.tenant else ""
        line = f"{finding.part.value}{whose}: {finding.problem}; {finding.remedy}"
        showing.say(shown, f"[red]wrong[/] {escape(line)}")
    for facts in found.tenants:
        line = (
            f"tenant {facts.tenant}: {facts.journal} journal entries, {facts.passages} passages, "
            f"{facts.recalled} recalled now"
        )
        showing.say(shown, f"[dim]{escape(line)}[/]")
    sizes = ", ".join(f"{name} {size}" for name, size in found.files.items())
    showing.say(shown, f"[dim]embedder {escape(found.embedder)}; bytes: {escape(sizes)}[/]")
    verdict = "[green]healthy[/]" if found.healthy else "[red]not healthy[/]"
    showing.say(shown, f"{verdict} {escape(url)}")
