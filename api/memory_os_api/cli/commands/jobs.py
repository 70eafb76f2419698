"""``jobs list``, ``show``, ``start``, ``retry``, ``cancel``, ``run``, and ``worker``."""

from typing import Annotated

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import ApiKey, Database, DryRun, Json, Reason, Tenant, Url

app = typer.Typer(help="Background work: what waits, runs, was done or failed.")

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id.")]
LogLevel = Annotated[
    str, typer.Option("--log-level", help="debug, info, warning or error; to standard error.")
]


@app.command("list")
def list_jobs(
    states: Annotated[
        list[str] | None,
        typer.Option(
            "--state", help="Only queued, running, done, dead or cancelled ones; repeatable."
        ),
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only of this kind.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many, 1 to 1000.")] = 100,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on from a page.")] = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """List jobs, the newest first."""
    work("jobs").list_jobs(**locals())


@app.command()
def show(
    job_id: JobId,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Show a job and everything that happened to it."""
    work("jobs").show(**locals())


@app.command()
def start(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What to do, such as decay.")],
    targets: Annotated[
        list[str] | None,
        typer.Option("--target", metavar="ID", help="A memory it is about; repeatable."),
    ] = None,
    priority: Annotated[str, typer.Option("--priority", help="low, normal or high.")] = "normal",
    run_after: Annotated[
        str | None, typer.Option("--after", metavar="TIME", help="Not before then.")
    ] = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Queue a job for a worker."""
    work("jobs").start(**locals())


@app.command()
def retry(
    job_id: JobId,
    reason: Reason = "",
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Queue a dead or cancelled job again."""
    work("jobs").retry(**locals())


@app.command()
def cancel(
    job_id: JobId,
    reason: Reason = "",
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Take a queued or running job out."""
    work("jobs").cancel(**locals())


@app.command()
def run(
    database: Database = None,
    log_level: LogLevel = "warning",
    as_json: Json = False,
) -> None:
    """Do what is due in a store, of every tenant, and end."""
    work("jobs").run(**locals())


def worker(
    database: Database = None,
    log_level: LogLevel = "info",
    as_json: Json = False,
) -> None:
    """Do background work of a store until told to stop."""
    work("jobs").worker(**locals())
