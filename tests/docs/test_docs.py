"""The documentation tells the truth: its code runs, its links resolve, nothing is left out."""

import re
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from memory_os_api.cli import app
from memory_os_api.settings import Settings
from typer.testing import CliRunner

from memory_os.errors import error_types
from tests.docs.pages import NAMES, ROOT, Block, anchors, blocks, links, read, section

LOOPBACK = ("127.0.0.1", "::1", "localhost")
SHELLS = ("console", "bash", "sh")
ROOT_COMMAND = typer.main.get_command(app)


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
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MEMORY_OS_{name.upper()}", raising=False)
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


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from walk(child, (*path, name))
    else:
        yield " ".join(path), command


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
    import runpy

    runpy.run_path(str(ROOT / "examples" / name), run_name="__main__")
    assert capsys.readouterr().out.strip()


def test_every_example_is_listed() -> None:
    listed = set(links("examples/README.md"))
    assert listed == {path.name for path in (ROOT / "examples").glob("*.py")}


@pytest.mark.parametrize("name", [name for name in NAMES if shell_lines(name)])
def test_every_command_line_of_a_page_parses(name: str) -> None:
    for place, arguments in shell_lines(name):
        command: click.Command = ROOT_COMMAND
        context = command.make_context("memory-os", list(arguments))
        while isinstance(command, click.Group):
            rest = [*context._protected_args, *context.args]
            assert rest, f"{place}: a command is missing after {arguments}"
            _, found, rest = command.resolve_command(context, rest)
            assert found is not None, place
            command = found
            context = command.make_context(command.name, rest, parent=context)


@pytest.mark.parametrize("name", [name for name in NAMES if shell_lines(name, flag="run")])
def test_the_command_lines_marked_run_do_run(name: str, folder: Path) -> None:
    for place, arguments in shell_lines(name, flag="run"):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, f"{place}: {arguments}\n{result.output}"


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_every_command_and_option_is_documented(path: str) -> None:
    text = section("docs/cli.md", f"memory-os {path}")
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option):
            named = [option for option in parameter.opts if option.startswith("--")]
            assert any(f"`{option}" in text for option in named), (path, parameter.opts)
        else:
            assert f"`{parameter.human_readable_name}`" in text, (path, parameter.name)


def test_the_documentation_names_no_command_that_is_not_there() -> None:
    headings = re.findall(r"^## memory-os (.+)$", read("docs/cli.md"), re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(MEMORY_OS_\w+)`", read("docs/settings.md"), re.MULTILINE))
    assert documented == {f"MEMORY_OS_{name.upper()}" for name in Settings.model_fields}


def test_every_error_code_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", read("docs/errors.md"), re.MULTILINE)
    assert dict(rows) == {error.code: error.__name__ for error in error_types()}


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
