"""Exporting and importing files."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from importlib.metadata import version as installed
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO

from rich.console import Console

from memory_os.clock import SystemClock
from memory_os.domain.scope import make_scope
from memory_os.errors import ConfigurationError, InvalidInput, StoreError, StoreReadOnly
from memory_os.kernel.memory_os import KernelConnector
from memory_os.ports.connector import Connector
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import memory
from memory_os_api.cli.work.progress import progress
from memory_os_api.cli.work.reading import STDIN, scope_of
from memory_os_api.cli.work.serving import DISTRIBUTION
from memory_os_api.transfer import (
    Exported,
    Imported,
    ServiceTarget,
    StoreTarget,
    Target,
    journalled,
    read_import,
    served,
    stored,
    withheld,
    write_export,
)

_SHOWN_BAD = 20


def export(**options: Any) -> None:
    """Write an export and say what it holds."""
    if options["path"] == STDIN and options["as_json"]:
        raise ConfigurationError("--json and '-' both want standard output; name a file")
    place = options["database"], options["url"], options["api_key"], options["tenant"]
    with memory(*place) as opened, _writing(options["path"], force=options["force"]) as out:
        done = _exported(opened.connector, options, out)
    if options["as_json"]:
        showing.document({"path": options["path"], **asdict(done)})
        return
    what = "all their versions" if done.carries == "versions" else "their newest versions alone"
    said = f"{done.cubes} memories with {what} ({done.versions}), {done.bytes} bytes"
    _say(said)


def _say(words: str) -> None:
    showing.say(Console(stderr=True, highlight=False), words)


def _exported(connector: Connector, options: dict[str, Any], out: BinaryIO) -> Exported:
    scope = make_scope(**scope_of(options))
    product, now = installed(DISTRIBUTION), SystemClock().now()
    with progress() as report:
        if isinstance(connector, KernelConnector):
            records = stored(connector.kernel, connector.principal, scope)
            done = write_export(
                records, "versions", out.write, product=product, now=now, progress=report
            )
            try:
                journalled(connector.kernel, connector.principal, scope, done)
            except StoreReadOnly:
                _say("the store is open for reading only: its journal does not hold this export")
            left = withheld(connector.kernel, connector.principal, scope)
            if left:
                _say(
                    f"{left} restricted memories are left out: it takes a grant that names the "
                    "purpose 'export' to write them out"
                )
            return done
        records = served(connector, scope)
        return write_export(records, "heads", out.write, product=product, now=now, progress=report)


@contextmanager
def _writing(path: str, *, force: bool) -> Iterator[BinaryIO]:
    """Yield standard output, or a file that appears under its name only once it is whole."""
    if path == STDIN:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    if target.exists() and not force:
        raise InvalidInput(f"{path!r} is there already; --force replaces it", field="path")
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(target)
    except OSError as error:
        raise StoreError(f"{path!r} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def import_file(**options: Any) -> None:
    """Check a file, take it in, and say what came of it."""
    place = options["database"], options["url"], options["api_key"], options["tenant"]
    made = memory(*place, makes=True)
    with _source(options["path"]) as source, made as opened, progress() as report:
        done = read_import(
            source,
            _target(opened.connector, options["path"]),
            dry_run=options["dry_run"],
            skip_bad=options["skip_bad"],
            batch=options["batch"],
            progress=report,
        )
    if options["as_json"]:
        showing.document({"path": options["path"], **asdict(done)})
    else:
        _show(done)


def _target(connector: Connector, path: str) -> Target:
    if isinstance(connector, KernelConnector):
        reason = f"import of {Path(path).name}" if path != STDIN else "import"
        return StoreTarget(connector.kernel, connector.principal, reason)
    return ServiceTarget(connector)


@contextmanager
def _source(path: str) -> Iterator[Callable[[], AbstractContextManager[BinaryIO]]]:
    """Yield a way to open the file, twice; standard input is kept in a temporary file for that."""
    if path != STDIN:
        yield lambda: _opened(path)
        return
    with tempfile.TemporaryFile() as kept:
        copyfileobj(sys.stdin.buffer, kept)

        def again() -> AbstractContextManager[BinaryIO]:
            kept.seek(0)
            return nullcontext(kept)

        yield again


def _opened(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InvalidInput(f"{path!r} cannot be read: {error.strerror}", field="path") from error


def _show(done: Imported) -> None:
    shown = showing.console()
    verb = "would be imported" if done.dry_run else "imported"
    said = f"{done.added} memories with {done.versions} versions {verb}"
    showing.say(shown, f"{said}, {done.present} were there already or have been erased")
    if done.held or done.refused or done.redacted:
        screened = f"{done.held} held for review, {done.redacted} redacted, {done.refused} refused"
        showing.say(shown, f"[yellow]by policy:[/] {screened}")
    for bad in done.bad[:_SHOWN_BAD]:
        showing.say(shown, f"[yellow]line {bad.line} left out:[/] {bad.reason}")
    if len(done.bad) > _SHOWN_BAD:
        showing.say(shown, f"[yellow]and {len(done.bad) - _SHOWN_BAD} more lines left out[/]")
