"""The arms by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from memory_os_agents.models.static_embedder import StaticEmbedder
from memory_os_evals.arms.bm25 import Bm25Arm
from memory_os_evals.arms.bounds import OracleArm, RandomArm, RecentArm
from memory_os_evals.arms.dense import DenseArm
from memory_os_evals.arms.port import Arm, Setting
from memory_os_evals.arms.product import ProductArm
from memory_os_evals.errors import EvaluationError, unknown

PRODUCT = "memory-os"
BASELINE = "bm25"
DEFAULT = (BASELINE, "dense", PRODUCT)


@dataclass(frozen=True, slots=True)
class ArmKind:
    """How an arm is made, and what it stands for."""

    open: Callable[[Setting], Arm]
    stands_for: str


ARMS: Mapping[str, ArmKind] = {
    BASELINE: ArmKind(lambda _: Bm25Arm(), "floor: words alone, item by item"),
    "dense": ArmKind(
        lambda _: DenseArm(StaticEmbedder()), "floor: vectors alone, the product's own embedder"
    ),
    "recent": ArmKind(lambda _: RecentArm(), "floor: the newest first"),
    "random": ArmKind(lambda setting: RandomArm(setting.seed), "floor: chance"),
    "oracle": ArmKind(lambda setting: OracleArm(setting.gold), "ceiling: the evidence itself"),
    PRODUCT: ArmKind(lambda _: ProductArm(), "Memory OS, default profile, through its SDK"),
}


def check_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names without repetition; refuse none at all, and one that no arm has."""
    if not names:
        raise EvaluationError(f"no arm is named; known are: {', '.join(ARMS)}")
    for name in names:
        if name not in ARMS:
            raise unknown("arm", name, ARMS)
    return tuple(dict.fromkeys(names))
