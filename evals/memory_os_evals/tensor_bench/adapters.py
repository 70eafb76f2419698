"""Times of adapters: training, swapping, merging, writing smaller; and what is recalled."""

import time
from functools import partial
from typing import Any

from memory_os.parametric import codecs
from memory_os.parametric.format import pack, unpack
from memory_os.parametric.forms import Said, forms
from memory_os.parametric.merging import METHODS, merge
from memory_os.parametric.weights import weights_of
from memory_os.ports.trainer import Recipe, Trained, Trainer
from memory_os_evals.tensor_bench.caches import Row, best

DRINKS = ("tea", "milk", "rum", "ale", "cola", "gin", "port", "cider")


def facts(first: int) -> list[Said]:
    """Return eight facts about rooms from ``first`` on."""
    return [
        Said(f"Room {first + n} likes {drink}.", f"Room {first + n}", "likes", drink)
        for n, drink in enumerate(DRINKS)
    ]


def adapters(trainer: Trainer) -> list[Row]:
    """Train two sets of facts apart and together; recall each in a form that was not trained on."""
    recipe = Recipe(epochs=150, learning_rate=5e-3, rank=16, alpha=32.0)
    one, other = forms(facts(10)), forms(facts(20))
    rows: list[Row] = []
    made: list[Trained] = []
    for name, trained_on in (
        ("set A", one.trained),
        ("set B", other.trained),
        ("A and B together", (*one.trained, *other.trained)),
    ):
        started = time.perf_counter()
        made.append(trainer.train(trained_on, recipe))
        seconds = time.perf_counter() - started
        rows.append(_recalled(trainer, f"train {name}", made[-1], one, other, seconds))
    parts = [weights_of(each.tensors, each.config) for each in made[:2]]
    for method in METHODS:
        started = time.perf_counter()
        joined = merge(parts, [1.0, 1.0], method, rank=16)
        seconds = time.perf_counter() - started
        config = {**made[0].config, "r": joined.rank, "lora_alpha": joined.alpha}
        merged = Trained(joined.tensors(), config, float("nan"))
        rows.append(_recalled(trainer, f"merge {method}", merged, one, other, seconds))
    native = pack(parts[0], made[0].config, trainer.base)
    for codec in codecs.CODECS:
        seconds = best(partial(pack, parts[0], made[0].config, trainer.base, codec))
        file = pack(parts[0], made[0].config, trainer.base, codec)
        read = Trained(unpack(file).weights.tensors(), made[0].config, float("nan"))
        row = _recalled(trainer, f"write {codec}", read, one, other, seconds)
        rows.append(row | {"smaller": len(native) / len(file)})
    rows.append({"what": "swap", "ms": best(lambda: trainer.attach(made[0])) * 1e3})
    trainer.detach()
    return rows


def _recalled(
    trainer: Trainer, what: str, trained: Trained, one: Any, other: Any, seconds: float
) -> Row:
    trainer.attach(trained)
    recalls = [trainer.recall(said.held_out) for said in (one, other)]
    trainer.detach()
    shares = [sum(recall) / len(recall) for recall in recalls]
    return {"what": what, "ms": seconds * 1e3, "recall_a": shares[0], "recall_b": shares[1]}
