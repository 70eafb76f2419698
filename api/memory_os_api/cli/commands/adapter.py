"""``adapter``: weights trained from memories."""

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

adapter = typer.Typer(help="Keep adapters that were trained from memories.", no_args_is_help=True)

Model = Annotated[Path, typer.Option("--model", help="The folder of a transformers checkpoint.")]
Codec = Annotated[str, typer.Option("--codec", help="native, int8 or int4.")]


@adapter.command()
def consolidate(
    model: Model,
    kind: Annotated[
        str, typer.Option("--kind", help="procedure, preference or fact.")
    ] = "procedure",
    epochs: Annotated[int, typer.Option("--epochs", help="How often all is seen.")] = 60,
    rank: Annotated[int, typer.Option("--rank", help="The rank of the matrices.")] = 8,
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", help="The step size of AdamW.")
    ] = 5e-3,
    objective: Annotated[
        str, typer.Option("--objective", help="cross_entropy or distillation.")
    ] = "cross_entropy",
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same adapter.")] = 0,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="A folder to go on from, if interrupted.")
    ] = None,
    replaces: Annotated[
        str | None, typer.Option("--replaces", help="The adapter whose next version this is.")
    ] = None,
    codec: Codec = "native",
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
    """Train the memories of a scope into an adapter, and let it in if its gate passes."""
    work("adapter").consolidate(**locals())


@adapter.command("list")
def list_adapters(
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
    """List what is kept: rank, bytes, contributors, verdict, state."""
    work("adapter").list_adapters(**locals())


@adapter.command()
def why(
    memory_id: MemoryId,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Say what an adapter was trained on and how, and what its gate measured."""
    work("adapter").why(**locals())


@adapter.command("import")
def import_adapter(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that PEFT saved.")],
    model: Model,
    codec: Codec = "native",
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
    """Keep an adapter of PEFT as a draft; nothing is known of what it was trained on."""
    work("adapter").import_adapter(**locals())


@adapter.command()
def export(
    memory_id: MemoryId,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where PEFT will read it.")],
    draft: Annotated[
        bool, typer.Option("--draft", help="Also one that is still to be judged.")
    ] = False,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
) -> None:
    """Write an adapter as a folder that PEFT and model servers read."""
    work("adapter").export(**locals())
