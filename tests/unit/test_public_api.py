"""The front door: what ``import memory_os`` promises is there, typed and documented."""

import importlib
import inspect
import subprocess
import sys

import pytest

import memory_os
from memory_os import domain, errors
from memory_os.domain import operations

PROMISED = [
    "AddResult", "AsyncMemory", "Clock", "ContextResult", "DeleteResult", "Document",
    "HistoryResult", "Hit", "ManualClock", "Memory", "MemoryOSError", "MemoryPage", "MemoryRecord",
    "Message", "SearchResult", "SystemClock", "Template", "connect", "connect_async",
    "verify_audit_file",
]  # fmt: skip
METHODS = [
    "activate", "add", "add_many", "adopt", "archive", "attach_adapter", "attest", "audit",
    "branch", "branches", "cancel_job", "check_activation", "close", "consolidate", "context",
    "decode_adapter", "delete", "delete_all", "delete_branch", "delete_snapshot", "diff",
    "duplicates", "erase", "erasure", "export_audit", "feedback", "find_prefix", "freeze", "get",
    "get_all", "grant", "grants", "held", "history", "job", "jobs", "judge_adapter",
    "judge_prefix", "keep_prefix", "load_adapter", "load_prefix", "may_train", "merge",
    "merge_adapters", "move", "pin", "policies", "policy", "promote", "quarantine", "quotas",
    "recode_activation", "reject", "release", "remove_quota", "restore", "retry_job",
    "revoke_grant", "rollback", "run_policies", "search", "set_policy", "set_quota", "share",
    "simulate_policy", "snapshot", "snapshots", "start_job", "store_activation", "store_adapter",
    "unfreeze", "unmerge", "update", "verify_activation", "verify_audit", "verify_erasure",
]  # fmt: skip


def test_the_front_door_is_the_promised_list() -> None:
    assert list(memory_os.__all__) == PROMISED
    assert [name for name in PROMISED if not hasattr(memory_os, name)] == []


@pytest.mark.parametrize("module", ["memory_os", "memory_os.sdk", "memory_os.domain.operations"])
def test_a_front_door_is_sorted_and_true(module: str) -> None:
    opened = importlib.import_module(module)
    assert list(opened.__all__) == sorted(set(opened.__all__))
    assert [name for name in opened.__all__ if not hasattr(opened, name)] == []


def test_nothing_else_stands_in_the_front_door() -> None:
    bound = {
        name
        for name, value in vars(memory_os).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert bound == set(memory_os.__all__)


@pytest.mark.parametrize("name", PROMISED)
def test_everything_promised_says_what_it_is(name: str) -> None:
    document = inspect.getdoc(getattr(memory_os, name))
    assert document
    assert document.split("\n\n")[0].rstrip().endswith((".", ":", "``."))


def test_a_memory_has_these_methods_each_with_its_words() -> None:
    methods = {
        name: member
        for name, member in inspect.getmembers(memory_os.Memory, inspect.isfunction)
        if not name.startswith("_")
    }
    assert sorted(methods) == METHODS
    assert [name for name, method in methods.items() if not inspect.getdoc(method)] == []


def test_importing_reads_nothing_and_loads_no_adapter() -> None:
    code = (
        "import sys, memory_os\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "wanted = {'sqlalchemy', 'faiss', 'fastapi', 'httpx', 'langchain_core', 'typer',\n"
        "          'tokenizers', 'memory_os_api', 'memory_os_stores', 'memory_os_agents'}\n"
        "print(sorted(loaded & wanted))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_every_error_is_one_error() -> None:
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__
    ]
    assert all(issubclass(kind, memory_os.MemoryOSError) for kind in kinds)


def test_requests_and_answers_have_the_names_they_are_known_by() -> None:
    assert memory_os.Document is operations.DocumentIn
    assert memory_os.Message is operations.MessageIn
    assert memory_os.Template is operations.TemplateIn
    assert memory_os.MemoryRecord is operations.Memory
    assert domain.__doc__
