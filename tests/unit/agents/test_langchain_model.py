"""Any LangChain chat model behind the port."""

from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from memory_os.errors import ModelFailed
from memory_os_agents.models.langchain_model import LangChainModel


class Recording(FakeListChatModel):
    """Answer with a message, and keep what was asked."""

    answer: Any = "fine"
    asked: list[tuple[str, str]] = []  # noqa: RUF012
    model_name: str = "recorder-1"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self.asked.extend((each.type, str(each.content)) for each in messages)
        if isinstance(self.answer, Exception):
            raise self.answer
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.answer))])


def test_instruction_and_prompt_go_to_the_model_and_text_comes_back() -> None:
    model = Recording(responses=[], asked=[])
    assert LangChainModel(model).complete("Be brief.", "How are you?") == "fine"
    assert model.asked == [("system", "Be brief."), ("human", "How are you?")]


def test_an_answer_in_parts_is_read_as_its_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert LangChainModel(Recording(responses=[], answer=parts)).complete("s", "p") == "ab"


@pytest.mark.parametrize("answer", ["", " \n", [], [{"type": "image_url", "image_url": "x"}]])
def test_an_answer_without_text_is_a_failed_model(answer: Any) -> None:
    with pytest.raises(ModelFailed, match="recorder-1 answered without text"):
        LangChainModel(Recording(responses=[], answer=answer)).complete("s", "p")


def test_a_model_that_raises_is_a_failed_model_with_its_words() -> None:
    model = Recording(responses=[], answer=TimeoutError("too slow"))
    with pytest.raises(ModelFailed, match="recorder-1 failed: too slow") as failed:
        LangChainModel(model).complete("s", "p")
    assert isinstance(failed.value.__cause__, TimeoutError)


def test_a_model_is_named_by_its_name_or_its_class() -> None:
    assert LangChainModel(Recording(responses=[])).name == "recorder-1"
    assert LangChainModel(FakeListChatModel(responses=["x"])).name == "FakeListChatModel"
