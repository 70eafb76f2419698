"""``policy list``, ``show``, ``set`` and ``simulate``, ``lifecycle run``, ``feedback``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    ApiKey,
    Database,
    DryRun,
    Json,
    MemoryId,
    Namespace,
    Reason,
    Session,
    Tenant,
    Url,
    User,
)

policy = typer.Typer(help="Policy sets: how memories age, by agent.", no_args_is_help=True)
lifecycle = typer.Typer(help="Carry policies out.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The policy set's name.")]
SetFile = Annotated[
    Path | None,
    typer.Option("--set", metavar="PATH", help="Settings in a TOML or JSON file."),
]
Version = Annotated[int | None, typer.Option("--version", help="An older version.")]


@policy.command("list")
def list_policies(
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """List the policy sets there are, with whom they are for."""
    work("policies").list_policies(**locals())


@policy.command()
def show(
    name: Name = "default",
    version: Version = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Show a policy set as TOML, every setting spelled out."""
    work("policies").show(**locals())


@policy.command("set")
def set_policy(
    name: Name,
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE|-]", help="TOML or JSON; '-' reads standard input."),
    ] = None,
    agents: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="AGENT", help="An agent it is for; repeat for several."),
    ] = None,
    nobody: Annotated[
        bool, typer.Option("--for-nobody", help="It is for no agent by name any more.")
    ] = False,
    expected_version: Annotated[
        int | None, typer.Option("--expected-version", help="Refuse unless it is at this version.")
    ] = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Set a policy set, or whom it is for; every version is kept."""
    work("policies").set_policy(**locals())


@policy.command()
def simulate(
    name: Name = "default",
    file: SetFile = None,
    days: Annotated[int, typer.Option("--days", help="How many days, 1 to 3650.")] = 365,
    seed: Annotated[int, typer.Option("--seed", help="The same seed, the same days.")] = 0,
    daily: Annotated[float, typer.Option("--daily", help="How many memories come a day.")] = 20.0,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="PATH", help="Write the plot there, as SVG.")
    ] = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Show what a policy set would do to synthetic use, before anybody applies it."""
    work("policies").simulate(**locals())


@lifecycle.command()
def run(
    policies: Annotated[
        list[str] | None,
        typer.Option("--policy", help="Only ttl, decay, archive or evict; repeatable."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many moves to list.")] = 100,
    reason: Reason = "",
    dry_run: DryRun = False,
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
    """Expire, archive, activate and evict what the policies say, in a scope or everywhere."""
    work("policies").run(**locals())


def feedback(
    memory_id: MemoryId,
    signal: Annotated[
        Literal["cited", "confirmed", "unhelpful"],
        typer.Argument(metavar="SIGNAL", help="What it was: cited, confirmed or unhelpful."),
    ],
    reason: Reason = "",
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Say what a memory was good for; it gets stronger or weaker."""
    work("policies").feedback(**locals())
