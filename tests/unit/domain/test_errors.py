"""The error tree is as drawn: one code a type, found again by its code."""

import inspect
import re

from memory_os import errors
from memory_os.errors import MemoryOSError, ServiceError, error_for, error_types

KINDS = list(error_types())


def drawn() -> list[tuple[int, str, str]]:
    """Depth, type and code of each line of the picture in the module's docstring."""
    lines = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^ {4}([│ ├└─]*)(\w+)(?:\s+(\w+))?$", line)
        if found:
            lines.append((len(found[1]) // 4, found[2], found[3] or "error"))
    return lines


def test_the_tree_is_the_one_in_the_picture() -> None:
    def walk(kind: type[MemoryOSError], depth: int) -> list[tuple[int, str, str]]:
        own = [child for child in kind.__subclasses__() if child.__module__ == errors.__name__]
        below = [line for child in own for line in walk(child, depth + 1)]
        return [(depth, kind.__name__, kind.code), *below]

    assert drawn() == walk(MemoryOSError, 0)


def test_every_type_of_the_module_is_in_the_tree_with_a_code_of_its_own() -> None:
    defined = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, MemoryOSError)
    }
    assert set(KINDS) == defined
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    assert all(re.fullmatch(r"[a-z_]+", kind.code) for kind in KINDS)


def test_a_code_leads_back_to_its_type_and_an_unknown_one_to_a_service_error() -> None:
    assert all(error_for(kind.code) is kind for kind in KINDS)
    assert error_for("no_such_code") is ServiceError


def test_an_error_of_another_package_is_not_in_the_tree() -> None:
    class Elsewhere(ServiceError):
        code = "elsewhere"

    assert Elsewhere not in list(error_types())
    assert error_for("elsewhere") is ServiceError


def test_an_error_keeps_its_message_and_its_facts() -> None:
    for kind in KINDS:
        error = kind("what happened", field="x", count=3)
        assert (str(error), error.message) == ("what happened", "what happened")
        assert dict(error.detail) == {"field": "x", "count": 3}
        assert kind.__doc__
