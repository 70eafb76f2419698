"""What the calls of a language model cost, added up."""

from memory_os.domain.operations.common import Cost
from memory_os.domain.tokens import TokenCounter
from memory_os.ports.language_model import Completion, LanguageModel


class Metered:
    """A language model with the cost of every answer that it gave so far.

    Tokens are those that the model reports. Where it reports none they are counted over
    instruction, prompt and answer, which is an estimate. A call that failed is not counted: what
    it spent is not known.
    """

    def __init__(self, model: LanguageModel, counter: TokenCounter) -> None:
        self.name = model.name
        self.cost = Cost()
        self._model = model
        self._counter = counter

    def complete(self, system: str, prompt: str) -> Completion:
        """Return the model's answer, and count it."""
        answer = self._model.complete(system, prompt)
        spent = answer.tokens
        if spent is None:
            spent = sum(map(self._counter, (system, prompt, answer.text)))
        self.cost = Cost(tokens=self.cost.tokens + spent, money=self.cost.money + answer.money)
        return answer
