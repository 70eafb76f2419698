"""Run the REST service in this process until it is told to stop."""

import logging
import socket
from collections.abc import Callable
from contextlib import nullcontext
from types import FrameType

import uvicorn
from fastapi import FastAPI

from memory_os.errors import ConfigurationError
from memory_os_api.app import create_app
from memory_os_api.auth import is_loopback
from memory_os_api.container import key_store, open_kernel
from memory_os_api.keys import KeyRing
from memory_os_api.logs import start_logging
from memory_os_api.settings import Settings
from memory_os_api.working import served, working

LOG = logging.getLogger("memory_os_api.serve")
_BACKLOG = 2_048
_MAX_HEAD_BYTES = 256 * 1024


def serve(settings: Settings, listening: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is in flight, save the indexes and close.

    Unless the settings say otherwise, background work is done in a thread beside it.

    ``listening`` is told the service's URL once connections are taken.

    Raises:
        ConfigurationError: the address is taken or is not this machine's, or it can be reached
            from others while there is no API key.
        StoreError: the store cannot be opened.
    """
    start_logging(settings.log_level)
    kernel = open_kernel(settings.database, served())
    try:
        keys = key_store(kernel)
        check_exposure(settings, KeyRing(keys))
        with bound(settings) as listener:
            url = _url(settings.host, listener.getsockname()[1])
            LOG.info("listening", extra={"facts": {"url": url}})
            if listening is not None:
                listening(url)
            app = create_app(kernel, keys, settings)
            jobs = app.state.metrics.jobs
            jobs.watch(kernel.parts.jobs.counts)
            with working(kernel, jobs) if settings.worker else nullcontext():
                _Server(_config(app, settings)).run([listener])
    finally:
        kernel.close()
        LOG.info("closed")


def check_exposure(settings: Settings, keys: KeyRing) -> None:
    """Pass if others cannot reach the service, or need a key to use it.

    Raises:
        ConfigurationError: they can and do not.
    """
    if not is_loopback(settings.host) and not keys.required():
        raise ConfigurationError(
            f"refusing to listen on {settings.host!r} without an API key: anybody who can reach "
            "this machine could read and change everything; make one first with "
            f"'memory-os keys create NAME --database {settings.database}', or listen on 127.0.0.1",
            host=settings.host,
        )


class _Server(uvicorn.Server):
    """uvicorn, except that a handled signal is not raised again: ``serve`` has yet to close."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop after the requests in flight; at the second signal, at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
        proxy_headers=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def bound(settings: Settings) -> socket.socket:
    """Return a socket that listens where ``settings`` say.

    Raises:
        ConfigurationError: the address is taken, or not one of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends at once only where the protocol is named; else each answer waits 40 ms (Nagle).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"cannot listen on {settings.host!r} port {settings.port}: {error.strerror or error}; "
            "choose another --host or --port"
        ) from error
    return listener


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
