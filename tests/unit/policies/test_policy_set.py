"""Policy sets: what they say, and how they refuse what is wrong."""

from typing import Any

import pytest
from pydantic import ValidationError

from memory_os.domain.vocabulary import SemanticType
from memory_os.errors import InvalidInput
from memory_os.policies.policy_set import BUILT_IN, PolicySet, as_settings, policy_set


def test_what_is_left_out_has_its_default() -> None:
    found = policy_set({"decay": {"half_life_days": {"fact": 90}}})
    assert found.decay.half_life_days[SemanticType.FACT] == 90
    assert found.decay.half_life_days[SemanticType.MESSAGE] == 3
    assert found.archive == BUILT_IN.archive


def test_a_set_survives_being_written_down() -> None:
    made = policy_set({"ttl": {"default_seconds": {"message": 60}}, "eviction": {"per": "user"}})
    assert policy_set(as_settings(made)) == made
    assert policy_set({}) == BUILT_IN == PolicySet()


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"decya": {}}, "settings.decya"),
        ({"decay": {"half_life_days": {"fcat": 9}}}, "settings.decay.half_life_days.fcat"),
        ({"decay": {"half_life_days": {"fact": 0}}}, "settings.decay.half_life_days.fact"),
        ({"decay": {"half_life_days": 5}}, "settings.decay.half_life_days"),
        ({"decay": {"weights": {"unhelpful": 1}}}, "settings.decay.weights.unhelpful"),
        ({"activation": {"at": 0.3}}, "settings.activation"),
        ({"archive": {"below": 0.7}}, "settings"),
        ({"archive": {"below": "low"}}, "settings.archive.below"),
        ({"eviction": {"start": 0.5, "stop": 0.9}}, "settings.eviction"),
        ({"eviction": {"text": {"max_count": 0}}}, "settings.eviction.text.max_count"),
        ({"ttl": {"default_seconds": {"fact": 1.5}}}, "settings.ttl.default_seconds.fact"),
        ({"promotion": {"activation": {"min_trust": "some"}}}, "min_trust"),
        ({"merge": {"same_tokens": 0.5}}, "settings.merge.same_tokens"),
    ],
)
def test_what_is_wrong_is_named(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        policy_set(settings)
    assert field in refused.value.message
    assert str(refused.value.detail["field"]).endswith(field)
    assert refused.value.detail["errors"]


def test_an_unknown_name_is_told_which_there_are() -> None:
    with pytest.raises(InvalidInput, match="there are below, after_valid_days"):
        policy_set({"archive": {"belwo": 0.2}})
    with pytest.raises(InvalidInput, match="ttl, decay, activation"):
        policy_set({"decya": {}})


def test_a_set_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        BUILT_IN.archive.below = 0.2  # type: ignore[misc]
