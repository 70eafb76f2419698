"""Time to live: defaults, caps, renewal by use, and the floor."""

from datetime import UTC, datetime, timedelta

import pytest

from memory_os.domain.cube import Lifespan
from memory_os.domain.vocabulary import SemanticType
from memory_os.policies.policy_set import Ttl
from memory_os.policies.ttl import given_life, judge, refreshed

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = 3_600, 86_400
SETTINGS = Ttl.model_validate({"default_seconds": {"message": HOUR}, "max_seconds": DAY})


@pytest.mark.parametrize(
    ("asked", "kind", "settings", "seconds"),
    [
        (Lifespan(), "fact", Ttl(), None),
        (Lifespan(ttl_seconds=9), "fact", Ttl(), 9),
        (Lifespan(), "message", SETTINGS, HOUR),
        (Lifespan(), "fact", SETTINGS, DAY),
        (Lifespan(ttl_seconds=9 * DAY), "fact", SETTINGS, DAY),
        (Lifespan(expires_at=NOW + timedelta(days=9)), "fact", SETTINGS, DAY),
        (Lifespan(expires_at=NOW + timedelta(hours=1)), "message", SETTINGS, HOUR),
    ],
)
def test_a_life_is_what_was_asked_within_the_cap(
    asked: Lifespan, kind: str, settings: Ttl, seconds: int | None
) -> None:
    found = given_life(asked, SemanticType(kind), NOW, settings)
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert found.expires_at == expected


def test_use_renews_a_life_only_where_that_was_said() -> None:
    later = NOW + timedelta(hours=1)
    plain = given_life(Lifespan(ttl_seconds=DAY), SemanticType.FACT, NOW, Ttl())
    assert refreshed(plain, later) == plain
    for asked, settings in (
        (Lifespan(ttl_seconds=DAY, refresh_on_read=True), Ttl()),
        (Lifespan(ttl_seconds=DAY), Ttl(refresh_on_read=True)),
    ):
        renewed = given_life(asked, SemanticType.FACT, NOW, settings)
        assert refreshed(renewed, later).expires_at == later + timedelta(days=1)
        assert refreshed(renewed, NOW - timedelta(days=3)) == renewed


@pytest.mark.parametrize(
    ("lifespan", "reason"),
    [
        (Lifespan(), "no_expiry"),
        (Lifespan(expires_at=NOW + timedelta(1)), "not_due"),
        (Lifespan(expires_at=NOW), "ttl_due"),
        (Lifespan(expires_at=NOW, retain_until=NOW + timedelta(1)), "retained"),
        (Lifespan(expires_at=NOW, retain_until=NOW), "ttl_due"),
    ],
)
def test_a_time_is_over_when_it_is_due_and_nothing_retains_it(
    lifespan: Lifespan, reason: str
) -> None:
    assert judge(lifespan, NOW).reason == reason
