"""What an evaluation refuses to do; each class has the code that documents and scripts see.

::

    InvalidInput
    └── EvaluationError        evaluation_error
        ├── MissingData        missing_data
        ├── BadData            bad_data
        ├── UnknownName        unknown_name
        └── OutputTaken        output_taken
"""

from collections.abc import Iterable

from memory_os.errors import InvalidInput


class EvaluationError(InvalidInput):
    """An evaluation cannot start as it was asked for."""

    code = "evaluation_error"


class MissingData(EvaluationError):
    """A data set, or a part of it, was not named or is not where it was said to be."""

    code = "missing_data"


class BadData(EvaluationError):
    """A data file is there but does not have the shape that its suite reads."""

    code = "bad_data"


class UnknownName(EvaluationError):
    """A suite, an arm, a category or a unit that does not exist was asked for."""

    code = "unknown_name"


class OutputTaken(EvaluationError):
    """The folder for the records cannot be used or holds something; nothing is overwritten."""

    code = "output_taken"


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """Return the error that names the known ones beside the unknown ``name``."""
    return UnknownName(f"unknown {kind} {name!r}; known are: {', '.join(known)}")
