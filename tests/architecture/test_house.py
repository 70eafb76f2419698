"""The rules of the house that a machine can hold."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "memory_os": ROOT / "memory_os",
    "memory_os_agents": ROOT / "agents" / "memory_os_agents",
    "memory_os_stores": ROOT / "stores" / "memory_os_stores",
    "memory_os_api": ROOT / "api" / "memory_os_api",
    "memory_os_evals": ROOT / "evals" / "memory_os_evals",
}
SOURCE_ROOTS = ("agents", "stores", "api", "evals")
MAX_LINES = 400
MAX_FRONT_DOOR = 60
CHANCE_MODULES = {"random", "secrets", "uuid"}
TIME_AND_CHANCE = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "time.time", "time.time_ns", "os.urandom", "uuid4", "uuid1",
}  # fmt: skip
POOR_NAMES = ("Manager", "Helper", "Utils", "Base", "Impl")


def sources(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(folder.rglob("*.py"))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("folder", SOURCE_ROOTS)
def test_a_source_root_is_no_package(folder: str) -> None:
    assert (ROOT / folder).is_dir()
    assert not (ROOT / folder / "__init__.py").exists()


def test_every_package_folder_has_its_front_door() -> None:
    missing = {
        shown(path.parent)
        for path in sources(*ROOMS.values())
        if not (path.parent / "__init__.py").exists()
    }
    assert missing == set()


def test_every_room_is_typed() -> None:
    assert [name for name, folder in ROOMS.items() if not (folder / "py.typed").exists()] == []


def test_no_file_is_longer_than_400_lines() -> None:
    folders = (*ROOMS.values(), ROOT / "tests", ROOT / "scripts", ROOT / "examples")
    lengths = {shown(path): len(path.read_text().splitlines()) for path in sources(*folders)}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_a_front_door_is_short_and_holds_nothing_but_imports_and_a_list() -> None:
    wrong = []
    for path in sources(*ROOMS.values()):
        if path.name != "__init__.py" or "versions" in path.parts:
            continue
        text = path.read_text()
        allowed = all(_may_stand_in_a_front_door(node) for node in ast.parse(text).body)
        if not allowed or (len(text.splitlines()) > MAX_FRONT_DOOR and path != _SDK_DOOR):
            wrong.append(shown(path))
    assert wrong == []


_SDK_DOOR = ROOMS["memory_os"] / "__init__.py"


def _may_stand_in_a_front_door(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    targets = node.targets if isinstance(node, ast.Assign) else ()
    return any(isinstance(t, ast.Name) and t.id.startswith("__") for t in targets)


def front_doors() -> Iterator[str]:
    for package, folder in ROOMS.items():
        for path in sources(folder):
            if path.name == "__init__.py":
                inner = path.parent.relative_to(folder).parts
                yield ".".join((package, *inner))


@pytest.mark.parametrize("name", list(front_doors()))
def test_the_list_of_a_front_door_is_sorted_and_true(name: str) -> None:
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", None)
    bound = _names_bound_by(module)
    if listed is None:
        assert not bound, f"{name} imports {sorted(bound)} and lists nothing in __all__"
        return
    assert list(listed) == sorted(set(listed), key=_as_ruff_sorts)
    assert [entry for entry in listed if not hasattr(module, entry)] == []
    assert bound - set(listed) == set()


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    constant, klass = name.isupper(), name[:1].isupper()
    return (0 if constant else 1 if klass else 2, name)


def _names_bound_by(module: ModuleType) -> set[str]:
    tree = ast.parse(Path(str(module.__file__)).read_text())
    bound: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            bound.update(alias.asname or alias.name for alias in node.names)
    return {name for name in bound if not name.startswith("_")}


def test_the_core_asks_neither_for_time_nor_chance_nor_identity() -> None:
    found = [
        f"{shown(path)}:{line} {what}"
        for path in sources(ROOMS["memory_os"])
        if path != ROOMS["memory_os"] / "clock.py"
        for line, what in _forbidden_in(ast.parse(path.read_text()))
    ]
    assert found == []


def _forbidden_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in CHANCE_MODULES:
                    yield node.lineno, f"import {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            seeded = node.module == "random" and [alias.name for alias in node.names] == ["Random"]
            if (node.module or "").split(".")[0] in CHANCE_MODULES and not seeded:
                yield node.lineno, f"from {node.module} import"
        elif isinstance(node, ast.Attribute | ast.Name):
            dotted = _dotted(node)
            if any(dotted == name or dotted.endswith("." + name) for name in TIME_AND_CHANCE):
                yield node.lineno, dotted


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


@pytest.mark.parametrize(
    "guilty",
    [
        "import random",
        "from random import Random, choice",
        "from uuid import uuid4",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime\nf = datetime.now",
        "import time\ntime.time()",
        "import os\nos.urandom(4)",
    ],
)
def test_the_search_for_forbidden_calls_finds_them(guilty: str) -> None:
    assert list(_forbidden_in(ast.parse(guilty)))


def test_imports_are_absolute() -> None:
    relative = [
        f"{shown(path)}:{node.lineno}"
        for path in sources(*ROOMS.values())
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_no_class_has_a_poor_name() -> None:
    poor = [
        f"{shown(path)}: {node.name}"
        for path in sources(*ROOMS.values())
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name.endswith(POOR_NAMES)
    ]
    assert poor == []


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
