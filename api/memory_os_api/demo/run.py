"""Run both acts and say whether every check passed."""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from rich.console import Console

from memory_os.errors import InvalidInput
from memory_os_api.demo import show
from memory_os_api.demo.conversation import load_conversation, load_questions
from memory_os_api.demo.embedded import play_embedded
from memory_os_api.demo.over_http import play_service
from memory_os_api.demo.result import Report

FILES = ("demo.db", "service.db")


def run_demo(console: Console, *, folder: Path | None = None, as_json: bool = False) -> int:
    """Play the demonstration and return an exit status: 0 if every check passed, else 1.

    ``folder`` keeps the databases; unset, they go into a temporary folder that is removed.
    ``as_json`` prints one JSON object in place of the show.

    Raises:
        InvalidInput: ``folder`` holds the databases of an earlier run.
    """
    stage = Console(quiet=True) if as_json else console
    if folder is None:
        with TemporaryDirectory(prefix="memory-os-demo-") as temporary:
            report = _play(stage, Path(temporary))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        report = _play(stage, _unused(folder))
    if as_json:
        console.print_json(data=report.as_dict())
    else:
        show.closing(console, report, folder)
    return 0 if report.passed else 1


def _play(console: Console, folder: Path) -> Report:
    conversation, questions = load_conversation(), load_questions()
    started = perf_counter()
    acts = (
        play_embedded(console, conversation, questions, folder),
        play_service(console, conversation, questions, folder),
    )
    return Report(conversation.title, perf_counter() - started, acts)


def _unused(folder: Path) -> Path:
    taken = next((name for name in FILES if (folder / name).exists()), None)
    if taken is not None:
        raise InvalidInput(
            f"{str(folder / taken)!r} is left from an earlier run; use another folder",
            field="folder",
        )
    return folder
