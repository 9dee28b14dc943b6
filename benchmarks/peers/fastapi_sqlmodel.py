"""FastAPI with synchronous endpoints and SQLModel, like full-stack-fastapi-template."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import DateTime, func
from sqlmodel import Field, Relationship, Session, SQLModel, col, create_engine, select

from benchmarks.peers import tokens
from benchmarks.peers.hooks import AsgiHooks
from benchmarks.peers.schemas import ItemIn, ItemOut, ItemPage, Page, PageSize

now = partial(datetime.now, UTC)
engine = create_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"),
    pool_size=int(os.environ["POOL_SIZE"]),
    max_overflow=0,
)


class User(SQLModel, table=True):
    __tablename__ = "users"

    id: int = Field(primary_key=True)
    email: str
    role: str
    is_active: bool


class Login(SQLModel, table=True):
    __tablename__ = "logins"

    id: UUID = Field(primary_key=True)
    user_id: int = Field(foreign_key="users.id")
    user: User = Relationship(sa_relationship_kwargs={"lazy": "joined", "innerjoin": True})


class Item(SQLModel, table=True):
    __tablename__ = "items"

    id: int | None = Field(default=None, primary_key=True)
    owner_id: int = Field(foreign_key="users.id")
    title: str
    description: str
    word_count: int | None = None
    created_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
    version: int = 1


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
CredentialsDep = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


def get_current_user(credentials: CredentialsDep, session: SessionDep) -> User:
    claims = tokens.verify(credentials.credentials)
    login = session.get(Login, claims.login) if claims else None
    if not (claims and login and login.user_id == claims.user_id and login.user.is_active):
        raise HTTPException(401, "The token is not valid.")
    return login.user


UserDep = Annotated[User, Depends(get_current_user)]

service = FastAPI()


@service.get("/livez")
def livez() -> dict[str, str]:
    return {"status": "ok"}


@service.get("/api/v1/items/{item_id}", response_model=ItemOut)
def get_item(item_id: int, user: UserDep, session: SessionDep) -> Item:
    item = session.get(Item, item_id)
    if item is None or item.owner_id != user.id:
        raise HTTPException(404, "You have no such item.")
    return item


@service.get("/api/v1/items", response_model=ItemPage)
def list_items(
    user: UserDep, session: SessionDep, page: Page = 1, page_size: PageSize = 20
) -> ItemPage:
    total = session.exec(select(func.count()).where(Item.owner_id == user.id)).one()
    own = select(Item).where(Item.owner_id == user.id)
    ordered = own.order_by(col(Item.created_at).desc(), col(Item.id).desc())
    items = session.exec(ordered.offset((page - 1) * page_size).limit(page_size)).all()
    shown = [ItemOut.model_validate(item) for item in items]
    return ItemPage(items=shown, page=page, page_size=page_size, total=total)


@service.post("/api/v1/plain-items", response_model=ItemOut, status_code=201)
def create_item(body: ItemIn, user: UserDep, session: SessionDep, response: Response) -> Item:
    item = Item.model_validate(body.model_dump(), update={"owner_id": user.id})
    session.add(item)
    session.commit()
    session.refresh(item)
    response.headers["Location"] = f"/api/v1/items/{item.id}"
    return item


app = AsgiHooks(service)
