"""Every setting of the service, in one frozen model that is built once, at the door."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from memory_os.errors import ConfigurationError

PREFIX = "MEMORY_OS_"
LEAST_SECRET = 32
"""How many bytes a secret has at least."""


class SecretSettings(BaseSettings):
    """What seals are made with: hashes, signatures, receipts. Read by all that opens a store.

    ``secret`` has 32 characters or more; ``secret_file`` names a file that holds it instead.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    secret_file: Path | None = None

    def sealing(self) -> bytes | None:
        """Return the secret, nothing if a store's own shall do.

        Raises:
            ConfigurationError: both are set, or the file cannot be read or holds too little.
        """
        if self.secret is not None and self.secret_file is not None:
            raise ConfigurationError(f"set {PREFIX}SECRET or {PREFIX}SECRET_FILE, not both")
        if self.secret_file is None:
            return None if self.secret is None else self.secret.get_secret_value().encode()
        try:
            held = self.secret_file.read_bytes().strip()
        except OSError as error:
            raise ConfigurationError(
                f"the secret file {str(self.secret_file)!r} cannot be read: {error.strerror}"
            ) from error
        if len(held) < LEAST_SECRET:
            raise ConfigurationError(
                f"the secret file {str(self.secret_file)!r} holds {len(held)} bytes; a secret has "
                f"{LEAST_SECRET} or more"
            )
        return held


class Settings(SecretSettings):
    """How the service runs. Each field is read from ``MEMORY_OS_`` and its name in capitals.

    ``database`` is a store's URL. ``rate_limit`` is requests a second for each API key, 0 for
    none; ``rate_burst`` is how many may come at once. ``openapi`` serves ``/openapi.json``.
    ``shutdown_seconds`` is how long requests in flight may take after a stop signal. ``worker``
    does background work in the service's process; without it, run ``memory-os worker``.
    """

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


Kind = TypeVar("Kind", bound=SecretSettings)


def load_settings(**given: Any) -> Settings:
    """Return the settings: what is ``given``, else the environment, else the default.

    Raises:
        ConfigurationError: a value is wrong; the message names the variable.
    """
    return _loaded(Settings, given)


def configured_secret() -> bytes | None:
    """Return the secret that the environment sets, nothing if none.

    Raises:
        ConfigurationError: it is too short, set twice, or its file cannot be read.
    """
    return _loaded(SecretSettings, {}).sealing()


def _loaded(kind: type[Kind], given: dict[str, Any]) -> Kind:
    try:
        return kind(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise ConfigurationError("; ".join(_said(error))) from error


def _said(error: ValidationError) -> Iterable[str]:
    for problem in error.errors(include_url=False):
        name = "_".join(str(part) for part in problem["loc"])
        yield f"setting {name!r} (or {PREFIX}{name.upper()}): {problem['msg']}"
