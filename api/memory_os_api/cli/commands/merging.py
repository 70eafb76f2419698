"""``merge``, ``unmerge`` and ``duplicates``."""

from typing import Annotated, Literal

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    ApiKey,
    Database,
    DryRun,
    Exact,
    IdempotencyKey,
    Json,
    MemoryId,
    Namespace,
    Reason,
    Session,
    Tenant,
    Url,
    User,
)


def merge(
    parents: Annotated[
        list[str], typer.Argument(metavar="ID...", help="The memories to make one of.")
    ],
    content: Annotated[
        str | None, typer.Option("--content", help="What it says; unset, what a parent says.")
    ] = None,
    reason: Reason = "asked for on the command line",
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Make one memory of several; 'unmerge' brings them back as they were."""
    work("merging").merge(**locals())


def unmerge(
    memory_id: MemoryId,
    reason: Reason = "asked for on the command line",
    dry_run: DryRun = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Bring back the memories that one was merged from."""
    work("merging").unmerge(**locals())


def duplicates(
    action: Annotated[
        Literal["merge", "conflict", "review"] | None,
        typer.Option("--action", help="Only pairs with this verdict."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many pairs, 1 to 1000.")] = 100,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    exact: Exact = True,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """List pairs of memories that may be one, each with a verdict; nothing is merged."""
    work("merging").duplicates(**locals())
