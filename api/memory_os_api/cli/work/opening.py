"""Finding and opening the memory that a command is about."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.errors import ConfigurationError, StoreUnavailable
from memory_os.sdk import Memory, connect
from memory_os_api.cli.work.progress import progress
from memory_os_api.settings import configured_secret

DATABASE = "sqlite:///memory.db"
DATABASE_VARIABLE = "MEMORY_OS_DATABASE"
URL_VARIABLE = "MEMORY_OS_URL"
API_KEY_VARIABLE = "MEMORY_OS_API_KEY"


def database_url(database: str | None) -> str:
    """Return the store's URL: the option, else the environment, else a file in this folder."""
    return database or os.environ.get(DATABASE_VARIABLE) or DATABASE


def service_url(database: str | None, url: str | None) -> str | None:
    """Return the service's URL, or nothing where a store is meant.

    Raises:
        ConfigurationError: both a store and a service are named.
    """
    if database and url:
        raise ConfigurationError("give --database for a store or --url for a service, not both")
    if database:
        return None
    return url or os.environ.get(URL_VARIABLE) or None


def existing(url: str) -> str:
    """Return the store's URL if its file is there: only commands that store make one.

    Raises:
        StoreUnavailable: there is no such file.
    """
    path = url.partition(":///")[2].partition("?")[0]
    if url.startswith("sqlite") and path not in ("", ":memory:") and not Path(path).exists():
        raise StoreUnavailable(
            f"there is no database at {path!r}; name it with --database, or make one by storing "
            "something",
            path=path,
        )
    return url


@contextmanager
def memory(
    database: str | None,
    url: str | None,
    api_key: str | None,
    tenant: str | None,
    *,
    makes: bool = False,
) -> Iterator[Memory]:
    """Open memory at the store or service that the options or the environment name.

    A store that is not there is refused, unless the command ``makes`` one.
    """
    service = service_url(database, url)
    with progress() as report:
        options: dict[str, Any]
        if service is not None:
            if tenant is not None:
                raise ConfigurationError("a service takes the tenant from the key; drop --tenant")
            options = {"api_key": api_key or os.environ.get(API_KEY_VARIABLE) or None}
            opened = connect(service, **options)
        else:
            if api_key is not None:
                raise ConfigurationError("--api-key is for a service; name it with --url")
            options = {
                "tenant": tenant or DEFAULT_TENANT,
                "progress": report,
                "secret": configured_secret(),
            }
            store = database_url(database)
            opened = connect(store if makes else existing(store), **options)
        with opened:
            yield opened
