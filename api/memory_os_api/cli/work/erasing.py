"""Erasing for good, and checking receipts."""

from pathlib import Path
from typing import Any

import typer
from pydantic_core import from_json
from rich.console import Console
from rich.markup import escape

from memory_os.domain.operations.erase import Probe, Receipt
from memory_os.errors import InvalidInput
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.reading import given, scope_of

VERIFY = "verify"


def erase(**options: Any) -> None:
    """Erase and print the receipt, or check one."""
    ids = options["ids"] or []
    if ids[:1] == [VERIFY]:
        _verify(ids[1:], options)
        return
    asked = scope_of(options) | given(options, ("subject", "override"))
    with memory(*_place(options)) as opened:
        receipt = opened.erase(ids, reason=options["reason"], dry_run=options["dry_run"], **asked)
    if options["as_json"]:
        showing.document(receipt)
        return
    _show(receipt)


def _verify(receipts: list[str], options: dict[str, Any]) -> None:
    if len(receipts) != 1:
        raise InvalidInput("give exactly one receipt: a file with its JSON, or its id")
    with memory(*_place(options)) as opened:
        found = opened.verify_erasure(_receipt(receipts[0]))
    if options["as_json"]:
        showing.document(found)
    else:
        shown = showing.console()
        _show_probes(shown, found.probes)
        for name, good in (("signature", found.signature), ("journal", found.journal)):
            showing.say(shown, f"{name} {'holds' if good else '[red]does not hold[/]'}")
        verdict = "the receipt holds" if found.ok else "[red]the receipt does not hold[/]"
        showing.say(shown, f"[bold]{escape(found.id)}[/] {verdict}")
    if not found.ok:
        raise typer.Exit(1)


def _receipt(given_as: str) -> Any:
    path = Path(given_as)
    if not path.is_file():
        return given_as
    try:
        return from_json(path.read_bytes())
    except ValueError as error:
        raise InvalidInput(f"{given_as!r} is no receipt: {error}") from error


def _show(receipt: Receipt) -> None:
    shown = showing.console()
    for member in receipt.closure:
        showing.say(shown, f"{escape(member.id)} [dim]{member.role.value}[/]")
    for one in receipt.replaced:
        showing.say(shown, f"[dim]{escape(one.new)} stands for {escape(one.old)}[/]")
    _show_probes(shown, receipt.probes)
    for residual in receipt.residuals:
        line = f"until {showing.day(residual.until)}: {residual.what}"
        showing.say(shown, f"[dim]{escape(line)}[/]")
    said = "would go" if receipt.dry_run else receipt.status.value
    notes = Console(stderr=True, highlight=False)
    showing.say(notes, f"[bold]{escape(receipt.id)}[/] {len(receipt.closure)} memories, {said}")


def _show_probes(shown: Console, probes: tuple[Probe, ...]) -> None:
    for probe in probes:
        held = "" if probe.passed else f": {'; '.join(probe.found)}"
        said = "nothing left" if probe.passed else "[red]still there[/]"
        showing.say(shown, f"{escape(probe.name)} {said}{escape(held)}")


def _place(options: dict[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    return options["database"], options["url"], options["api_key"], options["tenant"]
