"""``attest``, and ``review list``, ``release`` and ``reject``."""

from typing import Annotated

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    ApiKey,
    Database,
    DryRun,
    Exact,
    Json,
    MemoryId,
    Namespace,
    Session,
    Tenant,
    Url,
    User,
)

review = typer.Typer(help="Look at what was held, let it in or not.", no_args_is_help=True)

Why = Annotated[
    str, typer.Option("--reason", help="Why; it is journalled, so put no personal data in it.")
]


def attest(
    memory_id: MemoryId,
    trust: Annotated[
        str,
        typer.Option("--trust", help="untrusted, low, standard or verified."),
    ],
    reason: Why,
    version: Annotated[
        int | None, typer.Option("--version", help="Only if the memory is at this version.")
    ] = None,
    dry_run: DryRun = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Vouch for a memory: say how far it may be relied on."""
    work("reviewing").attest(**locals())


@review.command("list")
def list_held(
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many, 1 to 1000.")] = 100,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on from a page.")] = None,
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
    """List what is held for review, with why."""
    work("reviewing").list_held(**locals())


@review.command()
def release(
    memory_id: MemoryId,
    reason: Why = "released after review",
    dry_run: DryRun = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Let a held memory in: recall sees it."""
    work("reviewing").release(**locals())


@review.command()
def reject(
    memory_id: MemoryId,
    reason: Why,
    dry_run: DryRun = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """End the time of a held memory; it can be restored for a while."""
    work("reviewing").reject(**locals())
