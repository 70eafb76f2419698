"""``audit list``, ``verify`` and ``export``, and ``quotas list``, ``set`` and ``remove``."""

from typing import Annotated

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import Agent, ApiKey, Database, Json, Since, Tenant, Until, Url, User

audit = typer.Typer(help="Read, check and take out the journal.", no_args_is_help=True)
quotas = typer.Typer(help="Limit what a tenant, a user or an agent may use.", no_args_is_help=True)


@audit.command("list")
def list_events(
    actor: Annotated[str | None, typer.Option("--actor", help="Who did it.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="What was done.")] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="ID", help="What it was done to.")
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many, 1 to 1000.")] = 100,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on from a page.")] = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Show who did what and why, oldest first."""
    work("oversight").list_events(**locals())


@audit.command()
def verify(
    path: Annotated[
        str | None,
        typer.Argument(metavar="[PATH]", help="A file that 'audit export' wrote, instead."),
    ] = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Check the journal of a store, a service or an exported file; leave with 1 if it is wrong."""
    work("oversight").verify(**locals())


@audit.command()
def export(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Write the whole journal as JSON Lines, with its signed end."""
    work("oversight").export(**locals())


@quotas.command("list")
def list_quotas(
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """List the quotas, with what is used of each."""
    work("oversight").list_quotas(**locals())


@quotas.command("set")
def set_quota(
    meter: Annotated[str, typer.Argument(metavar="METER", help="What is counted, such as cubes.")],
    limit: Annotated[float, typer.Argument(metavar="LIMIT", help="How much is allowed.")],
    user: User = None,
    agent: Agent = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Set a limit for the tenant, or for a user or an agent in it."""
    work("oversight").set_quota(**locals())


@quotas.command()
def remove(
    quota_id: Annotated[str, typer.Argument(metavar="ID", help="The id, as 'list' shows it.")],
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Remove a quota."""
    work("oversight").remove(**locals())
