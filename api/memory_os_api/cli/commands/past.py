"""``diff``, ``rollback``, and ``snapshot create``, ``list`` and ``delete``."""

from typing import Annotated

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    ApiKey,
    Branch,
    Database,
    DryRun,
    Exact,
    Json,
    Namespace,
    Reason,
    Session,
    Tenant,
    Url,
    User,
)

snapshots = typer.Typer(help="Name moments of memory, to read them later.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The snapshot's name.")]
Start = Annotated[
    str | None,
    typer.Argument(
        metavar="[START]",
        help="Changes after this time, or snapshot: and a name. Without it, --branch is compared "
        "with main.",
    ),
]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="TIME", help="As it was then; a time, or snapshot: and a name."),
]


def diff(
    start: Start = None,
    end: Annotated[
        str | None,
        typer.Option("--end", metavar="TIME", help="Changes up to this time; unset: now."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many, 1 to 1000.")] = 100,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on from a page.")] = None,
    branch: Branch = None,
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
    """Show what was added, removed, revised and moved between two times."""
    work("past").diff(**locals())


def rollback(
    to: To = None,
    memory_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="One memory, instead of a scope.")
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", help="A version of it, instead of a time.")
    ] = None,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    exact: Exact = True,
    reason: Reason = "",
    dry_run: DryRun = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Make a memory, or all of a scope, again what it was; it can be undone."""
    work("past").rollback(**locals())


@snapshots.command()
def create(
    name: Name,
    reason: Reason = "",
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Name this moment of a scope."""
    work("past").create(**locals())


@snapshots.command("list")
def list_snapshots(
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """List the snapshots of a scope, oldest first."""
    work("past").list_snapshots(**locals())


@snapshots.command()
def delete(
    name: Name,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Forget a name; the memory of that moment stays."""
    work("past").delete(**locals())
