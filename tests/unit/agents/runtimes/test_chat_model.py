"""Any LangChain agent gets memory and its caches through one chat model."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

import memory_os
from memory_os.errors import InvalidInput
from memory_os_agents.runtimes.chat_model import MemoryChatModel
from tests.unit.agents.runtimes.tiny import runtime

SYSTEM = SystemMessage("You are a concierge who is kind and short. " * 6)


def test_the_second_answer_goes_on_from_what_is_kept() -> None:
    model = runtime()
    with memory_os.connect("sqlite://") as memory:
        for number in range(12):
            text = f"Ada likes her tea number {number} without milk."
            memory.add(text, user_id="ada", semantic_type="preference")
        chat = MemoryChatModel(model, memory, scope={"user_id": "ada"}, most=8)
        asked = [SYSTEM, HumanMessage("Which tea?"), AIMessage("Which?"), HumanMessage("Tea 3.")]
        first = chat.invoke(asked)
        assert first.usage_metadata["input_token_details"]["cache_read"] == 0
        assert first.response_metadata["reason"] == "none_stored"
        prompt, turns = chat.prompt(asked)
        assert turns.endswith("user: Tea 3.\nassistant:")
        kept = memory.keep_prefix(model, prompt, user_id="ada")
        again = chat.invoke(asked)
        assert again.usage_metadata["input_token_details"]["cache_read"] >= 512
        assert again.response_metadata["activation"] == kept.id
        assert again.content == first.content
        assert again.usage_metadata["output_tokens"] <= 8


def test_it_stops_and_refuses_nothing_but_system() -> None:
    with memory_os.connect("sqlite://") as memory:
        chat = MemoryChatModel(runtime(), memory, most=6)
        whole = chat.invoke("Hello?").content
        assert chat.invoke("Hello?", stop=[whole[1]]).content == whole.split(whole[1])[0].strip()
        with pytest.raises(InvalidInput, match="beside the system"):
            chat.invoke([SYSTEM])
