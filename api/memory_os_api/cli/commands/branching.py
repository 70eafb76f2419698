"""``branch create``, ``list``, ``adopt`` and ``delete``."""

from typing import Annotated, Literal

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    ApiKey,
    Database,
    DryRun,
    IdempotencyKey,
    Json,
    Namespace,
    Reason,
    Session,
    Tenant,
    Url,
    User,
)

app = typer.Typer(help="Try changes on a branch, and adopt them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The branch's name, or its id.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The branch's name.")],
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="A time, or snapshot: and a name; unset: now."),
    ] = None,
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
    """Make a branch of a scope; --branch NAME reads and writes it."""
    work("branching").create(**locals())


@app.command("list")
def list_branches(
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
    """List the branches of a scope, oldest first."""
    work("branching").list_branches(**locals())


@app.command()
def adopt(
    name: Name,
    prefer: Annotated[
        Literal["branch", "main"] | None,
        typer.Option("--prefer", help="Whose version counts where both sides changed."),
    ] = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
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
    """Apply to main what was changed on a branch alone; it can be undone."""
    work("branching").adopt(**locals())


@app.command()
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
    """Forget a branch and, for good, what was written on it alone."""
    work("branching").delete(**locals())
