"""``serve``, ``demo`` and ``version``."""

from pathlib import Path
from typing import Annotated

import typer

from memory_os_api.cli.loading import work
from memory_os_api.cli.options import Database, Json


def serve(
    host: Annotated[
        str | None,
        typer.Option("--host", help="The address to listen on; 127.0.0.1 unless named."),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="The port; 8765 unless named, 0 picks a free one.")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option("--log-level", help="debug, info, warning or error.")
    ] = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Run the REST service."""
    work("serving").serve(**locals())


def demo(
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Keep the databases in this folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Store a long conversation, ask it, look into its past; then the same over HTTP."""
    work("serving").demo(**locals())


def version(as_json: Json = False) -> None:
    """Show the version of Memory OS and of what it stands on."""
    work("serving").version(**locals())
