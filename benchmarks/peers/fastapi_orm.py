"""FastAPI as most write it: the async ORM of SQLAlchemy, Pydantic models, dependencies."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import DateTime, ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from benchmarks.peers import tokens
from benchmarks.peers.hooks import AsgiHooks
from benchmarks.peers.schemas import ItemIn, ItemOut, ItemPage, Page, PageSize

now = partial(datetime.now, UTC)
engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"),
    pool_size=int(os.environ["POOL_SIZE"]),
    max_overflow=0,
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 # SQLAlchemy's way


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    role: Mapped[str]
    is_active: Mapped[bool]


class Login(Base):
    __tablename__ = "logins"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Item(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    title: Mapped[str]
    description: Mapped[str]
    word_count: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]
CredentialsDep = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def get_current_user(credentials: CredentialsDep, session: SessionDep) -> User:
    claims = tokens.verify(credentials.credentials)
    login = await session.get(Login, claims.login) if claims else None
    if not (claims and login and login.user_id == claims.user_id and login.user.is_active):
        raise HTTPException(401, "The token is not valid.")
    return login.user


UserDep = Annotated[User, Depends(get_current_user)]

service = FastAPI()


@service.get("/livez")
async def livez() -> dict[str, str]:
    return {"status": "ok"}


@service.get("/api/v1/items/{item_id}", response_model=ItemOut)
async def get_item(item_id: int, user: UserDep, session: SessionDep) -> Item:
    item = await session.scalar(select(Item).where(Item.owner_id == user.id, Item.id == item_id))
    if item is None:
        raise HTTPException(404, "You have no such item.")
    return item


@service.get("/api/v1/items", response_model=ItemPage)
async def list_items(
    user: UserDep, session: SessionDep, page: Page = 1, page_size: PageSize = 20
) -> dict[str, object]:
    own = select(Item).where(Item.owner_id == user.id)
    ordered = own.order_by(Item.created_at.desc(), Item.id.desc())
    rows = await session.scalars(ordered.limit(page_size).offset((page - 1) * page_size))
    total = await session.scalar(select(func.count()).where(Item.owner_id == user.id))
    return {"items": rows.all(), "page": page, "page_size": page_size, "total": total}


@service.post("/api/v1/plain-items", response_model=ItemOut, status_code=201)
async def create_item(body: ItemIn, user: UserDep, session: SessionDep, response: Response) -> Item:
    item = Item(owner_id=user.id, **body.model_dump())
    session.add(item)
    await session.commit()
    response.headers["Location"] = f"/api/v1/items/{item.id}"
    return item


app = AsgiHooks(service)
