"""The records of an export file, version 1; ``docs/transfer.md`` describes them for others."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from memory_os.domain.cube import MAIN, Governance, Origin, Parent, Usage
from memory_os.domain.operations.common import Border, Id, Metadata, Moment, Tags, Text
from memory_os.domain.payload import Document, Fact, Message, Template
from memory_os.domain.vocabulary import Kind, SemanticType, Trust

FORMAT: Final = "memory-os-export"
VERSION: Final = 1

_TEXT = TypeAdapter(Text)

TextForm = Annotated[Message | Fact | Document | Template, Field(discriminator="form")]
CubeId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,256}$")]


class Header(Border):
    """The first line. ``carries`` says whether each memory has all its versions or the newest."""

    record: Literal["header"] = "header"
    format: Literal["memory-os-export"] = FORMAT
    version: Annotated[int, Field(ge=1)] = VERSION
    product: str
    exported_at: Moment
    carries: Literal["versions", "heads"]


class VersionRecord(Border):
    """One version of a memory; the next one supersedes it when that was recorded."""

    version: Annotated[int, Field(ge=1)]
    recorded_at: Moment
    semantic_type: SemanticType
    payload: TextForm
    tags: Tags = ()
    metadata: Metadata = Field(default_factory=dict)
    origin: Origin = Field(default_factory=Origin)
    trust: Literal["untrusted", "low", "standard", "verified"] = "standard"
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    branch: str = MAIN
    parents: tuple[Parent, ...] = ()
    merged_into: CubeId | None = None
    superseded_by: CubeId | None = None
    conflicts_with: tuple[CubeId, ...] = ()
    signature: str = ""

    @field_validator("payload")
    @classmethod
    def _storable(cls, payload: TextForm) -> TextForm:
        if not isinstance(payload, Template):
            try:
                _TEXT.validate_python(payload.text)
            except ValidationError as error:
                raise ValueError(error.errors()[0]["msg"]) from error
        return payload

    @property
    def level(self) -> Trust:
        """Return the trust as a level."""
        return Trust[self.trust.upper()]


class CubeRecord(Border):
    """One memory with its versions, oldest first."""

    record: Literal["cube"] = "cube"
    id: CubeId
    kind: Literal[Kind.TEXT] = Kind.TEXT
    user_id: Id | None = None
    agent_id: Id | None = None
    session_id: Id | None = None
    namespace: tuple[Id, ...] = ()
    external_id: Id | None = None
    created_at: Moment
    governance: Governance = Field(default_factory=Governance)
    usage: Usage = Field(default_factory=Usage)
    versions: Annotated[tuple[VersionRecord, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for before, after in zip(self.versions, self.versions[1:], strict=False):
            if after.version != before.version + 1:
                raise ValueError(f"version {after.version} follows version {before.version}")
            if after.recorded_at < before.recorded_at:
                raise ValueError(f"version {after.version} was recorded before the one before it")
            if after.payload.form != before.payload.form:
                raise ValueError(f"version {after.version} has another form than the one before")
        return self


class End(Border):
    """The last line: how many memories there are, and a digest of all checksums before it."""

    record: Literal["end"] = "end"
    cubes: Annotated[int, Field(ge=0)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
