"""``keys create``, ``keys list`` and ``keys revoke``."""

from typing import Annotated, Literal

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    Database,
    ExpiresAt,
    Json,
    Namespace,
    Session,
    Tenant,
    User,
)

app = typer.Typer(help="Make, list and revoke the service's API keys.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    role: Annotated[
        Literal["read", "write", "share", "admin"] | None,
        typer.Option(
            "--role",
            help="What it may do; unset: a user shares, agent and service write, an operator is "
            "admin.",
        ),
    ] = None,
    kind: Annotated[
        Literal["user", "agent", "service", "operator"],
        typer.Option("--kind", help="Who holds it; steers how far what it writes is trusted."),
    ] = "service",
    tenant: Tenant = None,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    expires_at: ExpiresAt = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="It expires after so many days.")
    ] = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Make a key and show it, this once. Scope options bind it to that scope."""
    work("keys").create(**locals())


@app.command("list")
def list_keys(
    tenant: Tenant = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List keys, of one tenant or of all; never their secrets."""
    work("keys").list_keys(**locals())


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as 'list' shows it.")],
    tenant: Tenant = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Make a key worthless from now on."""
    work("keys").revoke(**locals())
