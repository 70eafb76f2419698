"""Keeping attention caches, and saying what is kept."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from memory_os.domain.operations import Memory as Record
from memory_os.domain.payload import Activation
from memory_os.domain.vocabulary import Kind
from memory_os.errors import InvalidInput
from memory_os_agents.runtimes.loading import load_runtime
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import given, scope_of

_QUESTION = "what stands here"
_ROOM = 64


def promote(**options: Any) -> None:
    """Keep the cache of a standing part if it pays, and print why."""
    runtime = load_runtime(options["model"])
    with memory(*_place(options)) as opened:
        prompt = _prompt(opened, runtime, options)
        kept_as = {**scope_of(options), "codec": options["codec"]}
        if options["always"]:
            kept = opened.keep_prefix(runtime, prompt, **kept_as, dry_run=options["dry_run"])
            _show(kept, options, "would be kept" if options["dry_run"] else "is kept")
            return
        done = opened.promote(runtime, prompt, **kept_as, dry_run=options["dry_run"])
    if options["as_json"]:
        told = done.verdict.model_dump(mode="json")
        kept_record = done.kept.model_dump(mode="json") if done.kept else None
        sys.stdout.write(json.dumps({"verdict": told, "kept": kept_record}) + "\n")
        return
    pays = "pays" if done.verdict.promote else f"does not pay: {done.verdict.reason}"
    showing.say(Console(highlight=False), f"keeping these {prompt.standing} tokens {pays}")
    _numbers(done.verdict.inputs)
    if done.kept is not None:
        _show(done.kept, options, "is kept")


def list_activations(**options: Any) -> None:
    """Print what is kept."""
    asked = {**scope_of(options), **given(options, ("limit", "cursor"))}
    with memory(*_place(options)) as opened:
        page = opened.get_all(kinds=[Kind.ACTIVATION], **asked)
    if options["as_json"]:
        showing.document(page)
        return
    table = Table(Column("id", no_wrap=True), "tokens", "bytes", "codec", "state", "why")
    for record in page.results:
        tokens, size, codec = _facts(record)
        table.add_row(
            record.id, str(tokens), str(size), codec, record.state.value, record.state_reason
        )
    Console(highlight=False).print(table)
    if page.next_cursor:
        showing.say(Console(stderr=True), f"more: --cursor {escape(page.next_cursor)}")


def why(**options: Any) -> None:
    """Print why a cache is kept."""
    with memory(*_place(options)) as opened:
        record = opened.get(options["memory_id"])
    payload = _cache(record)
    tokens, size, codec = _facts(record)
    check = payload.check
    told: dict[str, Any] = {
        "id": record.id,
        "state": record.state.value,
        "state_reason": record.state_reason,
        "tokens": tokens,
        "bytes": size,
        "codec": codec,
        "trust": record.trust,
        "sources": sorted({source.cube_id for each in payload.chunks for source in each.sources}),
        "check": None
        if check is None
        else {
            "probes": check.probes,
            "top1_agreement": check.top1_agreement,
            "max_logit_difference": check.max_logit_difference,
            "passed": check.passed,
        },
        "promotion": record.metadata.get("promotion"),
    }
    if options["as_json"]:
        sys.stdout.write(json.dumps(told) + "\n")
        return
    promotion = told.pop("promotion")
    _numbers(told)
    if isinstance(promotion, dict):
        _numbers(promotion)


def recode(**options: Any) -> None:
    """Keep a cache in another codec and print it."""
    with memory(*_place(options)) as opened:
        kept = opened.recode_activation(
            options["memory_id"],
            options["codec"],
            reason=options["reason"],
            dry_run=options["dry_run"],
        )
    _show(kept, options, "would be in" if options["dry_run"] else "is in")


def check(**options: Any) -> None:
    """Compare a cache with a full prefill and print the result."""
    runtime = load_runtime(options["model"])
    with memory(*_place(options)) as opened:
        kept = opened.get(options["memory_id"])
        prompt = _prompt(opened, runtime, options)
        tokens = prompt.tokens[: _cache(kept).tokens]
        checked = opened.verify_activation(runtime, kept, tokens)
    passed = _cache(checked).check
    _show(checked, options, "passed" if passed and passed.passed else "did not pass")


def _prompt(opened: Any, runtime: Any, options: dict[str, Any]) -> Any:
    standing = options["standing_tokens"]
    return opened.context(
        _QUESTION,
        reuse=runtime,
        standing_tokens=standing,
        max_tokens=standing + _ROOM,
        top_k=1,
        **scope_of(options),
        **given(options, ("system",)),
    )


def _cache(record: Record) -> Activation:
    if not isinstance(record.payload, Activation):
        raise InvalidInput(f"{record.id!r} is a memory of kind {record.kind.value!r}")
    return record.payload


def _facts(record: Record) -> tuple[int, int, str]:
    payload = _cache(record)
    size = sum(chunk.blob.size for chunk in payload.chunks)
    return payload.tokens, size, payload.chunks[0].blob.codec if payload.chunks else ""


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
    tokens, size, codec = _facts(record)
    facts = f"{record.id} {verb}: {tokens} tokens, {size} bytes, {codec}, {record.state.value}"
    showing.say(Console(highlight=False), escape(facts))


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
