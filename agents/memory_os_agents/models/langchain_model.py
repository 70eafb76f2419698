"""Any LangChain chat model behind the language-model port."""

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage

from memory_os.errors import ModelFailed
from memory_os.ports.language_model import Completion


class LangChainModel:
    """Complete prompts through a LangChain chat model."""

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model
        named = getattr(model, "model_name", None) or getattr(model, "model", None)
        self.name = str(named) if isinstance(named, str) else type(model).__qualname__

    def complete(self, system: str, prompt: str) -> Completion:
        """Return the model's answer as text, with the tokens that its provider reports.

        Raises:
            ModelFailed: the model raised or answered without text.
        """
        try:
            answer = self._model.invoke([SystemMessage(system), HumanMessage(prompt)])
        except Exception as error:  # a provider may raise anything; it stops here, typed
            raise ModelFailed(f"{self.name} failed: {error}") from error
        text = str(answer.text)
        if not text.strip():
            raise ModelFailed(f"{self.name} answered without text")
        usage = answer.usage_metadata
        return Completion(text, None if usage is None else usage["total_tokens"])
