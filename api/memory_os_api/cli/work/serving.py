"""Running the service and the demonstration, and telling the version."""

import platform
import sqlite3
from importlib import import_module
from importlib.metadata import version as installed
from typing import Any

import typer
from rich.console import Console

from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import database_url

DISTRIBUTION = "memory-os-cubes"
_SHOWN = ("pydantic", "sqlalchemy", "faiss-cpu", "fastapi", "langchain-core")


def serve(**options: Any) -> None:
    """Serve until told to stop; the URL is printed once connections are taken."""
    settings = import_module("memory_os_api.settings").load_settings(
        host=options["host"],
        port=options["port"],
        log_level=options["log_level"],
        database=database_url(options["database"]),
    )

    def listening(url: str) -> None:
        if options["as_json"]:
            showing.document({"url": url, "database": settings.database})
        else:
            showing.say(showing.console(), f"Memory OS listens on [bold]{url}[/]")

    import_module("memory_os_api.serve").serve(settings, listening)


def demo(**options: Any) -> None:
    """Play the demonstration and leave with its exit status."""
    play = import_module("memory_os_api.demo").run_demo
    code = play(Console(), folder=options["folder"], as_json=options["as_json"])
    raise typer.Exit(code)


def version(*, as_json: bool) -> None:
    """Print the versions of this installation."""
    facts = {
        "version": installed(DISTRIBUTION),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: installed(name) for name in _SHOWN},
    }
    if as_json:
        showing.document(facts)
        return
    print_to = showing.console()
    showing.say(print_to, f"memory-os {facts['version']}")
    showing.say(print_to, f"[dim]Python {facts['python']}, SQLite {facts['sqlite']}[/]")
