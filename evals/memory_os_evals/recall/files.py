"""Read data files, and say exactly what is wrong with one that cannot be read."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from memory_os_evals.errors import BadData, MissingData
from memory_os_evals.shape import SourceFile

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Source:
    """One file, parsed, with the facts that identify its content."""

    file: SourceFile
    value: object


def read_json(path: Path, *, name: str | None = None) -> Source:
    """Return the parsed file; ``name`` is what results call it, by default the file's own name."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise MissingData(f"there is no file {str(path)!r}") from None
    except OSError as error:
        raise MissingData(f"cannot read {str(path)!r}: {error.strerror}") from error
    facts = SourceFile(name or path.name, len(content), sha256(content).hexdigest())
    try:
        return Source(facts, json.loads(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise BadData(f"{facts.name}: not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise BadData(f"{facts.name}: not JSON: nested too deeply") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadData(f"{facts.name}: not JSON: {error.msg} at {where}") from error


def checked(shape: TypeAdapter[Row], value: object, where: str) -> Row:
    """Return ``value`` in the ``shape`` asked for; the error names the first place that differs."""
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the top level"
        more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise BadData(f"{where}: {place}: {first['msg']}{more}") from error


def find_file(path: Path, *, prefix: str) -> Path:
    """Return ``path``, or the one question file ``prefix*.json`` in it or one folder below."""
    if not path.is_dir():
        return path
    for pattern in (f"{prefix}*.json", f"*/{prefix}*.json"):
        found = sorted(file for file in path.glob(pattern) if not file.stem.endswith("_corpus"))
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(str(file) for file in found)
            raise MissingData(f"{str(path)!r} holds several sets, name one of: {names}")
    raise MissingData(f"no {prefix}*.json in {str(path)!r} or one folder below")


def find_corpus(data: Path, corpus: Path | None) -> Path:
    """Return the corpus of a question file: the one given, else the one that lies beside it.

    Beside ``name-part.json`` that is ``name_corpus.json`` (the longest such name that the question
    file's name begins with), else the only ``*_corpus.json`` there is.
    """
    if corpus is not None:
        return corpus
    beside = sorted(data.parent.glob("*_corpus.json"))
    own = [file for file in beside if data.stem.startswith(file.stem.removesuffix("_corpus"))]
    if own:
        return max(own, key=lambda file: len(file.stem))
    if len(beside) == 1:
        return beside[0]
    raise MissingData(
        f"no corpus for {data.name!r} beside it; name it with --corpus FILE",
        beside=[file.name for file in beside],
    )
