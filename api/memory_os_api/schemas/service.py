"""What the service says of itself."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Checks(BaseModel):
    """What was looked at."""

    store: Literal["ok"] = "ok"
    embedder: str = Field(description="The embedding model in use; it was not called.")


class Ready(BaseModel):
    """The service can answer."""

    status: Literal["ready"] = "ready"
    checks: Checks


class Stats(BaseModel):
    """Counts of the caller's tenant."""

    model_config = ConfigDict(extra="allow")

    tenant: str
    embedder: str
    __pydantic_extra__: dict[str, Any]
