"""The service's log: one JSON object a line, on standard error, without memory content."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from logging.config import dictConfig

ERRORS = logging.getLogger("memory_os_api.errors")


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


def log_failure(error: BaseException, request_id: str) -> None:
    """Log where ``error`` was raised and its type; its text may quote a memory and stays out."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    cause = type(error.__cause__).__name__ if error.__cause__ else None
    facts = {
        "request_id": request_id,
        "error": type(error).__name__,
        "cause": cause,
        "traceback": where,
    }
    ERRORS.error("failed", extra={"facts": facts})
