"""The client of the REST service."""

from memory_os_api.client.http_connector import HttpConnector
from memory_os_api.client.settings import Retries, Timeouts

__all__ = ["HttpConnector", "Retries", "Timeouts"]
