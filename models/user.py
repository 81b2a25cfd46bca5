"""Users: the staff, and their profiles."""

import re
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import JSON, Boolean, CheckConstraint, ColumnElement, ForeignKey, Integer, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Keys, Record, UTCDateTime, choice, key_column, listed, text
from models.rules import LONGEST_ADDRESS, email_address, web_address
from models.text import caseless, first_sort_key, search_key

if TYPE_CHECKING:
    from models.post import Post


class Role(StrEnum):
    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    ADMIN = "admin"


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class User(Record):
    __tablename__ = "users"
    __label__ = "display_name"
    __keys__: ClassVar[Keys] = {
        "username_key": (caseless, ("username",)),
        "email_key": (caseless, ("email",)),
        "name_key": (first_sort_key, ("name", "username")),
        "search_key": (search_key, ("username", "email", "name")),
    }
    __table_args__ = (
        CheckConstraint("age BETWEEN 0 AND 150", name="age_in_range"),
        *listed("username_key", "email_key", "name_key", "age", "role", "is_active", "last_login_at"),
    )

    username: Mapped[str] = text(50, help="Letters, digits, dot, hyphen and underscore.", autocomplete="off")
    email: Mapped[str] = text(254, kind="email", label="E-mail")
    name: Mapped[str | None] = text(100)
    age: Mapped[int | None] = mapped_column(Integer, info={"minimum": 0, "maximum": 150})
    role: Mapped[Role] = mapped_column(choice(Role, "role"), default=Role.VIEWER)
    is_active: Mapped[bool] = mapped_column(
        Boolean, default=True, info={"label": "Active", "help": "Whoever is not active cannot sign in."}
    )
    last_login_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, info={"label": "Last sign-in", "bookkeeping": True}
    )
    password_hash: Mapped[str | None] = mapped_column(
        String(255), deferred=True, info={"secret": True, "label": "Password"}
    )
    theme: Mapped[Theme] = mapped_column(choice(Theme, "theme"), default=Theme.SYSTEM, info={"bookkeeping": True})
    # list → how this user wants it shown; see admin/preferences.py
    lists: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
        deferred=True,
        info={"bookkeeping": True},
    )
    username_key: Mapped[str] = key_column(unique=True)
    email_key: Mapped[str] = key_column(unique=True)
    name_key: Mapped[str] = key_column()
    search_key: Mapped[str] = key_column()

    profile: Mapped["Profile | None"] = relationship(
        back_populates="user", cascade="all, delete-orphan", uselist=False, single_parent=True
    )
    posts: Mapped[list["Post"]] = relationship(back_populates="author", passive_deletes="all")

    @hybrid_property
    def display_name(self) -> str:
        return self.name or self.username

    @display_name.inplace.expression
    @classmethod
    def _display_name(cls) -> ColumnElement[str]:
        return func.coalesce(func.nullif(cls.name, ""), cls.username)

    @validates("username")
    def _username_is_plain(self, _: str, username: str) -> str:
        if username and not re.fullmatch(r"[A-Za-z0-9._-]+", username):
            raise ValueError("Only letters from A to Z, digits, dot, hyphen and underscore.")
        return username

    @validates("email")
    def _email_is_an_address(self, _: str, email: str | None) -> str | None:
        return email_address(email)


class Profile(Record):
    """What a user says about himself: a section of the user's form, made when first filled, gone with the user."""

    __tablename__ = "profiles"
    __label__ = "location"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    bio: Mapped[str | None] = mapped_column(String(500), info={"kind": "textarea", "label": "Biography"})
    website: Mapped[str | None] = text(LONGEST_ADDRESS, kind="url")
    location: Mapped[str | None] = text(100)

    user: Mapped["User"] = relationship(back_populates="profile")

    @validates("website")
    def _website_is_an_address(self, _: str, website: str | None) -> str | None:
        return web_address(website)
