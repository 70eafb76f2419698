"""``share``, and ``grants create``, ``list`` and ``revoke``."""

from typing import Annotated, Literal

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    ApiKey,
    Database,
    Json,
    MemoryId,
    Namespace,
    Reason,
    Session,
    Tenant,
    Url,
    User,
)

app = typer.Typer(
    help="Give others rights on a memory or a scope, and take them back.", no_args_is_help=True
)
_TO = "To whom"

OneId = Annotated[
    str | None, typer.Option("--id", metavar="ID", help="One memory, instead of a scope.")
]


def share(
    memory_id: MemoryId,
    visibility: Annotated[
        Literal["private", "scope", "tenant"],
        typer.Option(
            "--visibility",
            help="Who reads it: its maker and user, those bound to its scope, all in the tenant.",
        ),
    ],
    reason: Reason = "",
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Let more or fewer read a memory."""
    work("sharing").share(**locals())


@app.command()
def create(
    to_key: Annotated[
        str | None,
        typer.Option("--to", metavar="ID", rich_help_panel=_TO, help="A principal: a key's id."),
    ] = None,
    to_user: Annotated[
        str | None,
        typer.Option("--to-user", rich_help_panel=_TO, help="Callers bound to this user_id."),
    ] = None,
    to_agent: Annotated[
        str | None,
        typer.Option("--to-agent", rich_help_panel=_TO, help="Callers bound to this agent_id."),
    ] = None,
    to_session: Annotated[
        str | None,
        typer.Option("--to-session", rich_help_panel=_TO, help="Callers bound to this session_id."),
    ] = None,
    to_namespace: Annotated[
        list[str] | None,
        typer.Option(
            "--to-namespace",
            rich_help_panel=_TO,
            help="A label of the namespace that callers are bound to; repeat for a path.",
        ),
    ] = None,
    memory_id: OneId = None,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    role: Annotated[
        Literal["read", "write", "share", "admin"] | None,
        typer.Option("--role", help="A bundle of rights; to read, unless rights are named."),
    ] = None,
    rights: Annotated[
        list[str] | None, typer.Option("--right", help="One right, such as erase; repeatable.")
    ] = None,
    purposes: Annotated[
        list[str] | None,
        typer.Option(
            "--purpose",
            help="What restricted memories may be used for: recall, train, export or review; "
            "repeatable.",
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="It ends then.")
    ] = None,
    seconds: Annotated[
        int | None, typer.Option("--ttl-seconds", min=1, help="It ends after so many seconds.")
    ] = None,
    reason: Reason = "",
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Give rights on one memory, or on all of a scope; it counts at once."""
    work("sharing").create(**locals())


@app.command("list")
def list_grants(
    memory_id: OneId = None,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    ended: Annotated[bool, typer.Option("--ended", help="Past and revoked ones too.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many, 1 to 1000.")] = 100,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on from a page.")] = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """List the grants that the caller gave, has, or has the target to share of."""
    work("sharing").list_grants(**locals())


@app.command()
def revoke(
    grant_id: Annotated[str, typer.Argument(metavar="ID", help="The grant's id.")],
    reason: Reason = "",
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """End a grant, and all that rests on it, at once."""
    work("sharing").revoke(**locals())
