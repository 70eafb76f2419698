"""``add``, ``update``, ``delete`` and ``move``."""

from typing import Annotated, Literal

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    ApiKey,
    Branch,
    Database,
    DryRun,
    Exact,
    ExpiresAt,
    File,
    Filter,
    Given,
    IdempotencyKey,
    Json,
    MemoryId,
    Metadata,
    Namespace,
    Reason,
    Session,
    Tags,
    Tenant,
    Url,
    User,
    ValidFrom,
    ValidTo,
)

Form = Annotated[
    Literal["text", "document", "messages", "lines"] | None,
    typer.Option(
        "--as",
        help="What it is: a text (default), a document to cut into passages (default of --file), "
        "a JSON list of messages, or one text a line.",
    ),
]
Kind = Annotated[str | None, typer.Option("--type", help="Its semantic type, such as fact.")]


def add(
    text: Given = None,
    file: File = None,
    form: Form = None,
    title: Annotated[str | None, typer.Option("--title", help="The document's title.")] = None,
    infer: Annotated[
        bool, typer.Option("--infer", help="Also extract facts, where a model is configured.")
    ] = False,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Of whom or what the text is a fact.")
    ] = None,
    predicate: Annotated[
        str | None, typer.Option("--predicate", help="What it says of the subject.")
    ] = None,
    object: Annotated[str | None, typer.Option("--object", help="The value it says.")] = None,
    resolve: Annotated[
        bool, typer.Option("--resolve", help="Settle it with other facts of the same.")
    ] = False,
    type: Kind = None,
    tag: Tags = None,
    metadata: Metadata = None,
    external_id: Annotated[
        str | None, typer.Option("--external-id", help="Your own key, unique in its scope.")
    ] = None,
    timestamp: Annotated[
        str | None, typer.Option("--timestamp", metavar="TIME", help="When it was said.")
    ] = None,
    valid_from: ValidFrom = None,
    valid_to: ValidTo = None,
    ttl: Annotated[
        int | None, typer.Option("--ttl", metavar="SECONDS", help="It expires after so long.")
    ] = None,
    expires_at: ExpiresAt = None,
    refresh_on_read: Annotated[
        bool, typer.Option("--refresh-on-read", help="A use starts --ttl anew.")
    ] = False,
    retain_until: Annotated[
        str | None,
        typer.Option("--retain-until", metavar="TIME", help="It does not expire before then."),
    ] = None,
    pinned: Annotated[bool, typer.Option("--pinned", help="Policies leave it alone.")] = False,
    idempotency_key: IdempotencyKey = None,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    branch: Branch = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Store a text, a document, or a conversation."""
    work("writing").add(**locals())


def update(
    memory_id: MemoryId,
    text: Given = None,
    file: File = None,
    type: Kind = None,
    tag: Tags = None,
    metadata: Metadata = None,
    valid_from: ValidFrom = None,
    valid_to: ValidTo = None,
    expires_at: ExpiresAt = None,
    pinned: Annotated[
        bool | None, typer.Option("--pinned/--no-pinned", help="Whether policies leave it alone.")
    ] = None,
    expected_version: Annotated[
        int | None, typer.Option("--expected-version", help="Refuse if it is at another.")
    ] = None,
    reason: Reason = "",
    branch: Branch = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Make a new version of a memory; what is not named stays."""
    work("writing").update(**locals())


def delete(
    memory_id: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="The memories' ids.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every memory of the scope that the options name.")
    ] = False,
    filter: Filter = None,
    dry_run: DryRun = False,
    reason: Reason = "",
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    exact: Exact = True,
    branch: Branch = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Delete memories; 'move ID restore' brings one back within 30 days."""
    work("writing").delete(**locals())


def move(
    memory_id: MemoryId,
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="Such as archive, restore, freeze, unfreeze.")
    ],
    reason: Reason = "asked for on the command line",
    dry_run: DryRun = False,
    branch: Branch = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Move a memory through its lifecycle."""
    work("writing").move(**locals())
