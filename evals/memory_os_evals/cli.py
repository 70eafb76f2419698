"""The command ``memory-os eval``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from memory_os.clock import SystemClock
from memory_os_evals.arms.catalogue import ARMS, DEFAULT
from memory_os_evals.errors import MissingData
from memory_os_evals.progress import Bar
from memory_os_evals.recall.record import claim, keep
from memory_os_evals.recall.report import report
from memory_os_evals.recall.run import Options, run
from memory_os_evals.recall.suites import SUITES
from memory_os_evals.shipped import SHIPPED

FAILED = 1

app = typer.Typer(
    name="eval",
    help="Measure recall on public data sets, and the merging policy on pairs of its own.",
    no_args_is_help=True,
)


@app.command("list")
def list_suites(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the suites with the data each needs, and the arms."""
    if as_json:
        suites: list[dict[str, object]] = [_suite(name) for name in SUITES]
        suites += [{"suite": name, "about": suite.about} for name, suite in SHIPPED.items()]
        typer.echo(json.dumps({"suites": suites, "arms": _arms()}, indent=2))
        return
    for name in SUITES:
        facts = _suite(name)
        typer.echo(f"{facts['suite']}: {facts['about']}")
        typer.echo(f"    by {' or '.join(SUITES[name].units)}; --data {facts['data']}")
        typer.echo(f"    {facts['source']} ({facts['licence']})")
    for name, shipped in SHIPPED.items():
        typer.echo(f"{name}: {shipped.about}")
        typer.echo("    its data ships with the package")
    typer.echo("\narms:")
    for name, stands_for in _arms().items():
        mark = "*" if name in DEFAULT else " "
        typer.echo(f"  {mark} {name:<10} {stands_for}")
    typer.echo("  * run by default")


@app.command("run")
def run_suite(
    suite: Annotated[str, typer.Argument(help="A suite that `list` names.")],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            envvar="MEMORY_OS_EVAL_DATA",
            help="The questions: a file, or a folder; not needed by suites that ship theirs.",
        ),
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="The passages, where they do not lie beside the questions.")
    ] = None,
    arms: Annotated[str, typer.Option(help="Arms to compare, by comma.")] = ",".join(DEFAULT),
    category: Annotated[
        list[str] | None, typer.Option(help="Ask this category alone: name or number; repeatable.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Ask the first questions only.")] = None,
    unit: Annotated[
        str | None, typer.Option(help="What is retrieved, where a suite has a choice.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of every stream of chance.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="A new folder for manifest, answers, summary and report.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Run a suite and print its figures."""
    if suite in SHIPPED:
        _run_shipped(suite, as_json=as_json)
        return
    if data is None:
        raise MissingData(f"{suite!r} needs --data: its questions, a file or a folder")
    options = Options(
        suite=suite,
        data=data,
        corpus=corpus,
        arms=_names([arms]),
        categories=_names(category or []),
        limit=limit,
        unit=unit,
        seed=seed,
    )
    if out is not None:
        claim(out)
    with Bar() as bar:
        done = run(options, bar)
    if out is not None:
        keep(done, options, out, clock=SystemClock())
    text = json.dumps(done.document, indent=2) + "\n" if as_json else report(done.document)
    typer.echo(text, nl=False)


def _run_shipped(name: str, *, as_json: bool) -> None:
    suite = SHIPPED[name]
    document = suite.run()
    text = json.dumps(document, indent=2) + "\n" if as_json else suite.report(document)
    typer.echo(text, nl=False)
    if not suite.passed(document):
        raise typer.Exit(FAILED)


def _names(given: list[str]) -> tuple[str, ...]:
    return tuple(name.strip() for part in given for name in part.split(",") if name.strip())


def _suite(name: str) -> dict[str, object]:
    suite = SUITES[name]
    return {
        "suite": f"{suite.name}@{suite.version}",
        "about": suite.about,
        "units": list(suite.units),
        "data": suite.data,
        "corpus": suite.has_corpus,
        "source": suite.source,
        "licence": suite.licence,
    }


def _arms() -> dict[str, str]:
    return {name: kind.stands_for for name, kind in ARMS.items()}
