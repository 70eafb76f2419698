"""``erase``, and ``erase verify``."""

from typing import Annotated

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    ApiKey,
    Database,
    DryRun,
    Json,
    Namespace,
    Session,
    Tenant,
    Url,
    User,
)

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID...|verify RECEIPT]", help="Memories, or verify and a receipt."),
]


def erase(
    ids: Ids = None,
    reason: Annotated[
        str, typer.Option("--reason", help="Why; kept in the receipt for ever, so no content.")
    ] = "",
    subject: Annotated[
        str | None, typer.Option("--subject", help="All about this user_id, instead of ids.")
    ] = None,
    override: Annotated[
        str | None,
        typer.Option("--override", metavar="CODE", help="The law's reason code; beats frozen."),
    ] = None,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    dry_run: DryRun = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Erase memories for good, or with 'verify' check a receipt: a file, or its id."""
    work("erasing").erase(**locals())
