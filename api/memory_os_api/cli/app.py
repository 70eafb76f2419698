"""The tree of commands. Nothing heavy is imported here: ``memory-os --help`` must be quick."""

from collections.abc import Collection
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated

import typer

from memory_os_api.cli.commands import (
    activation,
    adapter,
    branching,
    erasing,
    jobs,
    keeping,
    keys,
    merging,
    oversight,
    past,
    policies,
    recalling,
    reviewing,
    serving,
    sharing,
    writing,
)
from memory_os_api.cli.loading import work

GROUP = "memory_os.commands"

_MEMORY, _STORE, _SERVICE = "Memory", "Store", "Service and proof"
_HELP = {"eval": "Measure recall on your copies of public data sets."}


def build(words: Collection[str]) -> typer.Typer:
    """Return the commands; those that packages add are loaded only if ``words`` name them.

    A package adds a group of commands by an entry point in ``memory_os.commands``: its name, and
    the ``typer.Typer`` behind it.
    """
    app = typer.Typer(
        name="memory-os",
        help="Memory for agents: store what happened, recall it with citations.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    app.command(rich_help_panel=_MEMORY)(writing.add)
    app.command(rich_help_panel=_MEMORY)(recalling.search)
    app.command(rich_help_panel=_MEMORY)(recalling.context)
    app.command(rich_help_panel=_MEMORY)(recalling.get)
    app.command(rich_help_panel=_MEMORY)(recalling.history)
    app.command("list", rich_help_panel=_MEMORY)(recalling.list_memories)
    app.command(rich_help_panel=_MEMORY)(writing.update)
    app.command(rich_help_panel=_MEMORY)(writing.delete)
    app.command(rich_help_panel=_MEMORY)(writing.move)
    app.command(rich_help_panel=_MEMORY)(erasing.erase)
    app.command(rich_help_panel=_MEMORY)(past.diff)
    app.command(rich_help_panel=_MEMORY)(past.rollback)
    app.add_typer(past.snapshots, name="snapshot", rich_help_panel=_MEMORY)
    app.add_typer(branching.app, name="branch", rich_help_panel=_MEMORY)
    app.command(rich_help_panel=_MEMORY)(merging.duplicates)
    app.command(rich_help_panel=_MEMORY)(merging.merge)
    app.command(rich_help_panel=_MEMORY)(merging.unmerge)
    app.command(rich_help_panel=_MEMORY)(sharing.share)
    app.add_typer(sharing.app, name="grants", rich_help_panel=_MEMORY)
    app.command(rich_help_panel=_MEMORY)(policies.feedback)
    app.add_typer(policies.policy, name="policy", rich_help_panel=_STORE)
    app.add_typer(policies.lifecycle, name="lifecycle", rich_help_panel=_STORE)
    app.command(rich_help_panel=_MEMORY)(reviewing.attest)
    app.add_typer(reviewing.review, name="review", rich_help_panel=_MEMORY)
    app.add_typer(activation.activation, name="activation", rich_help_panel=_MEMORY)
    app.add_typer(adapter.adapter, name="adapter", rich_help_panel=_MEMORY)
    app.command(rich_help_panel=_STORE)(keeping.export)
    app.command("import", rich_help_panel=_STORE)(keeping.import_file)
    app.command(rich_help_panel=_STORE)(keeping.reindex)
    app.command(rich_help_panel=_STORE)(keeping.doctor)
    app.add_typer(jobs.app, name="jobs", rich_help_panel=_STORE)
    app.command(rich_help_panel=_STORE)(jobs.worker)
    app.command(rich_help_panel=_SERVICE)(serving.demo)
    app.command(rich_help_panel=_SERVICE)(serving.serve)
    app.add_typer(oversight.audit, name="audit", rich_help_panel=_SERVICE)
    app.add_typer(oversight.quotas, name="quotas", rich_help_panel=_SERVICE)
    app.add_typer(keys.app, name="keys", rich_help_panel=_SERVICE)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        _mount(app, entry, wanted=entry.name in words)
    app.command(rich_help_panel=_SERVICE)(serving.version)
    return app


def _mount(app: typer.Typer, entry: EntryPoint, *, wanted: bool) -> None:
    if wanted:
        app.add_typer(entry.load(), name=entry.name, rich_help_panel=_SERVICE)
        return
    text = _HELP.get(entry.name, f"Commands of {entry.module.partition('.')[0]}.")
    app.command(entry.name, help=text, rich_help_panel=_SERVICE)(_nothing)


def _nothing() -> None:
    """Stand in the help for a command that is loaded when it is called."""


def _version(asked: bool) -> None:
    if asked:
        work("serving").version(as_json=False)
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_version),
    ] = False,
) -> None:
    """Stand for the command itself."""
