"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

_WHERE = "Where the memory is"
_SCOPE = "Whose memory"
_TIME = "When"


Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        rich_help_panel=_WHERE,
        help="A store, such as sqlite:///memory.db, which is the default. "
        "Environment: MEMORY_OS_DATABASE.",
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        rich_help_panel=_WHERE,
        help="A service, such as http://127.0.0.1:8765. Environment: MEMORY_OS_URL.",
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        metavar="KEY",
        rich_help_panel=_WHERE,
        help="The credential for a service. Environment: MEMORY_OS_API_KEY.",
    ),
]
Tenant = Annotated[
    str | None,
    typer.Option(
        "--tenant",
        rich_help_panel=_WHERE,
        help="The tenant of a store, 'default' unless named; a service takes it from the key.",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print exactly one JSON document on standard output.")
]
User = Annotated[
    str | None, typer.Option("--user", "--user-id", rich_help_panel=_SCOPE, help="Its user_id.")
]
Agent = Annotated[
    str | None, typer.Option("--agent", "--agent-id", rich_help_panel=_SCOPE, help="Its agent_id.")
]
Session = Annotated[
    str | None,
    typer.Option(
        "--session", "--session-id", "--run-id", rich_help_panel=_SCOPE, help="Its session_id."
    ),
]
Namespace = Annotated[
    list[str] | None,
    typer.Option(
        "--namespace", rich_help_panel=_SCOPE, help="A label of its namespace; repeat for a path."
    ),
]
Filter = Annotated[
    str | None,
    typer.Option("--filter", metavar="JSON", help="Conditions over header and metadata."),
]
States = Annotated[
    list[str] | None,
    typer.Option("--state", help="Only memories in this state; repeatable."),
]
Types = Annotated[
    list[str] | None, typer.Option("--type", help="Only this semantic type; repeatable.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        rich_help_panel=_TIME,
        help="As it was recorded then, or snapshot: and a name.",
    ),
]
ValidAt = Annotated[
    str | None,
    typer.Option("--valid-at", metavar="TIME", rich_help_panel=_TIME, help="What held then."),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", rich_help_panel=_TIME, help="Said then or later."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", rich_help_panel=_TIME, help="Said before then."),
]
Exact = Annotated[
    bool,
    typer.Option(
        "--exact/--inherit",
        rich_help_panel=_SCOPE,
        help="Only memories of exactly this scope, or also what wider scopes share.",
    ),
]
Branch = Annotated[
    str | None,
    typer.Option("--branch", metavar="NAME", help="On this branch instead of main."),
]
MemoryId = Annotated[str, typer.Argument(metavar="ID", help="The memory's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the journal.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
Given = Annotated[
    str | None, typer.Argument(metavar="[TEXT|-]", help="The text; '-' reads standard input.")
]
File = Annotated[
    Path | None, typer.Option("--file", metavar="PATH", help="Read it from a file instead.")
]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="A free label; repeatable.")]
Metadata = Annotated[
    str | None, typer.Option("--metadata", metavar="JSON", help="Free facts, as a JSON object.")
]
ValidFrom = Annotated[
    str | None,
    typer.Option("--valid-from", metavar="TIME", rich_help_panel=_TIME, help="It holds from then."),
]
ValidTo = Annotated[
    str | None,
    typer.Option("--valid-to", metavar="TIME", rich_help_panel=_TIME, help="It holds until then."),
]
ExpiresAt = Annotated[
    str | None,
    typer.Option("--expires-at", metavar="TIME", rich_help_panel=_TIME, help="When it expires."),
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option("--idempotency-key", help="The same key never stores the same twice."),
]
