"""The six forms of a payload survive JSON, and nothing else passes for one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from memory_os.domain.payload import (
    Activation,
    Adapter,
    Blob,
    Check,
    Document,
    Fact,
    KvChunk,
    Manifest,
    Message,
    ModelFingerprint,
    Payload,
    Source,
    Template,
    kind_of,
    text_of,
)
from memory_os.domain.vocabulary import Kind

PAYLOADS: TypeAdapter[Payload] = TypeAdapter(Payload)

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
MAYBE = st.none() | TEXT
COUNTS = st.integers(0, 2**40)
RATES = st.floats(allow_nan=False, allow_infinity=False)
SPANS = st.none() | st.tuples(COUNTS, COUNTS)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | RATES | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(TEXT, JSON, max_size=4)
MODELS = st.builds(
    ModelFingerprint,
    weights=TEXT,
    tokenizer=TEXT,
    chat_template=TEXT,
    adapter=TEXT,
    layers=COUNTS,
    kv_heads=COUNTS,
    head_dim=COUNTS,
    rope=TEXT,
    attention=TEXT,
    dtype=TEXT,
    layout_version=COUNTS,
)
BLOBS = st.builds(Blob, TEXT, COUNTS, TEXT, TEXT)
SOURCES = st.lists(st.builds(Source, TEXT, COUNTS, SPANS, MAYBE, RATES), max_size=2).map(tuple)
MESSAGES = st.builds(
    Message,
    role=TEXT,
    text=TEXT,
    name=MAYBE,
    tool_call_id=MAYBE,
    turn=COUNTS,
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
)
FACTS = st.builds(Fact, TEXT, MAYBE, MAYBE, MAYBE)
DOCUMENTS = st.builds(Document, TEXT, MAYBE, MAYBE, TEXT)
TEMPLATES = st.builds(Template, TEXT, COUNTS, FIELDS)
ACTIVATIONS = st.builds(
    Activation,
    model=MODELS,
    tokens=COUNTS,
    chunks=st.lists(st.builds(KvChunk, TEXT, BLOBS, SOURCES), max_size=2).map(tuple),
    check=st.none() | st.builds(Check, COUNTS, RATES, RATES, st.booleans()),
)
SCORES = st.dictionaries(TEXT, RATES, max_size=2)
ADAPTERS = st.builds(
    Adapter,
    base=MODELS,
    method=TEXT,
    rank=COUNTS,
    alpha=RATES,
    target_modules=st.lists(TEXT, max_size=3).map(tuple),
    blob=BLOBS,
    manifest=st.builds(Manifest, SOURCES, TEXT, COUNTS, FIELDS, SCORES, SCORES, TEXT),
)
FORMS = {
    "message": MESSAGES,
    "fact": FACTS,
    "document": DOCUMENTS,
    "template": TEMPLATES,
    "prefix_kv": ACTIVATIONS,
    "adapter": ADAPTERS,
}


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(data=st.data())
def test_a_payload_survives_json_and_python(form: str, data: st.DataObject) -> None:
    payload = data.draw(FORMS[form])
    assert payload.form == form
    text = PAYLOADS.dump_json(payload)
    assert PAYLOADS.validate_json(text) == payload
    assert type(PAYLOADS.validate_json(text)) is type(payload)
    assert PAYLOADS.dump_json(PAYLOADS.validate_json(text)) == text
    assert PAYLOADS.validate_python(PAYLOADS.dump_python(payload)) == payload


@pytest.mark.parametrize(
    "raw",
    [{}, {"form": "message"}, {"form": "poem", "text": "x"}, {"text": "x"}, None, "x", [],
     {"form": "fact", "text": 5}, {"form": "template", "schema_id": "s", "fields": {}}],
)  # fmt: skip
def test_what_has_no_form_or_breaks_it_is_no_payload(raw: object) -> None:
    with pytest.raises(ValidationError):
        PAYLOADS.validate_python(raw)


@settings(deadline=None)
@given(st.one_of(*FORMS.values()))
def test_a_form_decides_the_kind(payload: Payload) -> None:
    kinds = {"prefix_kv": Kind.ACTIVATION, "adapter": Kind.PARAMETRIC}
    assert kind_of(payload) is kinds.get(payload.form, Kind.TEXT)


def test_a_payload_is_read_as_its_text() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert text_of(Message("user", "Hello", at=at)) == "Hello"
    assert text_of(Fact("Tea.", "Ada", "drinks", "tea")) == "Tea."
    assert text_of(Document("# A\n\nB", title="C")) == "# A\n\nB"
    nested = Template("s", 1, {"name": "Ada", "likes": ["tea", {"cake": 2}], "age": None})
    assert text_of(nested) == "name: Ada\nlikes: tea; cake: 2\nage: None"


def test_tensors_have_no_text() -> None:
    model = ModelFingerprint("w", "t", "c", "a", 1, 1, 1, "r", "g", "f16", 1)
    blob = Blob("p", 1, "s")
    assert text_of(Activation(model, 1, (), blob)) == ""
    assert text_of(Adapter(model, "lora", 8, 16.0, ("q",), blob, Manifest((), "d", 0))) == ""
