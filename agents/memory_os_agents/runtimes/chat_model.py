"""A LangChain chat model over a runtime, which goes on from what memory keeps of the prompt.

System messages are put first in every prompt, then what memory keeps standing for the scope, then
what it finds for the question, then the conversation. So prompts of one scope begin alike, and the
attention cache of that beginning is looked up on every call.
"""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, Field

from memory_os.errors import InvalidInput
from memory_os.ports.model_runtime import ModelRuntime
from memory_os.sdk import Memory
from memory_os.sdk.activation import Prompt

Templating = Callable[[Sequence[tuple[str, str]]], str]
"""Turn ``(role, content)`` turns, oldest first, into text that ends where the model answers."""


def plain_turns(turns: Sequence[tuple[str, str]]) -> str:
    """Return a line for each turn and an open one for the answer: for models without a template."""
    return "".join(f"\n{role}: {content}" for role, content in turns) + "\nassistant:"


class MemoryChatModel(BaseChatModel):
    """Answer by a local model that reads memory first, reusing what is kept of its attention.

    ``scope`` holds ``user_id`` and the like. ``standing_tokens`` and ``max_tokens`` bound what of
    memory is read, ``most`` the answer. ``usage_metadata`` counts tokens, with those that did not
    have to be computed under ``input_token_details.cache_read``.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    runtime: Any = Field(repr=False)
    memory: Any = Field(repr=False)
    scope: dict[str, Any] = Field(default_factory=dict)
    standing_tokens: int = 1_024
    max_tokens: int = 2_048
    most: int = 256
    template: Templating = plain_turns

    def __init__(self, runtime: ModelRuntime, memory: Memory, **options: Any) -> None:
        super().__init__(**{"runtime": runtime, "memory": memory, **options})

    @property
    def _llm_type(self) -> str:
        return "memory-os"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"weights": self.runtime.fingerprint.weights, "scope": self.scope}

    def prompt(self, messages: Sequence[BaseMessage]) -> tuple[Prompt, str]:
        """Return the prompt that memory gives for a conversation, and the turns behind it.

        Raises:
            InvalidInput: there is nothing but system messages.
        """
        system = [str(m.text) for m in messages if isinstance(m, SystemMessage)]
        turns = [(_role(m), str(m.text)) for m in messages if not isinstance(m, SystemMessage)]
        if not turns:
            raise InvalidInput(
                "a conversation needs a message beside the system's", field="messages"
            )
        asked = {"system": "\n".join(system)} if system else {}
        found = self.memory.context(
            turns[-1][1],
            reuse=self.runtime,
            standing_tokens=self.standing_tokens,
            max_tokens=self.max_tokens,
            **asked,
            **self.scope,
        )
        return found, self.template(turns)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        prompt, turns = self.prompt(messages)
        more = self.runtime.encode(turns).tokens
        tokens = (*prompt.tokens, *more)
        made = self.runtime.generate(tokens, prompt.prefix, most=kwargs.get("most", self.most))
        text, count = made.text, len(made.tokens)
        for end in stop or ():
            text = text.split(end, 1)[0]
        answer = AIMessage(
            text.strip(),
            usage_metadata={
                "input_tokens": len(tokens),
                "output_tokens": count,
                "total_tokens": len(tokens) + count,
                "input_token_details": {"cache_read": prompt.covered},
            },
            response_metadata={
                "activation": prompt.activation,
                "reason": prompt.reason,
                "seconds_to_first_token": made.first,
            },
        )
        return ChatResult(generations=[ChatGeneration(message=answer)])


def _role(message: BaseMessage) -> str:
    return {"human": "user", "ai": "assistant"}.get(message.type, message.type)
