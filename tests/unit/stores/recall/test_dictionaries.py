"""Strings, sets of names and namespaces as numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_os.domain.scope import Scope, ScopeMatch
from memory_os_stores.recall import identities, namespaces
from memory_os_stores.recall.identities import Identities
from memory_os_stores.recall.labels import Labels
from memory_os_stores.recall.names import NOTHING, UNKNOWN, Names, joined, split
from memory_os_stores.recall.namespaces import Namespaces

texts = st.text(st.characters(codec=None), max_size=6)


@given(st.lists(texts))
def test_strings_survive_being_joined(strings: list[str]) -> None:
    blob, stops = joined(strings)
    assert split(blob, stops) == strings


def test_names_are_numbered_in_the_order_of_their_first_sight() -> None:
    names = Names(["b"])
    assert names.codes(["a", "b", "a"]) == [1, 0, 1]
    assert (names.find("b"), names.find("c"), len(names)) == (0, UNKNOWN, 2)
    assert (names.optional(None), names.optional("c")) == (NOTHING, 2)


@given(st.lists(st.lists(texts, max_size=5)), st.booleans())
def test_identities_agree_with_a_dictionary(batches: list[list[str]], colliding: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identities, "_SMALLEST", 2)
        patch.setattr(identities, "_SHARE", 2)
        if colliding:
            patch.setattr(identities, "_hash", lambda text: len(text) % 2)
        found, wanted = Identities(), {}
        for batch in batches:
            codes = [wanted.setdefault(text, len(wanted)) for text in batch]
            assert found.codes(batch) == codes
            assert len(found) == len(wanted)
            found = Identities(*found.arrays()) if len(batch) == 3 else found
        assert [found.text(code) for code in wanted.values()] == list(wanted)
        assert [found.find(text) for text in wanted] == list(wanted.values())
        assert found.find("never seen") == UNKNOWN


def test_labels_are_sets_and_come_back_after_a_load() -> None:
    labels = Labels()
    codes = [labels.code(names) for names in ((), (3, 1), (1, 3, 3), (1,), (3, 1, 2))]
    assert codes == [0, 1, 1, 2, 3]
    ids, starts, stops = labels.table()
    sets = [ids[a:b].tolist() for a, b in zip(starts, stops, strict=True)]
    assert sets == [[], [1, 3], [1], [1, 2, 3]]
    again = Labels(ids.copy(), np.concatenate(([0], stops)))
    assert [again.code(names) for names in ((), (1, 3), (1,), (7,))] == [0, 1, 2, 4]


def test_namespaces_are_reached_as_the_domain_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces, "_KEPT", 2)
    paths = [(), ("a",), ("a", "b"), ("c",)]
    known = Namespaces(paths[:2])
    for late in (2, 3, 4):
        codes = [known.code(path) for path in paths[:late]]
        assert codes == list(range(late))
        for call in paths:
            for match in ScopeMatch:
                wanted = [
                    Scope(namespace=call).reaches(Scope(namespace=path), match)
                    for path in paths[:late]
                ]
                assert known.reached(call, match).tolist() == wanted
