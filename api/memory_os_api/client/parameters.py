"""Requests as query parameters."""

import json
from collections.abc import Iterator

from pydantic import BaseModel


def parameters_of(request: BaseModel) -> Iterator[tuple[str, str | list[str]]]:
    """Yield query parameters: lists repeat their name, objects are JSON."""
    for name, value in request.model_dump(mode="json", exclude_unset=True).items():
        if value is None:
            continue
        if isinstance(value, list):
            yield name, [str(part) for part in value]
        elif isinstance(value, str):
            yield name, value
        else:
            yield name, json.dumps(value, ensure_ascii=False)
