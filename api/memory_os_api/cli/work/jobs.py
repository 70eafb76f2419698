"""Background work: listed, shown, started, tried again, cancelled, done."""

from importlib import import_module
from typing import Any

from rich.console import Console
from rich.markup import escape

from memory_os.domain.jobs import JobState
from memory_os.domain.operations.jobs import JobPage, JobRecord, to_job_record
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import database_url, existing, memory
from memory_os_api.cli.work.reading import given

_COLOURS = {JobState.DONE: "green", JobState.DEAD: "red", JobState.RUNNING: "cyan"}


def list_jobs(**options: Any) -> None:
    """Print a page of jobs."""
    asked = given(options, ("states", "kind", "limit", "cursor"))
    with memory(*_place(options)) as opened:
        page = opened.jobs(**asked)
    if options["as_json"]:
        showing.document(page)
        return
    shown, notes = showing.console(), Console(stderr=True, highlight=False)
    for job in page.results:
        _show_line(shown, job)
    if not page.results:
        showing.say(shown, "there are no such jobs")
    if page.next_cursor:
        showing.say(notes, f"[dim]more: --cursor {escape(page.next_cursor)}[/]")


def show(**options: Any) -> None:
    """Print a job and its history."""
    with memory(*_place(options)) as opened:
        job = opened.job(options["job_id"])
    _show(job, options)


def start(**options: Any) -> None:
    """Queue a job."""
    asked = given(options, ("targets", "priority", "run_after", "reason"))
    with memory(*_place(options)) as opened:
        job = opened.start_job(options["kind"], dry_run=options["dry_run"], **asked)
    _show(job, options)


def retry(**options: Any) -> None:
    """Queue a job again."""
    with memory(*_place(options)) as opened:
        job = opened.retry_job(options["job_id"], reason=options["reason"])
    _show(job, options)


def cancel(**options: Any) -> None:
    """Take a job out."""
    with memory(*_place(options)) as opened:
        job = opened.cancel_job(options["job_id"], reason=options["reason"])
    _show(job, options)


def run(**options: Any) -> None:
    """Do what is due and print what became of it."""
    database = existing(database_url(options["database"]))
    done = import_module("memory_os_api.working").work_once(database, options["log_level"])
    page = JobPage(results=tuple(map(to_job_record, done)))
    if options["as_json"]:
        showing.document(page)
        return
    shown = showing.console()
    for job in page.results:
        _show_line(shown, job)
    showing.say(Console(stderr=True, highlight=False), f"[dim]{len(done)} jobs were due[/]")


def worker(**options: Any) -> None:
    """Work until told to stop; the worker's name is printed when it begins."""
    database = existing(database_url(options["database"]))

    def begun(name: str) -> None:
        if options["as_json"]:
            showing.document({"worker": name, "database": database})
        else:
            showing.say(showing.console(), f"[bold]{escape(name)}[/] works on {escape(database)}")

    import_module("memory_os_api.working").work(database, options["log_level"], begun)


def _show(job: JobRecord, options: dict[str, Any]) -> None:
    if options["as_json"]:
        showing.document(job)
        return
    shown = showing.console()
    _show_line(shown, job)
    if job.targets:
        showing.say(shown, f"  [dim]about[/] {escape(' '.join(job.targets))}")
    if job.result is not None:
        showing.say(shown, f"  [dim]result[/] {escape(str(job.result))}")
    for step in job.history:
        parts = (step.at.isoformat(timespec="seconds"), step.event, step.by, step.detail)
        showing.say(shown, f"  [dim]{escape(' '.join(part for part in parts if part))}[/]")


def _show_line(shown: Console, job: JobRecord) -> None:
    colour = _COLOURS.get(job.state, "yellow")
    parts = [f"attempt {job.attempts}", f"after {job.run_after.isoformat(timespec='seconds')}"]
    parts += ["dry run"] if job.dry_run else []
    parts += [job.error] if job.error else []
    line = escape("; ".join(parts))
    kind, state = escape(job.kind), job.state.value
    showing.say(shown, f"[bold]{escape(job.id)}[/] {kind} [{colour}]{state}[/] [dim]{line}[/]")


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
