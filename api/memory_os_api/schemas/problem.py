"""A problem document (RFC 9457): how every error looks on the wire."""

from pydantic import BaseModel, ConfigDict, Field


class FieldError(BaseModel):
    """One thing wrong with a request; ``field`` is the path to it, such as ``top_k``."""

    field: str
    problem: str
    type: str


class Problem(BaseModel):
    """An error. Facts of the error, such as ``retry_after`` or ``legal``, are members beside."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str = Field(description="Identifies the kind of problem; ends in its code.")
    title: str = Field(description="The kind of problem in words; never changes for one code.")
    status: int = Field(ge=400, le=599, description="The HTTP status.")
    detail: str = Field(description="What happened and what to do next.")
    code: str = Field(description="Stable; the same in the SDK and on the command line.")
    instance: str = Field(description="The path of the request.")
    errors: list[FieldError] | None = Field(
        default=None, description="What is wrong, where, if the request does not fit its schema."
    )
