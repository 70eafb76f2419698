"""Showing answers: one JSON document, or text for people."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from memory_os.domain.operations import Memory

_SHOWN_CHARS = 600


def document(answer: BaseModel | Mapping[str, object]) -> None:
    """Print ``answer`` as the one JSON document of the command."""
    if isinstance(answer, BaseModel):
        text = answer.model_dump_json()
    else:
        text = json.dumps(answer, ensure_ascii=False, default=str)
    sys.stdout.write(text + "\n")


def console() -> Console:
    """Return the console of standard output; no width is imposed on what is piped on."""
    shown = Console(highlight=False, emoji=False)
    return shown if shown.is_terminal else Console(highlight=False, emoji=False, width=10_000)


def say(shown: Console, text: str) -> None:
    """Print marked-up text as one paragraph."""
    shown.print(text, soft_wrap=True)


def memory(shown: Console, record: Memory, head: str = "") -> None:
    """Print a memory: its text, then where it belongs and when."""
    text = record.memory
    cut = text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + " …"
    say(shown, f"{head}[bold]{escape(record.id)}[/] [dim]{escape(facts(record))}[/]")
    body = Text(cut)
    shown.print(Padding(body, (0, 0, 0, 4), expand=False) if shown.is_terminal else _indented(cut))


def _indented(text: str) -> Text:
    return Text("\n".join(f"    {line}" for line in text.splitlines()))


def facts(record: Memory) -> str:
    """Return what is worth knowing of a memory beside its text, on one line."""
    scope = (("user", record.user_id), ("agent", record.agent_id), ("session", record.session_id))
    parts = [f"v{record.version}", record.semantic_type.value]
    if record.state.value != "generated":
        parts.append(record.state.value)
    parts += [f"{name}={value}" for name, value in scope if value is not None]
    if record.namespace:
        parts.append("namespace=" + "/".join(record.namespace))
    parts += [f"#{tag}" for tag in record.tags]
    parts.append(day(record.updated_at))
    return " ".join(parts)


def day(moment: datetime | None) -> str:
    """Return a time to the second, in UTC."""
    return "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
