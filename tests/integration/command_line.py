"""Running ``memory-os`` in this process, and reading what it prints."""

import io
import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from memory_os_api.cli.main import run


@dataclass(frozen=True)
class CommandLine:
    """The command, with its standard streams in the test's hands."""

    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def __call__(self, *words: object, stdin: str | bytes = "") -> tuple[int, str, str]:
        """Run a command; return exit code, output and errors."""
        raw = stdin if isinstance(stdin, bytes) else stdin.encode()
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        self.capture.readouterr()
        code = run([str(word) for word in words])
        shown = self.capture.readouterr()
        return code, shown.out, shown.err

    def json(self, *words: object, code: int = 0, stdin: str | bytes = "") -> Any:
        """Run with ``--json`` and return the one document on standard output."""
        exited, out, err = self(*words, "--json", stdin=stdin)
        assert exited == code, err
        assert out.endswith("\n")
        return json.loads(out)

    def add(self, text: str, *words: object) -> str:
        """Store a text and return its id."""
        return str(self.json("add", text, *words)["results"][0]["id"])
