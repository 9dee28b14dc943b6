"""The bodies and queries of the peers with an ORM."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Page = Annotated[int, Field(ge=1)]
PageSize = Annotated[int, Field(ge=1, le=100)]


class ItemIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    description: str = Field("", max_length=10_000, pattern=r"^[^\x00]*$")


class ItemOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    description: str
    word_count: int | None
    created_at: datetime
    updated_at: datetime


class ItemPage(BaseModel):
    items: list[ItemOut]
    page: int
    page_size: int
    total: int
