"""Many adds in one request."""

from typing import Annotated

from pydantic import Field

from memory_os.domain.operations import AddRequest, Limits
from memory_os.domain.operations.common import Border


class BatchRequest(Border):
    """Requests that are stored together, or none of them."""

    requests: Annotated[tuple[AddRequest, ...], Field(min_length=1, max_length=Limits.BATCH)]
