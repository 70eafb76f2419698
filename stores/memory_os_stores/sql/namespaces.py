"""Namespaces as one column: every label followed by a separator, so that a prefix is a prefix."""

from memory_os.errors import InvalidInput

SEPARATOR = "\x1f"


def join(labels: tuple[str, ...]) -> str:
    """Return the column's text for ``labels``.

    Raises:
        InvalidInput: a label holds the separator, a control character that no label may hold.
    """
    if not labels:
        return ""
    if any(SEPARATOR in label for label in labels):
        raise InvalidInput(f"namespace {labels!r} holds a control character", field="namespace")
    return SEPARATOR.join(labels) + SEPARATOR


def split(text: str) -> tuple[str, ...]:
    """Return the labels behind the column's text."""
    return tuple(text.split(SEPARATOR)[:-1]) if text else ()


def ancestors(labels: tuple[str, ...]) -> list[str]:
    """Return the texts of the namespaces that ``labels`` lies in, itself and the root included."""
    return [join(labels[:depth]) for depth in range(len(labels) + 1)]
