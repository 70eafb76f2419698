"""Invented data in the shapes of the public sets; no line is taken from any of them."""

import json
from pathlib import Path
from typing import Any

FACTS = (
    "I planted tomatoes on the balcony",
    "my bicycle was stolen near the harbour",
    "we adopted a grey kitten called Pepper",
    "the choir rehearses every Thursday evening",
    "I passed the sailing exam at last",
    "our kitchen ceiling leaked during the storm",
    "she baked walnut bread for the neighbours",
    "the marathon in Lisbon went better than hoped",
)


def write(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def turn(session: int, number: int, text: str, **more: object) -> dict[str, object]:
    speaker = "Mira" if number % 2 else "Jonas"
    return {"speaker": speaker, "dia_id": f"D{session}:{number}", "text": text, **more}


def asked(question: str, evidence: list[str], category: int, **more: object) -> dict[str, object]:
    answer: dict[str, object] = {} if category == 5 else {"answer": more.pop("answer", "yes")}
    return {"question": question, "evidence": evidence, "category": category, **answer, **more}


def locomo_sample(name: str = "conv-1") -> dict[str, Any]:
    first = [turn(1, number + 1, text) for number, text in enumerate(FACTS[:4])]
    first[1] |= {
        "img_url": ["x"],
        "blip_caption": "a photo of an empty bicycle stand",
        "query": "q",
    }
    second = [turn(2, number + 1, text) for number, text in enumerate(FACTS[4:])]
    return {
        "sample_id": name,
        "conversation": {
            "speaker_a": "Mira",
            "speaker_b": "Jonas",
            "session_2": second,
            "session_2_date_time": "9:05 am on 3 May, 2023",
            "session_1": first,
            "session_1_date_time": "11:40 pm on 28 April, 2023",
            "session_3_date_time": "1:00 pm on 9 May, 2023",
        },
        "qa": [
            asked("What did Mira plant on the balcony?", ["D1:1"], 4, answer=7),
            asked("Which exam and which race went well?", ["D2:1; D2:4"], 1),
            asked("When was the bicycle stolen?", ["D1:2", "D1:2"], 2),
            asked("Would they like a pet shop?", ["D:1:03", "D9:1"], 3),
            asked("What leaked?", ["D2:02 D1:4", "D"], 1),
            asked("What did Jonas plant?", ["D1:1"], 5, adversarial_answer="tomatoes"),
            asked("Who is the mayor?", [], 4),
        ],
        "event_summary": {},
        "observation": {},
        "session_summary": {},
    }


def locomo(folder: Path, samples: int = 2) -> Path:
    rows = [locomo_sample(f"conv-{number + 1}") for number in range(samples)]
    return write(folder / "locomo-invented.json", rows)


def message(number: int, role: str, content: str, **more: object) -> dict[str, object]:
    return {"role": role, "id": number, "content": content, **more}


def beam_chat(batches: int = 2) -> list[dict[str, object]]:
    chat: list[dict[str, object]] = []
    number = 0
    for batch in range(1, batches + 1):
        turns = []
        for pair in range(2):
            fact = FACTS[(number // 2) % len(FACTS)]
            anchor = {"time_anchor": f"March-{batch}-2024"} if pair == 0 else {}
            mark = f" ->-> {batch},{pair + 1}"
            turns.append(
                [
                    message(number, "user", f"Plan {number}: {fact}{mark}", index="1", **anchor),
                    message(number + 1, "assistant", f"Noted, step {number} of the plan."),
                ]
            )
            number += 2
        chat.append({"batch_number": batch, "turns": turns, "time_anchor": None})
    return chat


def beam_probes() -> dict[str, list[dict[str, object]]]:
    return {
        "abstention": [{"question": "What is the dog called?", "ideal_response": "unknown"}],
        "event_ordering": [
            {
                "question": "In which order came kitten, bicycle and tomatoes?",
                "source_chat_ids": [[0, 2], 4, [4]],
            }
        ],
        "information_extraction": [{"question": "What was planted?", "source_chat_ids": [0, 0]}],
        "knowledge_update": [
            {
                "question": "What about the bicycle now?",
                "source_chat_ids": {"original_info": [2], "updated_info": [99]},
            }
        ],
        "summarization": [{"question": "Sum up.", "source_chat_ids": []}],
        "temporal_reasoning": [{"question": "How long between?", "source_chat_ids": None}],
    }


def beam(folder: Path, *chats: str, truncated: tuple[str, ...] = ()) -> Path:
    for chat in chats or ("2", "10"):
        write(folder / chat / "chat.json", beam_chat(2))
        if chat in truncated:
            write(folder / chat / "chat_trunecated.json", beam_chat(1))
        write(folder / chat / "probing_questions" / "probing_questions.json", beam_probes())
    return folder


def musique(folder: Path, corpus: str = "musique_invented_corpus.json") -> Path:
    passages = [{"title": "Twin", "text": f"Passage {fact}."} for fact in FACTS]
    passages.append(dict(passages[0]))
    write(folder / corpus, passages)
    rows = []
    for number, (head, fact) in enumerate([("2hop", 0), ("3hop1", 2), ("4hop2", 4)]):
        named = [
            {
                "idx": place,
                "title": "Twin",
                "paragraph_text": f"Passage {FACTS[place]}.",
                "is_supporting": place in (fact, fact + 1),
            }
            for place in range(len(FACTS))
        ]
        lost = {
            "idx": 9,
            "title": "Twin",
            "paragraph_text": "Nowhere.",
            "is_supporting": number == 2,
        }
        rows.append(
            {
                "id": f"{head}__{number}_7",
                "question": f"What links {FACTS[fact]} and {FACTS[fact + 1]}?",
                "answer": "a",
                "answer_aliases": [],
                "answerable": True,
                "paragraphs": [*named, lost],
                "question_decomposition": [],
            }
        )
    return write(folder / "musique_invented-dev.json", rows)


def hotpotqa(folder: Path, corpus: str = "hotpotqa_invented_corpus.json") -> Path:
    titles = [f"Title {number}" for number in range(len(FACTS))]
    write(folder / corpus, {t: [f, "Second sentence."] for t, f in zip(titles, FACTS, strict=True)})
    rows = [
        {
            "_id": f"q{number}",
            "question": f"Who said {FACTS[number]} or {FACTS[number + 1]}?",
            "answer": "a",
            "type": "bridge" if number else "comparison",
            "level": "easy",
            "context": [[title, ["x"]] for title in titles],
            "supporting_facts": [[titles[number], 0], [titles[number], 1], [titles[number + 1], 0]],
        }
        for number in (0, 2, 4)
    ]
    return write(folder / "hotpotqa_invented-dev.json", rows)
