"""The demonstration: a shipped conversation, questions over it, and two acts that answer them."""

from memory_os_api.demo.conversation import (
    Conversation,
    Question,
    Session,
    Turn,
    load_conversation,
    load_questions,
)
from memory_os_api.demo.run import run_demo

__all__ = [
    "Conversation",
    "Question",
    "Session",
    "Turn",
    "load_conversation",
    "load_questions",
    "run_demo",
]
