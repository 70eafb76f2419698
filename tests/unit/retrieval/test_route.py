"""What the wording of a query says about its evidence."""

from datetime import UTC, datetime

import pytest

from memory_os.retrieval.calendar_words import Period
from memory_os.retrieval.route import route

NOW = datetime(2024, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("What happened in May 2023?", Period(2023, 5)),
        ("Who came on 8 May, 2023?", Period(2023, 5, 8)),
        ("Who came on the 8th of May?", Period(None, 5, 8)),
        ("Who came on Sept 3rd?", Period(None, 9, 3)),
        ("What did we plan for 2022?", Period(2022)),
        ("May I ask where she works?", None),
        ("How far did they march?", None),
        ("What did I eat yesterday?", Period(2024, 2, 29)),
        ("What was decided last month?", Period(2024, 2)),
        ("Where did we go last year?", Period(2023)),
        ("What is planned this year?", Period(2024)),
        ("What is planned this month?", Period(2024, 3)),
        ("What does Ada drink?", None),
    ],
)
def test_the_time_that_a_query_names(text: str, period: Period | None) -> None:
    assert route(text, NOW).when == period


def test_terms_are_distinct_and_in_order() -> None:
    assert route("Tea or more tea with Ada?", NOW).terms == ("tea", "ada")


def test_a_question_about_me_asks_for_what_i_said() -> None:
    assert route("Where did I leave my keys?", NOW).asker
    assert route("What’s the deadline I’ve set?", NOW).asker
    assert not route("Where did Ada leave her keys?", NOW).asker
    assert not route("Can you summarise my progress?", NOW).asker


def test_requests_overviews_and_the_present() -> None:
    assert route("Could you recommend a book?", NOW).request
    assert not route("Which book did Ada read?", NOW).request
    assert route("How did the plan develop over time?", NOW).overview
    assert not route("When is the plan due?", NOW).overview
    assert route("Where does Ada live now?", NOW).present
    assert not route("Where did Ada live?", NOW).present


def test_a_query_of_stop_words_has_no_terms() -> None:
    assert route("What is it?", NOW).terms == ()
