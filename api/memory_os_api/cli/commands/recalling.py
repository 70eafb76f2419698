"""``search``, ``context``, ``get``, ``history`` and ``list``."""

from typing import Annotated

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import (
    Agent,
    ApiKey,
    AsOf,
    Branch,
    Database,
    Exact,
    Filter,
    Json,
    MemoryId,
    Namespace,
    Session,
    Since,
    States,
    Tenant,
    Types,
    Until,
    Url,
    User,
    ValidAt,
)

Query = Annotated[str, typer.Argument(metavar="QUERY|-", help="A question; '-' reads it.")]
Threshold = Annotated[
    float | None,
    typer.Option("--threshold", help="The lowest relevance, 0 to 1; unset, memory abstains."),
]


def search(
    query: Query,
    top_k: Annotated[int, typer.Option("--top-k", "-k", help="How many hits, 1 to 1000.")] = 10,
    threshold: Threshold = None,
    filter: Filter = None,
    state: States = None,
    type: Types = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each stage contributed to each hit.")
    ] = False,
    rounds: Annotated[
        int | None, typer.Option("--rounds", help="Rounds of reading and asking again, 1 to 5.")
    ] = None,
    as_of: AsOf = None,
    valid_at: ValidAt = None,
    since: Since = None,
    until: Until = None,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    exact: Exact = False,
    branch: Branch = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Find memories that answer a question, best first."""
    work("recalling").search(**locals())


def context(
    query: Query,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", "-n", help="The token budget, at least 16.")
    ] = 1_000,
    top_k: Annotated[int, typer.Option("--top-k", "-k", help="Hits to pack from.")] = 50,
    threshold: Threshold = None,
    filter: Filter = None,
    state: States = None,
    type: Types = None,
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Repeat the most needed part once.")
    ] = False,
    include_untrusted: Annotated[
        bool,
        typer.Option("--include-untrusted", help="Show untrusted memories too, fenced."),
    ] = False,
    min_trust: Annotated[
        str | None,
        typer.Option("--min-trust", help="The least trust: untrusted, low, standard, verified."),
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", help="Text to print first, as it is.")
    ] = None,
    standing_tokens: Annotated[
        int | None,
        typer.Option(
            "--standing-tokens",
            help="How many tokens, with --system, are for what seldom changes, printed first.",
        ),
    ] = None,
    as_of: AsOf = None,
    valid_at: ValidAt = None,
    since: Since = None,
    until: Until = None,
    user: User = None,
    agent: Agent = None,
    session: Session = None,
    namespace: Namespace = None,
    exact: Exact = False,
    branch: Branch = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Pack what answers a question into a token budget, with citations."""
    work("recalling").context(**locals())


def get(
    memory_id: MemoryId,
    as_of: AsOf = None,
    valid_at: ValidAt = None,
    branch: Branch = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Show one memory, now or as it was."""
    work("recalling").get(**locals())


def history(
    memory_id: MemoryId,
    branch: Branch = None,
    database: Database = None,
    url: Url = None,
    api_key: ApiKey = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Show every version of a memory, oldest first."""
    work("recalling").history(**locals())


def list_memories(
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many, 1 to 1000.")] = 100,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on from a page.")] = None,
    newest_first: Annotated[
        bool, typer.Option("--newest-first", help="The newest first, else the oldest.")
    ] = False,
    filter: Filter = None,
    state: States = None,
    type: Types = None,
    as_of: AsOf = None,
    valid_at: ValidAt = None,
    since: Since = None,
    until: Until = None,
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
    """List memories by creation, a page at a time."""
    work("recalling").list_memories(**locals())
