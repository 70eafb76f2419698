"""When maintenance is due."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much may wait for maintenance, and how many vectors are compared one by one.

    The defaults were measured (``docs/decisions/0008`` and ``0009``): ``exact`` visible vectors
    are compared without lists; ``late_vectors`` wait beside the lists; ``late_chunks``, or one in
    ``late_share`` of all, beside the postings; ``dead`` purged chunks, or one in ``dead_share``
    of all, for removal. Small ones make every path short enough to be tested.
    """

    exact: int = 10_000
    late_vectors: int = 2_048
    late_chunks: int = 4_096
    late_share: int = 16
    dead: int = 1_024
    dead_share: int = 8


DEFAULT_SIZES = Sizes()
