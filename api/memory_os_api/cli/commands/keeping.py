"""``export``, ``import``, ``reindex`` and ``doctor``."""

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

Target = Annotated[str, typer.Argument(metavar="PATH|-", help="A file; '-' is standard output.")]
Source = Annotated[str, typer.Argument(metavar="PATH|-", help="A file; '-' is standard input.")]


def export(
    path: Target,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
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
    """Write memories as JSON Lines: every version from a store, the newest from a service."""
    work("moving").export(**locals())


def import_file(
    path: Source,
    dry_run: DryRun = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out lines that are wrong and report each.")
    ] = False,
    batch: Annotated[int, typer.Option("--batch", help="Memories in one transaction.")] = 500,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Read memories that 'export' wrote; what is already there is left alone."""
    work("moving").import_file(**locals())


def reindex(
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Embed everything anew with the embedder of this installation, and rebuild the indexes."""
    work("keeping").reindex(**locals())


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="Rebuild what is derived and wrong.")
    ] = False,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Check the invariants of a store: rows, journal, indexes, snapshots."""
    work("keeping").doctor(**locals())
