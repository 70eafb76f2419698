"""Quotas before the work: what will not fit is refused before anything is embedded or asked."""

import math
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from memory_os.domain.cube import Cube
from memory_os.domain.payload import Template, text_of
from memory_os.domain.quotas import BYTES, MONEY_UNITS, Charges, Meter, Quota, charge
from memory_os.domain.scope import Scope
from memory_os.errors import ModelFailed
from memory_os.kernel.entries import Entry
from memory_os.kernel.parts import Parts
from memory_os.ports.language_model import Completion, LanguageModel

_MODEL = frozenset({Meter.LLM_TOKENS, Meter.MONEY})


@dataclass(frozen=True, slots=True)
class Allowance:
    """The quotas of a tenant for one call; there mostly are none, and all this does nothing."""

    parts: Parts
    tenant_id: str
    quotas: tuple[Quota, ...]

    def fits(self, new: Iterable[Cube], revised: Iterable[Cube] = ()) -> None:
        """Pass if new memories and versions will fit; the transaction counts them exactly.

        Raises:
            QuotaExhausted: they surely will not.
        """
        if not self.quotas:
            return
        charges: Charges = {}
        for cube in new:
            charge(charges, cube.scope, Meter.CUBES, 1)
            _weigh(cube, charges)
        for cube in revised:
            _weigh(cube, charges)
        now = self.parts.clock.now()
        for quota in self.quotas:
            quota.charged(charges.get((quota.holder, quota.meter), 0), now)

    @contextmanager
    def embedding(self, texts: Iterable[tuple[Scope, str]]) -> Iterator[None]:
        """Count the tokens of texts while they are embedded; if that fails they are given back.

        Raises:
            QuotaExhausted: there is no room for them.
        """
        charges: Charges = {}
        if any(quota.meter is Meter.EMBEDDING_TOKENS for quota in self.quotas):
            for scope, text in texts:
                charge(charges, scope, Meter.EMBEDDING_TOKENS, self.parts.counter(text))
        if not charges:
            yield
            return
        self._spend(charges, settling=False)
        try:
            yield
        except BaseException:
            self._spend({place: -amount for place, amount in charges.items()}, settling=True)
            raise

    def entries(
        self, cubes: Iterable[tuple[Cube, Iterable[Entry]]]
    ) -> AbstractContextManager[None]:
        """Count the tokens of index entries while they are embedded, as ``embedding`` does."""
        return self.embedding(
            (cube.scope, item.embedded) for cube, found in cubes for item in found
        )

    def _spend(self, charges: Charges, *, settling: bool) -> None:
        now = self.parts.clock.now()
        self.parts.quotas.spend(self.tenant_id, charges, now, settling=settling)


def allowance(parts: Parts, tenant_id: str) -> Allowance:
    """Return what the tenant may still use: one indexed read."""
    return Allowance(parts, tenant_id, tuple(parts.quotas.quotas(tenant_id)))


class Rationed:
    """A language model whose calls are counted against quotas: reserved before, settled after.

    What a call will take is the tokens of instruction and prompt and ``Rules.answer_tokens`` for
    the answer, and money at the highest price a token that this object has seen. An answer that
    turns out longer is counted in full, so the next call is refused the sooner.
    """

    def __init__(self, model: LanguageModel, parts: Parts, tenant_id: str) -> None:
        self.name = model.name
        self.scope = Scope()
        self._model = model
        self._parts = parts
        self._tenant_id = tenant_id
        self._price = 0.0

    def complete(self, system: str, prompt: str) -> Completion:
        """Return the model's answer.

        Raises:
            QuotaExhausted: the model was not asked.
        """
        held = allowance(self._parts, self._tenant_id).quotas
        if not any(quota.meter in _MODEL for quota in held):
            return self._model.complete(system, prompt)
        asked = self._parts.counter(system) + self._parts.counter(prompt)
        tokens = asked + self._parts.rules.answer_tokens
        money = max(1, math.ceil(tokens * self._price * MONEY_UNITS))
        self._spend(tokens, money, settling=False)
        try:
            answer = self._model.complete(system, prompt)
        except ModelFailed:
            self._spend(-tokens, -money, settling=True)
            raise
        spent = answer.tokens
        if spent is None:
            spent = asked + self._parts.counter(answer.text)
        paid = math.ceil(answer.money * MONEY_UNITS)
        self._price = max(self._price, answer.money / max(1, spent))
        self._spend(spent - tokens, paid - money, settling=True)
        return answer

    def _spend(self, tokens: int, money: int, *, settling: bool) -> None:
        charges: Charges = {}
        charge(charges, self.scope, Meter.LLM_TOKENS, tokens)
        charge(charges, self.scope, Meter.MONEY, money)
        now = self._parts.clock.now()
        self._parts.quotas.spend(self._tenant_id, charges, now, settling=settling)


def _weigh(cube: Cube, charges: Charges) -> None:
    """Count a write, and the least of bytes that its payload can take."""
    charge(charges, cube.scope, Meter.WRITES, 1)
    if not isinstance(cube.payload, Template):
        charge(charges, cube.scope, BYTES[cube.kind], len(text_of(cube.payload).encode()))
