"""``activation``: attention caches of prompt prefixes."""

from pathlib import Path
from typing import Annotated

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
    Session,
    Tenant,
    Url,
    User,
)

activation = typer.Typer(
    help="Keep attention caches of what prompts begin with.", no_args_is_help=True
)

Model = Annotated[Path, typer.Option("--model", help="The folder of a transformers checkpoint.")]
Codec = Annotated[str, typer.Option("--codec", help="native, int8, fp8 or int4.")]
System = Annotated[str | None, typer.Option("--system", help="Text to print first, as it is.")]
Standing = Annotated[
    int, typer.Option("--standing-tokens", help="How many tokens are for what seldom changes.")
]


@activation.command()
def promote(
    model: Model,
    system: System = None,
    standing_tokens: Standing = 2_000,
    codec: Codec = "native",
    always: Annotated[
        bool, typer.Option("--always", help="Keep it whether it pays or not.")
    ] = False,
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
    """Measure what the standing part of a scope's prompts costs, and keep its cache if it pays."""
    work("activation").promote(**locals())


@activation.command("list")
def list_activations(
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many, 1 to 1000.")] = 100,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on from a page.")] = None,
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
    """List what is kept: tokens, bytes, codec, state."""
    work("activation").list_activations(**locals())


@activation.command()
def why(
    memory_id: MemoryId,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Say why a cache is kept: expected uses, times, bytes, check, sources."""
    work("activation").why(**locals())


@activation.command()
def recode(
    memory_id: MemoryId,
    codec: Codec = "int8",
    reason: Annotated[str, typer.Option("--reason", help="Why; it is journalled.")] = "recoded",
    dry_run: DryRun = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Keep a cache in fewer bytes; it is to be checked again."""
    work("activation").recode(**locals())


@activation.command()
def check(
    memory_id: MemoryId,
    model: Model,
    system: System = None,
    standing_tokens: Standing = 2_000,
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
    """Compare a cache with a full prefill of the same standing part; passed, it is loadable."""
    work("activation").check(**locals())
