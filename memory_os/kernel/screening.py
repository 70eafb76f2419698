"""Screening: what a text holds that should not be stored, embedded, logged or shown to a model."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from memory_os.domain.payload import Document, Fact, Message, Payload, Template, text_of
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import SUSPECT
from memory_os.governance.seal import Seal
from memory_os.policies.admission import suspects
from memory_os.policies.finding import Found, Kind
from memory_os.policies.injection import CLEAR, Suspicion, suspect
from memory_os.policies.policy_set import PolicySet
from memory_os.policies.redaction import Redacted, redact, scan

_PLAIN = {Kind.EMAIL: re.compile(r"\s"), Kind.SECRET: re.compile(r"(?!)")}
_OTHER = re.compile(r"[\s().-]")
Change = Callable[[str], str]


@dataclass(slots=True)
class Screen:
    """Scan the texts of one cube and make placeholders for its scope, keeping count.

    A placeholder is the same for the same value everywhere in the scope, its session aside, and
    is keyed: who does not have the value learns nothing from it.
    """

    tenant_id: str
    scope: Scope
    policies: PolicySet
    seal: Seal
    counts: Counter[Kind] = field(default_factory=Counter)

    def name(self, kind: Kind, value: str) -> str:
        """Return the placeholder of a value; spaces and signs between digits do not count."""
        plain = _PLAIN.get(kind, _OTHER).sub("", value)
        plain = plain.lower() if kind is Kind.EMAIL else plain
        place = replace(self.scope, session_id=None).key()
        mark = self.seal.pseudonym(self.tenant_id, place, kind.value, plain)
        return f"[{kind.value.upper()}_{mark}]"

    def scan(self, text: str) -> tuple[Found, ...]:
        """Return what is found in ``text``, counted, but for what the policy ignores."""
        found = scan(text)
        if not found:
            return found
        treated = self.policies.redaction
        found = tuple(each for each in found if treated.of(each.kind) != "ignore")
        self.counts.update(each.kind for each in found)
        return found

    def redacted(self, text: str) -> Redacted:
        """Return ``text`` with placeholders for what the policy hides."""
        return redact(text, self.scan(text), self.policies.redaction.hidden, self.name)

    def hide(self, text: str) -> str:
        """Return the text of ``redacted``."""
        found = self.scan(text)
        if not found:
            return text
        return redact(text, found, self.policies.redaction.hidden, self.name).text


@dataclass(frozen=True, slots=True)
class Screened:
    """A payload and metadata as they may be stored, and what was found in them."""

    payload: Payload
    metadata: dict[str, JsonValue] | None
    counts: Counter[Kind]
    suspicion: Suspicion = CLEAR

    def labels(self, policies: PolicySet) -> tuple[str, ...]:
        """Return the compliance labels that the findings earn."""
        found = {kind.label for kind in self.counts}
        if suspects(self.suspicion, policies.admission):
            found.add(SUSPECT)
        return tuple(sorted(found))

    def told(self, policies: PolicySet) -> str:
        """Return what was found, in words, empty for nothing: what happened, kinds, how often."""
        redacted = policies.redaction.hidden if policies.redaction.where == "in" else frozenset()
        parts = []
        for verb, kinds in (("redacted", redacted), ("tagged", frozenset(Kind) - redacted)):
            counted = [f"{kind.value} {n}" for kind, n in self.counts.items() if kind in kinds]
            if counted:
                parts.append(f"{verb} {', '.join(sorted(counted))}")
        if suspects(self.suspicion, policies.admission):
            parts.append(f"instruction-like: {', '.join(self.suspicion.reasons)}")
        return "; ".join(parts)


def screened(payload: Payload, metadata: dict[str, JsonValue] | None, screen: Screen) -> Screened:
    """Return what may be stored of a payload and its metadata, and what was found in them."""
    suspicion = suspect(text_of(payload))
    kept, said = screen.scan, screen.hide
    change: Change = said if screen.policies.redaction.where == "in" else _seen(kept)
    changed = mapped(payload, change)
    about = metadata
    if metadata:
        about = {key: mapped_json(value, change) for key, value in metadata.items()}
    return Screened(changed, about, screen.counts, suspicion)


def _seen(scan: Callable[[str], tuple[Found, ...]]) -> Change:
    def seen(text: str) -> str:
        scan(text)
        return text

    return seen


def mapped(payload: Payload, change: Change) -> Payload:
    """Return ``payload`` with every text in it changed; the same object if none differs."""
    if isinstance(payload, Message):
        text, name = change(payload.text), _maybe(payload.name, change)
        same = text == payload.text and name == payload.name
        return payload if same else replace(payload, text=text, name=name)
    if isinstance(payload, Fact):
        text, about = change(payload.text), (payload.subject, payload.predicate, payload.object)
        subject, predicate, said = changed = tuple(_maybe(part, change) for part in about)
        if text == payload.text and changed == about:
            return payload
        return replace(payload, text=text, subject=subject, predicate=predicate, object=said)
    if isinstance(payload, Document):
        text, title = change(payload.text), _maybe(payload.title, change)
        uri = _maybe(payload.uri, change)
        same = (text, title, uri) == (payload.text, payload.title, payload.uri)
        return payload if same else replace(payload, text=text, title=title, uri=uri)
    if isinstance(payload, Template):
        fields = {key: mapped_json(value, change) for key, value in payload.fields.items()}
        return payload if fields == payload.fields else replace(payload, fields=fields)
    return payload


def mapped_json(value: JsonValue, change: Change) -> JsonValue:
    """Return a JSON value with every text in it changed; the names of objects stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [mapped_json(each, change) for each in value]
    if isinstance(value, dict):
        return {key: mapped_json(each, change) for key, each in value.items()}
    return value


def _maybe(text: str | None, change: Change) -> str | None:
    return None if text is None else change(text)
