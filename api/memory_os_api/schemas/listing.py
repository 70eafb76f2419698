"""Query parameters of the listing and of the deletion by scope."""

import json
from typing import Annotated, Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from memory_os.domain.lifecycle import State
from memory_os.domain.operations import Limits
from memory_os.domain.operations.common import Border, BranchName, Moment, When, iso
from memory_os.domain.scope import ScopeMatch
from memory_os.domain.vocabulary import Kind, SemanticType
from memory_os_api.problems import invalid
from memory_os_api.schemas.past import ScopeQuery

Request = TypeVar("Request", bound=BaseModel)


class VisibleQuery(ScopeQuery):
    """Which memories are meant; repeat a parameter to give several values."""

    scope_match: ScopeMatch | None = Field(
        default=None, description="`exact` (default): each given id equals the memory's; "
        "`inherit`: memories without that id are meant too.",
    )  # fmt: skip
    branch: BranchName | None = Field(default=None, description="On this branch instead of main.")
    filters: Annotated[str, Field(max_length=10_000)] | None = Field(
        default=None,
        description="A filter as JSON text.",
        examples=['{"tags": {"contains": "travel"}}'],
    )
    as_of: When | None = Field(
        default=None, description="What was recorded by then; a time, or `snapshot:` and a name."
    )
    valid_at: Moment | None = Field(default=None, description="What held in the world then.")
    since: Moment | None = Field(default=None, description="Said at this time or later.")
    until: Moment | None = Field(default=None, description="Said before this time.")
    kinds: list[Kind] | None = Field(default=None, description="`text` unless given.")
    states: list[State] | None = Field(default=None, description="Which lifecycle states.")
    semantic_types: list[SemanticType] | None = Field(default=None, description="What they mean.")
    min_trust: Annotated[str, Field(pattern="^(untrusted|low|standard|verified)$")] | None = Field(
        default=None, description="The lowest trust."
    )


class ListQuery(VisibleQuery):
    """A page of memories, in the order of their creation."""

    limit: int = Field(default=100, ge=1, le=Limits.PAGE, description="How many on a page.")
    cursor: Annotated[str, Field(max_length=2_000)] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )
    newest_first: bool = Field(default=False, description="Turn the order round.")
    any_validity: bool = Field(
        default=False, description="List also what held, or will hold, at another time only."
    )


class DeleteQuery(VisibleQuery):
    """What to delete: at least one id or a filter."""

    reason: Annotated[str, Field(max_length=1_000)] = Field(
        default="", description="Kept in the journal."
    )
    dry_run: bool = Field(default=False, description="Only say what would be deleted.")


def request_from(query: Border, kind: type[Request]) -> Request:
    """Return the request that ``query`` stands for.

    Raises:
        RequestValidationError: it does not fit.
    """
    given: dict[str, Any] = {
        name: value
        for name, value in query.model_dump(exclude_unset=True).items()
        if value is not None
    }
    if "filters" in given:
        given["filters"] = _object(given["filters"])
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise invalid(error, "query") from error


def moment(given: When | None) -> str | None:
    """Return a time as ISO 8601, the name of a snapshot as it is."""
    return given if isinstance(given, str) else iso(given)


def _object(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RequestValidationError(
            [
                {
                    "type": "value_error",
                    "loc": ("query", "filters"),
                    "msg": 'filters must be JSON text, such as {"tags": {"contains": "x"}}',
                }
            ]
        ) from error
