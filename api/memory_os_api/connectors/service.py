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
    timeouts: Timeouts
    retries: Retries


def connect(url: str, **options: Unpack[Options]) -> HttpConnector:
    """Return a connector to the service at ``url``; nothing is sent before the first call."""
    refuse_unknown(url, options, Options.__annotations__)
    ids = UlidSource(SystemClock(), os.urandom)
    return HttpConnector(url, ids=ids, chance=random.random, sleep=time.sleep, **options)
