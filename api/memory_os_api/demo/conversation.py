"""The shipped conversation and its questions, as typed values."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from typing import Any

UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class Turn:
    """Something somebody said at a moment."""

    id: str
    speaker: str
    role: str
    text: str
    at: datetime

    def message(self) -> dict[str, object]:
        """Return the turn as ``Memory.add`` takes a message; its id becomes the external id."""
        return {
            "role": self.role,
            "content": self.text,
            "name": self.speaker,
            "timestamp": self.at,
            "external_id": self.id,
        }


@dataclass(frozen=True, slots=True)
class Session:
    """Turns that belong together, in order."""

    id: str
    started_at: datetime
    turns: tuple[Turn, ...]

    @property
    def ended_at(self) -> datetime:
        """Return when the last turn was said."""
        return self.turns[-1].at

    def messages(self) -> list[dict[str, object]]:
        """Return the turns as ``Memory.add`` takes them."""
        return [turn.message() for turn in self.turns]


@dataclass(frozen=True)
class Conversation:
    """The whole of it."""

    title: str
    licence: str
    about: str
    sessions: tuple[Session, ...]

    @cached_property
    def turns(self) -> dict[str, Turn]:
        """Return every turn by its id, in order."""
        return {turn.id: turn for session in self.sessions for turn in session.turns}


@dataclass(frozen=True, slots=True)
class Moment:
    """What the right answer was at an earlier moment."""

    as_of: datetime
    answer: str
    gold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the turns that answer it and a phrase of a right turn.

    ``before`` and ``after`` are set where the answer changed in the course of the conversation.
    """

    id: str
    kind: str
    question: str
    answer: str | None
    gold: tuple[str, ...]
    before: Moment | None = None
    after: Moment | None = None

    @property
    def answerable(self) -> bool:
        """Tell whether the conversation holds an answer."""
        return self.kind != UNANSWERABLE


def load_conversation() -> Conversation:
    """Read the conversation that ships with the package."""
    raw = _read("conversation.json")
    sessions = tuple(_session(part) for part in raw["sessions"])
    return Conversation(raw["title"], raw["licence"], raw["about"], sessions)


def load_questions() -> tuple[Question, ...]:
    """Read the questions that ship with the package."""
    return tuple(_question(part) for part in _read("questions.json")["questions"])


def _read(name: str) -> Any:
    return json.loads(files("memory_os_api.demo").joinpath(name).read_text(encoding="utf-8"))


def _session(raw: dict[str, Any]) -> Session:
    turns = tuple(
        Turn(part["id"], part["speaker"], part["role"], part["text"], _time(part["at"]))
        for part in raw["turns"]
    )
    return Session(raw["id"], _time(raw["started_at"]), turns)


def _question(raw: dict[str, Any]) -> Question:
    return Question(
        raw["id"],
        raw["kind"],
        raw["question"],
        raw["answer"],
        tuple(raw["gold"]),
        _moment(raw.get("before")),
        _moment(raw.get("after")),
    )


def _moment(raw: dict[str, Any] | None) -> Moment | None:
    return None if raw is None else Moment(_time(raw["as_of"]), raw["answer"], tuple(raw["gold"]))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
