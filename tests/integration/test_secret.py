"""A store keeps to the secret that it was made with, through every door that opens it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import memory_os
from memory_os.errors import ConfigurationError
from memory_os_api.settings import configured_secret

SECRET = "a secret of thirty-two characters"


def test_another_secret_is_refused_and_the_first_one_stays(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    with memory_os.connect(url, secret=SECRET.encode()) as memory:
        memory.add("Ada drinks tea.", user_id="ada")
    for other in (None, b"x" * 32):
        with pytest.raises(ConfigurationError, match="made with another secret"):
            memory_os.connect(url, secret=other)
    with memory_os.connect(url, secret=SECRET.encode()) as memory:
        assert memory.search("tea", user_id="ada").results
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert SECRET.encode() not in held


def test_a_store_from_before_secrets_were_marked_is_known_by_its_signatures(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    with memory_os.connect(url) as memory:
        memory.add("Ada drinks tea.", user_id="ada")
        store = memory.connector.kernel.parts.store
        with store._database.writing() as lane:
            lane.driver.execute("DELETE FROM facts WHERE name = 'seal'")
    with pytest.raises(ConfigurationError, match="made with another secret"):
        memory_os.connect(url, secret=SECRET.encode())
    with memory_os.connect(url):
        pass
    with memory_os.connect(f"{url}?mode=ro") as memory:
        assert memory.search("tea", user_id="ada").results


def run(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MEMORY_OS_")}
    return subprocess.run(
        [sys.executable, "-c", "from memory_os_api.cli import main; main()", *arguments],
        cwd=folder,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_takes_it_from_the_environment_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    added = run(tmp_path, "add", "Ada drinks tea.", "--user", "ada", MEMORY_OS_SECRET=SECRET)
    assert added.returncode == 0, added.stderr
    found = run(tmp_path, "search", "tea", "--user", "ada", MEMORY_OS_SECRET_FILE=str(file))
    assert "Ada drinks tea." in found.stdout
    refused = run(tmp_path, "search", "tea", "--user", "ada")
    assert refused.returncode != 0
    assert "made with another secret" in refused.stderr
    assert SECRET not in added.stdout + added.stderr + found.stderr + refused.stderr


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"SECRET": "short"}, "MEMORY_OS_SECRET"),
        ({"SECRET": SECRET, "SECRET_FILE": "here"}, "not both"),
        ({"SECRET_FILE": "nowhere"}, "cannot be read"),
        ({"SECRET_FILE": "short"}, "32 or more"),
    ],
)
def test_a_secret_that_is_none_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short").write_text("too little")
    for name, value in variables.items():
        monkeypatch.setenv(f"MEMORY_OS_{name}", value)
    with pytest.raises(ConfigurationError, match=problem) as raised:
        configured_secret()
    assert SECRET not in raised.value.message
