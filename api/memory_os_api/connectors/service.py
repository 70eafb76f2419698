"""``http://`` and ``https://``: a Memory OS service elsewhere."""

import os
import random
import time
from typing import TypedDict, Unpack

from memory_os.clock import SystemClock
from memory_os.ids import UlidSource
from memory_os_api.client import HttpConnector, Retries, Timeouts
from memory_os_api.connectors.options import refuse_unknown


class Options(TypedDict, total=False):
    """Options of ``connect`` for a service."""

    api_key: str | None
    timeouts: Timeouts | float
    retries: Retries | int


def connect(url: str, **options: Unpack[Options]) -> HttpConnector:
    """Return a connector to the service at ``url``; nothing is sent before the first call.

    Raises:
        ConfigurationError: an option is unknown, or no value that it can have.
    """
    refuse_unknown(url, options, Options.__annotations__)
    return HttpConnector(
        url,
        api_key=options.get("api_key"),
        timeouts=Timeouts.given(options.get("timeouts", Timeouts())),
        retries=Retries.given(options.get("retries", Retries())),
        ids=UlidSource(SystemClock(), os.urandom),
        chance=random.random,
        sleep=time.sleep,
    )
