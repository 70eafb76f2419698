"""Look at a conversation set by whole sessions instead of by turns."""

from dataclasses import replace
from datetime import datetime
from itertools import groupby

from memory_os_evals.shape import Bank, Dataset, Item, Question


def by_session(dataset: Dataset) -> Dataset:
    """Return the same questions over one item a session: its date and all its turns in order.

    A question's gold is then every session that holds one of its evidence turns. Figures of this
    unit are higher by nature and never share a column with figures by turn.
    """
    sessions: dict[tuple[str, str], str] = {}
    banks: list[Bank] = []
    for bank in dataset.banks:
        whole: list[Item] = []
        for name, members in groupby(bank.items, key=lambda item: item.session or ""):
            turns = tuple(members)
            sessions.update({(bank.id, turn.id): name for turn in turns})
            whole.append(_whole(name, turns))
        banks.append(Bank(bank.id, tuple(whole)))
    return replace(
        dataset,
        unit="session",
        banks=tuple(banks),
        questions=tuple(_moved(question, sessions) for question in dataset.questions),
    )


def _whole(name: str, turns: tuple[Item, ...]) -> Item:
    at = turns[0].at
    date = [] if at is None else [_as_written(at)]
    return Item(id=name, text="\n".join([*date, *(turn.line() for turn in turns)]), at=at)


def _as_written(at: datetime) -> str:
    """Return the date as LoCoMo writes it: ``9:05 am on 3 May, 2023``."""
    return f"{at:%I:%M %p}".lstrip("0").lower() + f" on {at.day} {at:%B, %Y}"


def _moved(question: Question, sessions: dict[tuple[str, str], str]) -> Question:
    gold = frozenset(sessions[question.bank, turn] for turn in question.gold)
    return replace(question, gold=gold)
