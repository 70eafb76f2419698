"""What others say about a speaker counts when the query names that speaker."""

import memory_os


def test_a_turn_about_the_named_speaker_gains_and_an_unrelated_one_does_not() -> None:
    turns = [
        {"role": "user", "name": "Marta", "content": "Lovely weather, isn't it?"},
        {"role": "assistant", "content": "Noted: from May Marta's address is 7 Lock Yard."},
        {"role": "assistant", "content": "The address of the clinic is 3 Mill Street."},
    ]
    with memory_os.connect("sqlite://") as memory:
        memory.add(turns, user_id="u", session_id="s")
        hits = memory.search("What is Marta's address?", user_id="u", explain=True).results
    gained = {hit.memory: (hit.scores or {}).get("mentioned", 0.0) for hit in hits}
    assert gained[turns[1]["content"]] > 0
    assert not gained[turns[0]["content"]]
    assert not gained[turns[2]["content"]]
    assert hits[0].memory == turns[1]["content"]
