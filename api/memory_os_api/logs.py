"""The service's log: one JSON object a line, on standard error, without memory content."""

import json
import logging
import sys
from datetime import UTC, datetime
from logging.config import dictConfig


class JsonLines(logging.Formatter):
    """Format a record as one line of JSON; ``facts`` of the record become members."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
        return json.dumps(line, ensure_ascii=False, default=str)


def start_logging(level: str) -> None:
    """Send the log of this process to standard error at ``level``."""
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonLines}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "json",
                    "stream": sys.stderr,
                }
            },
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                "memory_os_api": {"level": level.upper()},
                "uvicorn.error": {"level": level.upper()},
            },
        }
    )
