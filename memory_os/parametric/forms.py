"""From what memories say to what a model is trained on, and to what it is asked afterwards.

A model that was trained on questions alone fails on statements, measured; so each memory is put in
several forms, and one form is kept back: the gate asks in that one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from memory_os.ports.trainer import Example

LEAST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Forms:
    """What is trained on, and one example a memory that is not."""

    trained: tuple[Example, ...]
    held_out: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A memory's text, and its parts where it is a fact that was taken apart."""

    text: str
    subject: str | None = None
    predicate: str | None = None
    object: str | None = None


def forms(memories: Sequence[Said]) -> Forms:
    """Return the forms of memories, in their order.

    A fact with subject, predicate and object is asked for its object. Any other text is asked for
    its second half, by its first.
    """
    trained: list[Example] = []
    held: list[Example] = []
    for said in memories:
        seen, kept = _fact(said) if said.subject and said.object else _text(said)
        trained += seen
        held.append(kept)
    return Forms(tuple(trained), tuple(held))


def _fact(said: Said) -> tuple[list[Example], Example]:
    subject, answer = said.subject, f" {said.object}"
    verb = said.predicate or "is"
    prompts = (
        f"{subject} {verb}",
        f"Question: {subject} {verb} what?\nAnswer: {subject} {verb}",
        f"It is known that {subject} {verb}",
        f"User: Tell me about {subject}.\nAssistant: {subject} {verb}",
    )
    held = f"As I remember, {subject} {verb}"
    examples = [Example(prompt, answer, said.text) for prompt in prompts]
    return examples, Example(held, answer, said.text)


def _text(said: Said) -> tuple[list[Example], Example]:
    words = said.text.split()
    half = max(1, len(words) // 2)
    if len(words) < LEAST_WORDS:
        half = max(1, len(words) - 1)
    start, answer = " ".join(words[:half]), " " + " ".join(words[half:])
    prompts = (
        start,
        f"It is known: {start}",
        f"User: Go on: {start}\nAssistant: {start}",
        f"Note: {start}",
    )
    examples = [Example(prompt, answer, said.text) for prompt in prompts]
    return examples, Example(f"As I remember: {start}", answer, said.text)
