"""Reasons hold no secret and nobody's data, wherever they are kept."""

import importlib
import pkgutil
from pathlib import Path

import memory_os
from memory_os.domain import operations
from memory_os.domain.operations.common import Border
from memory_os.kernel.memory_os import KernelConnector
from memory_os.kernel.reasons import REASON
from tests.unit.kernel.stage import WordEmbeddings

SECRET = "sk-proj-Zx81kQpL0vTn4Rw7Ys2Bd6Hf9Jc3Mg5A"
EMAIL = "ada.lovelace@mail.example.org"
WHY = f"asked by {EMAIL} with key {SECRET}"
ROOMS = [
    importlib.import_module(room.name)
    for room in pkgutil.iter_modules(operations.__path__, f"{operations.__name__}.")
]


def _told(memory: memory_os.Memory) -> None:
    """Give the reason at every door that takes one."""
    first, second, third = (
        memory.add(text, user_id="ada").results[0].id
        for text in ("Ada likes green tea.", "Ada likes green tea much.", "Bob swims.")
    )
    memory.activate(third, reason=WHY)
    memory.update(third, "Bob swims fast.", reason=WHY)
    memory.feedback(third, "confirmed", reason=WHY)
    memory.attest(third, trust="verified", reason=WHY)
    memory.share(third, visibility="private", reason=WHY)
    given = memory.grant("somebody", rights=["read"], memory_id=third, reason=WHY).id
    memory.revoke_grant(given, reason=WHY)
    memory.snapshot("before", user_id="ada", reason=WHY)
    merged = memory.merge([first, second], reason=WHY).results[0].id
    memory.unmerge(merged, reason=WHY)
    memory.branch("plan", user_id="ada", reason=WHY)
    memory.add("Ada moves.", user_id="ada", branch="plan")
    memory.adopt("plan", user_id="ada", reason=WHY)
    memory.rollback("snapshot:before", user_id="ada", reason=WHY)
    memory.delete(second, reason=WHY)
    memory.restore(second, reason=WHY)
    memory.delete_all(user_id="ada", reason=WHY)
    memory.set_policy("strict", {"redaction": {"pii": "ignore"}}, agents=["cook"], reason=WHY)
    job = memory.start_job("expire", reason=WHY)
    memory.cancel_job(job.id, reason=WHY)
    memory.retry_job(job.id, reason=WHY)
    other = memory.add("Cy sings.", user_id="cy").results[0].id
    memory.erase([other], reason=WHY)


def test_no_door_keeps_a_secret_or_an_address_that_a_reason_holds(tmp_path: Path) -> None:
    with memory_os.connect(
        f"sqlite:///{tmp_path / 'memory.db'}", embeddings=WordEmbeddings()
    ) as memory:
        _told(memory)
        told = [event for event in memory.audit(limit=1000).results if "asked by" in event.reason]
    said, actions = {event.reason for event in told}, {event.action for event in told}
    (only,) = {text[text.index("asked by") :] for text in said}
    assert only.startswith("asked by [EMAIL_")
    assert "with key [SECRET_" in only
    assert {"grant", "revoke", "adopt", "rollback", "activate", "merge"} <= actions
    for path in tmp_path.rglob("*"):
        held = path.read_bytes() if path.is_file() else b""
        assert SECRET.encode() not in held, path
        assert EMAIL.encode() not in held, path


def test_every_request_with_a_reason_is_screened() -> None:
    asked = {
        value
        for room in ROOMS
        for value in vars(room).values()
        if isinstance(value, type)
        and issubclass(value, Border)
        and value.__name__.endswith("Request")
        and REASON in value.model_fields
    }
    screened = [
        method for name in dir(KernelConnector) if (method := getattr(KernelConnector, name))
    ]
    taken = {
        str(hint)
        for method in screened
        if hasattr(method, "__wrapped__")
        for hint in method.__wrapped__.__annotations__.values()
    }
    assert {str(each) for each in asked} - taken == set()
    assert len(asked) >= 12
