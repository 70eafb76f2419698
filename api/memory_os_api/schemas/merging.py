"""Query parameters of the search for duplicates."""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from memory_os.domain.operations.common import Border, Id
from memory_os.domain.scope import MAX_NAMESPACE_DEPTH, ScopeMatch
from memory_os_api.problems import invalid

Request = TypeVar("Request", bound=BaseModel)


class CandidatesQuery(Border):
    """Which memories to compare: those of a scope."""

    user_id: Id | None = Field(default=None, description="Whose memories.")
    agent_id: Id | None = Field(default=None, description="Which agent's memories.")
    session_id: Id | None = Field(default=None, description="Which session's memories.")
    run_id: Id | None = Field(default=None, description="Another name of `session_id`.")
    namespace: Annotated[list[Id], Field(max_length=MAX_NAMESPACE_DEPTH)] = Field(
        default=[], description="Labels from the outermost in."
    )
    scope_match: ScopeMatch = Field(
        default=ScopeMatch.EXACT,
        description="`exact` (default) or `inherit`; a pair always lies in one scope.",
    )
    action: Literal["merge", "conflict", "review"] | None = Field(
        default=None, description="Only pairs with this verdict."
    )
    limit: int = Field(default=100, ge=1, le=1_000, description="How many pairs at most.")


def request_of(query: Border, kind: type[Request]) -> Request:
    """Return the request that ``query`` stands for.

    Raises:
        RequestValidationError: it does not fit.
    """
    try:
        return kind.model_validate(query.model_dump(exclude_unset=True))
    except ValidationError as error:
        raise invalid(error, "query") from error
