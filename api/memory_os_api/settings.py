"""Every setting of the service, in one frozen model that is built once, at the door."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from memory_os.errors import ConfigurationError

PREFIX = "MEMORY_OS_"


class Settings(BaseSettings):
    """How the service runs. Each field is read from ``MEMORY_OS_`` and its name in capitals.

    ``database`` is a store's URL. ``rate_limit`` is requests a second for each API key, 0 for
    none; ``rate_burst`` is how many may come at once. ``openapi`` serves ``/openapi.json``.
    ``shutdown_seconds`` is how long requests in flight may take after a stop signal. ``worker``
    does background work in the service's process; without it, run ``memory-os worker``.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    database: Annotated[str, Field(min_length=1)] = "sqlite:///memory.db"
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8765
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_body_bytes: Annotated[int, Field(ge=1_024)] = 12 * 1024 * 1024
    max_activation_bytes: Annotated[int, Field(ge=1_024)] = 1024 * 1024 * 1024
    rate_limit: Annotated[float, Field(ge=0)] = 200.0
    rate_burst: Annotated[int, Field(ge=1)] = 400
    threads: Annotated[int, Field(ge=1, le=1_000)] = 40
    openapi: bool = True
    worker: bool = True
    shutdown_seconds: Annotated[int, Field(ge=0, le=3_600)] = 30


def load_settings(**given: Any) -> Settings:
    """Return the settings: what is ``given``, else the environment, else the default.

    Raises:
        ConfigurationError: a value is wrong; the message names the variable.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise ConfigurationError("; ".join(_said(error))) from error


def _said(error: ValidationError) -> Iterable[str]:
    for problem in error.errors(include_url=False):
        name = "_".join(str(part) for part in problem["loc"])
        yield f"setting {name!r} (or {PREFIX}{name.upper()}): {problem['msg']}"
