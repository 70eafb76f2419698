"""What holds of decay, time to live and eviction whatever the numbers are."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from memory_os.domain.cube import Lifespan
from memory_os.domain.lifecycle import State
from memory_os.domain.vocabulary import Kind, SemanticType
from memory_os.policies import activation, archive, ttl
from memory_os.policies.decay import DAY, Trace, used
from memory_os.policies.eviction import Held, Load, fills, judge, worth
from memory_os.policies.policy_set import Activation, Archive, Decay, Eviction, Ttl
from memory_os.policies.verdict import Action

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Decay()
strengths = st.floats(0, 1_000)
half_lives = st.floats(0.5, 730)
days = st.floats(0, 3_000)
weights = st.floats(-3, 5)
sigmas = st.floats(0.01, 0.99)


def traces() -> st.SearchStrategy[Trace]:
    return st.builds(Trace, strengths, half_lives, st.just(START))


@given(traces(), days, days)
def test_strength_only_falls_without_use(trace: Trace, one: float, other: float) -> None:
    early, late = sorted((one, other))
    sooner, later = trace.at(START + DAY * early), trace.at(START + DAY * late)
    assert 0 <= later <= sooner <= trace.strength
    assert 0 <= trace.sigma(START + DAY * late) < 1


@given(traces(), weights, days)
def test_a_use_never_shortens_a_half_life_nor_makes_strength_negative(
    trace: Trace, weight: float, after: float
) -> None:
    now = START + DAY * after
    found = used(trace, weight, now, SETTINGS)
    assert found.half_life >= trace.half_life
    assert found.half_life <= max(SETTINGS.max_half_life_days, trace.half_life)
    assert found.half_life <= trace.half_life * (1 + SETTINGS.growth) * (1 + 1e-12)
    assert found.strength >= 0
    assert found.touched_at == now
    if weight > 0:
        assert found.sigma(now) >= trace.sigma(now)


@given(traces(), st.floats(0.01, 5), st.floats(0.01, 400), st.floats(0.01, 400))
def test_a_use_after_a_longer_pause_lengthens_the_half_life_more(
    trace: Trace, weight: float, one: float, other: float
) -> None:
    early, late = sorted((one, other))
    soon = used(trace, weight, START + DAY * early, SETTINGS)
    spaced = used(trace, weight, START + DAY * late, SETTINGS)
    assert soon.half_life <= spaced.half_life


@given(st.builds(Trace, st.floats(0.01, 1_000), half_lives, st.just(START)), sigmas)
def test_the_moment_that_a_strength_reaches_a_level_is_exact(trace: Trace, sigma: float) -> None:
    moment = trace.reaches(sigma)
    assert moment is not None
    if moment > START + DAY / 1_000:
        assert trace.sigma(moment - DAY / 1_000) >= sigma - 1e-9
        assert trace.sigma(moment + DAY / 1_000) < sigma + 1e-9


@given(traces(), days)
def test_no_memory_is_archived_and_activated_at_once(trace: Trace, after: float) -> None:
    now = START + DAY * after
    faded = archive.judge(archive.Facts(State.GENERATED, trace), now, Archive())
    strong = activation.judge(State.GENERATED, trace, now, Activation())
    assert not (faded.action is Action.ARCHIVE and strong.action is Action.ACTIVATE)
    if strong.action is Action.ACTIVATE:
        again = activation.judge(State.ACTIVATED, trace, now, Activation())
        assert again.action is Action.KEEP


seconds = st.none() | st.integers(1, 10_000_000)
kinds = st.sampled_from(SemanticType)


@given(seconds, seconds, st.dictionaries(kinds, st.integers(1, 10_000_000)), kinds, st.booleans())
def test_no_life_is_longer_than_the_cap_and_use_never_shortens_one(
    asked: int | None,
    cap: int | None,
    defaults: dict[SemanticType, int],
    kind: SemanticType,
    renews: bool,
) -> None:
    settings = Ttl(default_seconds=defaults, max_seconds=cap, refresh_on_read=renews)
    life = ttl.given_life(Lifespan(ttl_seconds=asked), kind, START, settings)
    if cap is not None:
        assert life.expires_at is not None
        assert life.expires_at <= START + timedelta(seconds=cap)
    if life.expires_at is not None:
        due = ttl.judge(life, life.expires_at)
        early = ttl.judge(life, life.expires_at - timedelta(microseconds=1))
        assert (due.action, early.action) == (Action.EXPIRE, Action.KEEP)
        later = ttl.refreshed(life, START + timedelta(seconds=1)).expires_at
        assert later is not None
        assert later >= life.expires_at
        assert (later > life.expires_at) is renews


groups = st.lists(
    st.builds(Held, st.uuids().map(str), st.floats(0, 1), st.integers(0, 10_000), st.booleans()),
    max_size=30,
    unique_by=lambda held: held.cube_id,
)
limits = st.none() | st.integers(1, 50_000)


@given(groups, limits, limits, st.sampled_from((Kind.TEXT, Kind.ACTIVATION)))
def test_eviction_takes_the_least_worth_and_no_more_than_it_must(
    group: list[Held], most: int | None, size: int | None, kind: Kind
) -> None:
    budget = {"max_count": most, "max_bytes": size}
    settings = Eviction.model_validate({"text": budget, "activation": budget})
    gone = [held for held, _ in judge(group, kind, settings)]
    assert not any(held.pinned for held in gone)
    stay = [held for held in group if held not in gone]
    if not fills(_load(group), settings.text, settings.start):
        assert gone == []
        return
    free = [held for held in stay if not held.pinned]
    assert not free or not fills(_load(stay), settings.text, settings.stop)
    if gone:
        assert fills(_load([*stay, gone[-1]]), settings.text, settings.stop)
        order = [worth(held, settings.text) for held in gone]
        assert order == sorted(order)
        assert all(order[-1] <= worth(held, settings.text) for held in free)


def _load(group: list[Held]) -> Load:
    return Load(len(group), sum(held.bytes for held in group))
