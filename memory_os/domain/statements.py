"""What a fact is about: subject and predicate, in the form in which they are compared."""

from memory_os.domain.payload import Fact, Payload

Statement = tuple[str, str]


def folded(part: str) -> str:
    """Return a part of a fact as it is compared: case and spacing aside."""
    return " ".join(part.casefold().split())


def statement(payload: Payload) -> Statement | None:
    """Return subject and predicate of a fact that has both, folded."""
    if not isinstance(payload, Fact) or not payload.subject or not payload.predicate:
        return None
    return folded(payload.subject), folded(payload.predicate)
