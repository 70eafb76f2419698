"""Exit codes."""

from typing import Final

OK: Final = 0
CHECK_FAILED: Final = 1
MISUSE: Final = 2
BROKEN: Final = 3
UNKNOWN: Final = 4
REFUSED: Final = 5
DENIED: Final = 6
INTERRUPTED: Final = 130
