"""Reading standing instructions and preferences from wording."""

import pytest

from memory_os.domain.vocabulary import SemanticType
from memory_os.policies.typing import infer_type


@pytest.mark.parametrize(
    "text",
    [
        "Always answer in metric units.",
        "Never mention my salary in e-mails.",
        "From now on, write dates as day, month, year.",
        "Please make sure you cite your sources.",
        "Thanks. When I ask about travel, always give train times.",
        "Whenever I ask for code, it should come with a test.",
        "Always be brief when I ask about the weather.",
        "I want you to always check the spelling.",
        "Remember to include the time zone.",
    ],
)
def test_a_standing_instruction_is_a_procedure(text: str) -> None:
    assert infer_type(text, "user") is SemanticType.PROCEDURE
    assert infer_type(text, None) is SemanticType.PROCEDURE


@pytest.mark.parametrize(
    "text",
    [
        "I prefer tea in the morning.",
        "I'd rather take the train.",
        "I really dislike long meetings",
        "My favourite colour is green.",
        "I'm allergic to peanuts.",
        "I don’t eat meat.",
        "We like small hotels more than big ones.",
        "I've decided to keep the old phone.",
        "Ada prefers tea.",
    ],
)
def test_a_preference_is_seen(text: str) -> None:
    assert infer_type(text, "user") is SemanticType.PREFERENCE


@pytest.mark.parametrize(
    "text",
    [
        "Never give up!",
        "Always happy to help.",
        "Never say never.",
        "The meeting is on Thursday.",
        "If we need more chairs, there are some upstairs.",
        "Have you ever been to Oslo?",
        "",
        "\x00",
    ],
)
def test_ordinary_talk_has_no_type_of_its_own(text: str) -> None:
    assert infer_type(text, "user") is None


def test_only_people_lay_down_rules() -> None:
    for role in ("assistant", "tool", "system"):
        assert infer_type("Always answer in metric units.", role) is None
        assert infer_type("I prefer tea.", role) is None


def test_a_long_text_is_read_in_bounded_time() -> None:
    assert infer_type("when I like the time " * 500_000, "user") is None
