"""The commands that store, recall and change, on a store in a file."""

import json
from pathlib import Path

import pytest

from memory_os_api.cli.main import run
from tests.integration.command_line import CommandLine


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/memory.db"


@pytest.fixture
def cli(
    database: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    for variable in ("MEMORY_OS_URL", "MEMORY_OS_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MEMORY_OS_DATABASE", database)
    return CommandLine(capfd, monkeypatch)


def test_what_is_added_is_found(cli: CommandLine) -> None:
    memory_id = cli.add("The spare key hangs behind the clock.", "--user", "ada")
    found = cli.json("search", "Where is the spare key?", "--user", "ada")
    assert [hit["id"] for hit in found["results"]] == [memory_id]
    code, out, err = cli("search", "Where is the spare key?", "--user", "ada")
    assert (code, err) == (0, "")
    assert "The spare key hangs behind the clock." in out
    assert memory_id in out


def test_an_answer_for_people_says_why_it_is_empty(cli: CommandLine) -> None:
    cli.add("Tea is at four.", "--user", "ada")
    assert "nothing stored that this call may see" in cli("search", "tea", "--user", "bob")[1]
    out = cli("search", "Where is the quasar?", "--user", "ada", "--threshold", "1")[1]
    assert "none answers" in out


@pytest.mark.parametrize(
    "words",
    [
        ("doctor",), ("reindex",), ("export", "-"), ("search", "tea"), ("context", "tea"),
        ("get", "mem_1"), ("list",), ("history", "mem_1"), ("update", "mem_1", "tea"),
        ("delete", "mem_1"), ("keys", "list"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_database_that_is_not_there_is_named_and_not_made(
    cli: CommandLine, tmp_path: Path, words: tuple[str, ...]
) -> None:
    code, _, err = cli(*words, "--database", f"sqlite:///{tmp_path}/typo.db")
    assert code == 3
    assert f"no database at '{tmp_path}/typo.db'" in err
    assert "[store_unavailable]" in err
    assert list(tmp_path.iterdir()) == []


def test_everything_that_can_be_said_of_a_memory_is_an_option(cli: CommandLine) -> None:
    options = {
        "--user": "ada",
        "--agent": "concierge",
        "--session": "s1",
        "--type": "preference",
        "--external-id": "x1",
        "--valid-from": "2026-01-01T00:00:00Z",
        "--valid-to": "2030-01-01T00:00:00Z",
        "--ttl": "86400",
    }
    words = [word for pair in options.items() for word in pair]
    words += [
        "--namespace",
        "shop",
        "--namespace",
        "berlin",
        "--tag",
        "a",
        "--tag",
        "b",
        "--pinned",
    ]
    memory_id = cli.add("Ada likes tea.", *words, "--metadata", '{"floor": 3}')
    record = cli.json("get", memory_id)
    assert (record["user_id"], record["agent_id"], record["session_id"]) == (
        "ada",
        "concierge",
        "s1",
    )
    assert record["namespace"] == ["shop", "berlin"]
    assert (record["semantic_type"], record["tags"]) == ("preference", ["a", "b"])
    assert (record["external_id"], record["metadata"]) == ("x1", {"floor": 3})
    assert record["pinned"] is True
    assert record["valid_to"].startswith("2030")
    assert record["expires_at"] is not None


def test_text_comes_from_standard_input(cli: CommandLine) -> None:
    added = cli.json("add", "-", "--user", "ada", stdin="From a pipe: ünïcode.\n")
    assert added["results"][0]["memory"] == "From a pipe: ünïcode."
    found = cli.json("search", "-", "--user", "ada", stdin="pipe\n")
    assert len(found["results"]) == 1


def test_a_file_is_a_document(cli: CommandLine, tmp_path: Path) -> None:
    manual = tmp_path / "stove.md"
    manual.write_text("# Stove\n\n## Cleaning\n\nEmpty the ash weekly.\n")
    memory_id = cli.json("add", "--file", str(manual), "--user", "ada")["results"][0]["id"]
    payload = cli.json("get", memory_id)["payload"]
    assert (payload["form"], payload["title"]) == ("document", "stove.md")
    assert payload["media_type"] == "text/markdown"
    assert payload["uri"] == manual.as_uri()


def test_messages_and_lines_are_stored_one_by_one(cli: CommandLine, tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
    file = tmp_path / "talk.json"
    file.write_text(json.dumps(turns))
    talk = cli.json("add", "--file", str(file), "--as", "messages", "--session", "s1")
    assert [entry["memory"] for entry in talk["results"]] == ["Hello", "Hi"]
    lines = cli.json("add", "-", "--as", "lines", "--user", "ada", stdin="one\n\ntwo\n")
    assert [entry["memory"] for entry in lines["results"]] == ["one", "two"]


def test_a_repeated_key_stores_once(cli: CommandLine) -> None:
    first = cli.add("Once.", "--user", "ada", "--idempotency-key", "k1")
    assert cli.add("Once.", "--user", "ada", "--idempotency-key", "k1") == first
    code, _, err = cli("add", "Twice.", "--user", "ada", "--idempotency-key", "k1")
    assert code == 5
    assert "[idempotency_conflict]" in err


def test_a_context_is_text_with_citations_beside_it(cli: CommandLine) -> None:
    memory_id = cli.add("The spare key hangs behind the clock.", "--user", "ada")
    packed = cli.json("context", "Where is the key?", "--user", "ada", "--max-tokens", "100")
    assert packed["citations"][0]["id"] == memory_id
    code, out, err = cli("context", "Where is the key?", "--user", "ada")
    assert code == 0
    assert "behind the clock" in out
    assert memory_id in err
    assert memory_id not in out


def test_the_past_is_shown(cli: CommandLine) -> None:
    memory_id = cli.add("The meeting is in room Fjord.", "--user", "ada")
    changed = cli.json("update", memory_id, "The meeting is in room Skerry.", "--reason", "moved")
    assert (changed["version"], changed["memory"]) == (2, "The meeting is in room Skerry.")
    past = cli.json("history", memory_id)["results"]
    assert [entry["version"] for entry in past] == [1, 2]
    then = past[0]["created_at"]
    assert "Fjord" in cli.json("get", memory_id, "--as-of", then)["memory"]
    hits = cli.json("search", "meeting", "--user", "ada", "--as-of", then)["results"]
    assert ["Fjord" in hit["memory"] for hit in hits] == [True]
    assert cli("history", memory_id)[1].count(memory_id) == 2


def test_an_update_guards_its_version(cli: CommandLine) -> None:
    memory_id = cli.add("One.", "--user", "ada")
    problem = cli.json("update", memory_id, "Two.", "--expected-version", "7", code=5)
    assert (problem["code"], problem["version"]) == ("version_conflict", 1)
    assert cli.json("update", memory_id, "--no-pinned", "--tag", "x")["tags"] == ["x"]


def test_a_listing_goes_on_by_cursor(cli: CommandLine) -> None:
    ids = [cli.add(f"Fact {n}.", "--user", "ada") for n in range(5)]
    first = cli.json("list", "--user", "ada", "--limit", "3")
    rest = cli.json("list", "--user", "ada", "--limit", "3", "--cursor", first["next_cursor"])
    assert [record["id"] for record in (*first["results"], *rest["results"])] == ids
    code, out, err = cli("list", "--user", "ada", "--limit", "3", "--newest-first")
    assert code == 0
    assert ids[4] in out
    assert "--cursor" in err


def test_a_filter_narrows(cli: CommandLine) -> None:
    kept = cli.add("Shelf one.", "--user", "ada", "--metadata", '{"floor": 1}')
    cli.add("Shelf two.", "--user", "ada", "--metadata", '{"floor": 2}')
    listed = cli.json("list", "--user", "ada", "--filter", '{"floor": {"lt": 2}}')
    assert [record["id"] for record in listed["results"]] == [kept]


def test_memories_are_deleted_and_brought_back(cli: CommandLine) -> None:
    memory_id = cli.add("A mistake.", "--user", "ada")
    assert cli.json("delete", memory_id, "--dry-run")["dry_run"] is True
    assert cli.json("get", memory_id)["state"] == "generated"
    assert cli.json("delete", memory_id, "--reason", "wrong")["deleted"] == 1
    code, _, err = cli("get", memory_id)
    assert code == 4
    assert memory_id in err
    assert cli.json("move", memory_id, "restore")["state"] == "generated"


def test_a_scope_is_emptied_on_request_alone(cli: CommandLine) -> None:
    cli.add("Ada's.", "--user", "ada")
    cli.add("Bob's.", "--user", "bob")
    assert cli("delete", "--user", "ada")[0] == 2
    assert cli("delete", "--all")[0] == 2
    assert cli.json("delete", "--all", "--user", "ada", "--dry-run")["deleted"] == 1
    assert cli.json("delete", "--all", "--user", "ada")["deleted"] == 1
    assert len(cli.json("list")["results"]) == 1


def test_a_move_is_refused_with_the_moves_there_are(cli: CommandLine) -> None:
    memory_id = cli.add("Steady.", "--user", "ada")
    assert cli.json("move", memory_id, "freeze", "--reason", "agreed")["state"] == "frozen"
    problem = cli.json("update", memory_id, "Fast.", code=5)
    assert problem["code"] == "illegal_transition"
    assert "unfreeze" in problem["legal"]


def test_tenants_do_not_see_each_other(cli: CommandLine) -> None:
    memory_id = cli.add("Secret.", "--user", "ada", "--tenant", "acme")
    assert cli.json("get", memory_id, "--tenant", "acme")["id"] == memory_id
    assert cli("get", memory_id)[0] == 4
    assert cli.json("search", "secret", "--user", "ada")["outcome"] == "empty"


def test_an_explanation_is_shown(cli: CommandLine) -> None:
    cli.add("The spare key hangs behind the clock.", "--user", "ada")
    code, out, _ = cli("search", "spare key", "--user", "ada", "--explain")
    assert code == 0
    assert "=" in out
    assert cli.json("search", "spare key", "--user", "ada", "--explain")["results"][0]["scores"]


BAD = [
    (("add",), 2, "nothing to store"),
    (("add", ""), 2, "content"),
    (("add", "-"), 2, "content"),
    (("add", "x", "--metadata", "[1]"), 2, "--metadata"),
    (("add", "x", "--metadata", "{"), 2, "--metadata"),
    (("add", "x", "--file", "/nowhere"), 2, "not both"),
    (("add", "--file", "/nowhere/at/all"), 2, "cannot be read"),
    (("add", "x", "--as", "messages"), 2, "JSON"),
    (("add", "x", "--valid-from", "yesterday"), 2, "valid_from"),
    (("add", "x", "--valid-from", "2026"), 2, "valid_from"),
    (("search", "x", "--since", "2026"), 2, "since"),
    (("add", "x", "--type", "gossip"), 2, "semantic_type"),
    (("search", ""), 2, "question"),
    (("search", "x", "--top-k", "0"), 2, "top_k"),
    (("search", "x", "--filter", '{"a": {"like": 1}}'), 2, "like"),
    (("search", "x", "--threshold", "2"), 2, "threshold"),
    (("list", "--cursor", "nonsense"), 2, "cursor"),
    (("get", "mem_unknown"), 4, "mem_unknown"),
    (("history", "mem_unknown"), 4, "mem_unknown"),
    (("search", "x", "--database", "mysql://x"), 2, "mysql"),
    (("search", "x", "--database", "sqlite:////nowhere/at/all.db"), 3, "nowhere"),
    (("search", "x", "--url", "http://127.0.0.1:9", "--database", "sqlite://"), 2, "not both"),
    (("search", "x", "--url", "http://127.0.0.1:1"), 3, "serve"),
    (("search", "x", "--api-key", "k"), 2, "--url"),
    (("search", "x", "--url", "http://127.0.0.1:1", "--tenant", "t"), 2, "--tenant"),
]


@pytest.mark.parametrize(("words", "code", "said"), BAD, ids=lambda part: str(part)[:60])
def test_an_error_is_one_line_and_a_problem(
    cli: CommandLine, words: tuple[str, ...], code: int, said: str
) -> None:
    cli.add("Tea is at four.")
    exited, out, err = cli(*words)
    assert (exited, out) == (code, "")
    assert err.startswith("memory-os: ")
    assert err.count("\n") == 1
    assert said in err
    problem = cli.json(*words, code=code)
    assert problem["code"] in err
    assert said in problem["detail"]


def test_a_wrong_command_line_is_misuse(cli: CommandLine) -> None:
    for words in (("serach", "x"), ("search", "x", "--nonsense"), ("get",)):
        code, out, err = cli(*words)
        assert (code, out) == (2, "")
        assert "Traceback" not in err
        assert cli.json(*words, code=2)["code"] == "invalid_input"


@pytest.mark.parametrize(
    ("text", "code"),
    [("a\0b", "invalid_input"), ("x" * 10_080_000, "too_large")],
    ids=["nul", "long"],
)
def test_a_file_is_refused_like_a_text(
    cli: CommandLine, tmp_path: Path, text: str, code: str
) -> None:
    file = tmp_path / "file.txt"
    file.write_text(text)
    problem = cli.json("add", "--file", str(file), code=2)
    assert problem["code"] == code
    assert "Traceback" not in problem["detail"]
    assert "pydantic" not in problem["detail"]


def test_bytes_that_are_no_text_are_refused(cli: CommandLine) -> None:
    code, _, err = cli("add", "-", stdin=b"caf\xe9 au lait")
    assert code == 2
    assert "byte 3 is 0xe9" in err


def test_a_fault_of_our_own_shows_no_traceback(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("memory_os_api.cli.work.recalling.search", broken)
    code, out, err = cli("search", "x")
    assert (code, out) == (3, "")
    assert "ZeroDivisionError" in err
    assert "Traceback" not in err
    monkeypatch.setenv("MEMORY_OS_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        run(["search", "x"])
