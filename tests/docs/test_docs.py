"""The documentation tells the truth: its code runs, its links resolve, nothing is left out."""

import os
import re
import runpy
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from memory_os.errors import error_types
from memory_os_api.cli.app import build
from memory_os_api.cli.main import run
from memory_os_api.problems import STATUS
from memory_os_api.settings import Settings
from memory_os_evals.errors import EvaluationError
from tests.docs.pages import NAMES, ROOT, Block, anchors, blocks, links, read, section

LOOPBACK = ("127.0.0.1", "::1", "localhost")
SHELLS = ("console", "bash", "sh")
ROOT_COMMAND: Any = typer.main.get_command(build({"eval"}))
EXTRA_VARIABLES = {"MEMORY_OS_URL", "MEMORY_OS_API_KEY", "MEMORY_OS_TRACEBACK"}


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise AssertionError(f"the documentation reached for the network: {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MEMORY_OS_")]:
        monkeypatch.delenv(name)
    return tmp_path


def python_blocks(name: str) -> list[Block]:
    return [
        block
        for block in blocks(name)
        if block.language == "python" and "no-run" not in block.flags
    ]


def shell_lines(name: str, *, flag: str | None = None) -> list[tuple[str, list[str]]]:
    return [
        (block.place, _arguments(line))
        for block in blocks(name)
        if block.language in SHELLS and (flag is None or flag in block.flags)
        for line in block.commands()
        if line.startswith("memory-os")
    ]


def _arguments(line: str) -> list[str]:
    words = shlex.split(line, comments=True)[1:]
    cut = next((at for at, word in enumerate(words) if word in ("|", ">", "<", "&")), len(words))
    return words[:cut]


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, child in command.commands.items():
        yield from walk(child, (*path, name))


COMMANDS = dict(walk(ROOT_COMMAND))


@pytest.mark.parametrize("name", [name for name in NAMES if python_blocks(name)])
def test_the_python_of_a_page_runs_from_top_to_bottom(name: str, folder: Path) -> None:
    program: dict[str, Any] = {"__name__": "page"}
    for block in python_blocks(name):
        code = compile("\n" * (block.line - 1) + block.text, name, "exec")
        exec(code, program)


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples").glob("*.py")))
def test_an_example_runs_and_says_something(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runpy.run_path(str(ROOT / "examples" / name), run_name="__main__")
    assert capsys.readouterr().out.strip()


def test_every_example_is_listed() -> None:
    listed = set(links("examples/README.md"))
    assert listed == {path.name for path in (ROOT / "examples").glob("*.py")}


@pytest.mark.parametrize("name", [name for name in NAMES if shell_lines(name)])
def test_every_command_line_of_a_page_parses(name: str) -> None:
    for place, arguments in shell_lines(name):
        command = ROOT_COMMAND
        context = command.make_context("memory-os", list(arguments))
        while hasattr(command, "commands"):
            rest = [*getattr(context, "_protected_args", ()), *context.args]
            assert rest, f"{place}: a command is missing after {arguments}"
            _, command, rest = command.resolve_command(context, rest)
            assert command is not None, place
            context = command.make_context(command.name, list(rest), parent=context)


@pytest.mark.parametrize("name", [name for name in NAMES if shell_lines(name, flag="run")])
def test_the_command_lines_marked_run_do_run(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place, arguments in shell_lines(name, flag="run"):
        assert run(arguments) == 0, f"{place}: {arguments}\n{capsys.readouterr()}"


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_every_command_and_option_is_documented(path: str) -> None:
    text = section("docs/cli.md", f"memory-os {path}")
    for parameter in COMMANDS[path].params:
        if parameter.param_type_name == "option":
            named = [option for option in parameter.opts if option.startswith("--")]
            assert any(f"`{option}" in text for option in named), (path, parameter.opts)
        else:
            word = re.findall("[A-Z]+", parameter.metavar or parameter.name.upper())[0]
            assert f"`{word}`" in text, (path, word)


def test_the_documentation_names_no_command_that_is_not_there() -> None:
    headings = re.findall(r"^## memory-os (.+)$", read("docs/cli.md"), re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(MEMORY_OS_\w+)`", read("docs/settings.md"), re.MULTILINE))
    service = {f"MEMORY_OS_{name.upper()}" for name in Settings.model_fields}
    assert documented == service | EXTRA_VARIABLES


def test_every_error_code_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (\d+) \|", read("docs/errors.md"), re.MULTILINE)
    documented = {code: (name, int(status)) for code, name, status in rows}
    assert documented == {e.code: (e.__name__, STATUS[e.code]) for e in error_types()}
    for error in (EvaluationError, *EvaluationError.__subclasses__()):
        assert f"| `{error.code}` | `{error.__name__}` |" in read("docs/evaluation.md"), error


@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_resolves(name: str) -> None:
    for target in links(name):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (ROOT / name).parent / path if path else ROOT / name
        assert found.exists(), f"{name} links to {target}"
        if anchor:
            page = str(found.resolve().relative_to(ROOT.resolve()))
            assert anchor in anchors(page), f"{name} links to {target}"


def test_every_decision_is_in_the_index() -> None:
    pages = {path.name for path in (ROOT / "docs" / "decisions").glob("0*.md")}
    assert set(links("docs/decisions/README.md")) == pages
