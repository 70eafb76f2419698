"""Where a memory stands in its lifecycle."""

from pydantic import BaseModel, Field

from memory_os.domain.lifecycle import Event, State


class PositionResult(BaseModel):
    """The state, the states it left and may go back to, and the moves the lifecycle has from it."""

    id: str
    state: State
    resume: list[State] = Field(description="Left states, the last on top.")
    legal: list[Event] = Field(
        description="Moves from here, guards and rights aside; `revise` is done by an update, "
        "`delete` also by DELETE."
    )
