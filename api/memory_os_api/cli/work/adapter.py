"""Training adapters, and saying what is kept."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from memory_os.domain.operations import Memory as Record
from memory_os.domain.payload import Adapter
from memory_os.domain.vocabulary import Kind
from memory_os.errors import InvalidInput
from memory_os.parametric.folders import from_folder, to_folder
from memory_os.ports.trainer import Recipe
from memory_os_agents.runtimes.loading import load_trainer
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import given, scope_of


def consolidate(**options: Any) -> None:
    """Train, judge, and print what came of it; progress goes to standard error."""
    trainer = load_trainer(options["model"])
    notes = Console(stderr=True, highlight=False)
    recipe = Recipe(
        rank=options["rank"],
        alpha=2.0 * options["rank"],
        epochs=options["epochs"],
        learning_rate=options["learning_rate"],
        objective=options["objective"],
        seed=options["seed"],
        checkpoint=options["checkpoint"],
    )

    def told(epoch: int, epochs: int, loss: float) -> None:
        if epoch == epochs or epoch % max(1, epochs // 10) == 0:
            showing.say(notes, f"[dim]epoch {epoch} of {epochs}, loss {loss:.4f}[/]")

    with memory(*_place(options)) as opened:
        done = opened.consolidate(
            trainer,
            options["kind"],
            recipe=recipe,
            codec=options["codec"],
            replaces=options["replaces"],
            dry_run=options["dry_run"],
            progress=told,
            **scope_of(options),
        )
    if options["as_json"]:
        kept = done.kept.model_dump(mode="json") if done.kept else None
        verdict = done.verdict.model_dump(mode="json", exclude={"memories"})
        sys.stdout.write(json.dumps({"verdict": verdict, "kept": kept}) + "\n")
        return
    shown = Console(highlight=False)
    if not done.verdict.allowed:
        showing.say(shown, f"not trained: {done.verdict.reason}")
        _numbers(done.verdict.inputs)
    elif done.kept is None:
        showing.say(shown, f"{len(done.verdict.memories)} memories may be trained on")
    else:
        _gate(done.kept)


def list_adapters(**options: Any) -> None:
    """Print what is kept."""
    asked = {**scope_of(options), **given(options, ("limit", "cursor"))}
    with memory(*_place(options)) as opened:
        page = opened.get_all(kinds=[Kind.PARAMETRIC], **asked)
    if options["as_json"]:
        showing.document(page)
        return
    table = Table(Column("id", no_wrap=True), "rank", "bytes", "made of", "gate", "state")
    for record in page.results:
        payload = _adapter(record)
        table.add_row(
            record.id,
            str(payload.rank),
            str(payload.blob.size),
            str(len(payload.manifest.contributors)),
            payload.manifest.verdict,
            record.state.value,
        )
    Console(highlight=False).print(table)
    if page.next_cursor:
        showing.say(Console(stderr=True), f"more: --cursor {escape(page.next_cursor)}")


def why(**options: Any) -> None:
    """Print what an adapter was trained on and what its gate measured."""
    with memory(*_place(options)) as opened:
        record = opened.get(options["memory_id"])
    payload = _adapter(record)
    manifest = payload.manifest
    told: dict[str, Any] = {
        "id": record.id,
        "state": record.state.value,
        "verdict": manifest.verdict,
        "before": manifest.scores_before,
        "after": manifest.scores_after,
        "rank": payload.rank,
        "modules": list(payload.target_modules),
        "bytes": payload.blob.size,
        "codec": payload.blob.codec,
        "trust": record.trust,
        "seed": manifest.seed,
        "training": manifest.config,
        "contributors": [f"{each.cube_id} v{each.version}" for each in manifest.contributors],
    }
    if options["as_json"]:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        _numbers(told)


def import_adapter(**options: Any) -> None:
    """Keep an adapter of PEFT as a draft and print it."""
    trained = from_folder(options["folder"])
    base = load_trainer(options["model"]).base
    with memory(*_place(options)) as opened:
        kept = opened.store_adapter(
            base,
            trained,
            codec=options["codec"],
            dry_run=options["dry_run"],
            training={"imported": options["folder"].name},
            **scope_of(options),
        )
    _show(kept, options, "would be kept" if options["dry_run"] else "is kept as a draft")


def export(**options: Any) -> None:
    """Write an adapter as a folder of PEFT."""
    with memory(*_place(options)) as opened:
        found = opened.load_adapter(options["memory_id"], draft=options["draft"])
    to_folder(found, options["folder"])
    showing.say(Console(highlight=False), escape(f"written to {options['folder']}"))


def _gate(record: Record) -> None:
    payload = _adapter(record)
    verb = "is activated" if record.state.value == "activated" else "stays a draft"
    facts = f"{record.id} {verb}: {payload.manifest.verdict}"
    showing.say(Console(highlight=False), escape(facts))
    before = {f"{name} before": value for name, value in payload.manifest.scores_before.items()}
    _numbers({**before, **payload.manifest.scores_after, "bytes": payload.blob.size})


def _adapter(record: Record) -> Adapter:
    if not isinstance(record.payload, Adapter):
        raise InvalidInput(f"{record.id!r} is a memory of kind {record.kind.value!r}")
    return record.payload


def _numbers(told: dict[str, Any]) -> None:
    table = Table(show_header=False)
    for name, value in told.items():
        shown = f"{value:.4g}" if isinstance(value, float) else str(value)
        table.add_row(name, escape(shown))
    Console(highlight=False).print(table)


def _show(record: Record, options: dict[str, Any], verb: str) -> None:
    if options["as_json"]:
        showing.document(record)
        return
    payload = _adapter(record)
    facts = f"{record.id} {verb}: rank {payload.rank}, {payload.blob.size} bytes"
    showing.say(Console(highlight=False), escape(facts))


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
