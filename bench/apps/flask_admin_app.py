"""Flask-Admin over the same tables, set up as its documentation advises: Flask-Login, SecureForm, AJAX references."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from flask import Flask, abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from flask_admin.actions import action
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.filters import FilterEqual
from flask_admin.form import SecureForm
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, Numeric, String, Table, Text, event, func, update
from sqlalchemy.orm import DeclarativeBase, relationship

FORMATS = ("hardback", "paperback", "e-book", "audio")
STATUSES = ("forthcoming", "active", "out of stock", "out of print", "cancelled")


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


def now() -> datetime:
    return datetime.now(UTC)


class Author(db.Model):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    name = Column(String(100), nullable=False)
    email = Column(String(200))
    status = Column(String(20), nullable=False)
    country = Column(String(2))
    sort_key = Column(Text, nullable=False)

    def __str__(self) -> str:
        return self.name


class Book(db.Model):
    __tablename__ = "books"
    id = Column(Integer, primary_key=True)
    title = Column(String(200), nullable=False)
    subtitle = Column(String(200))
    isbn = Column(String(13), unique=True)
    price = Column(Numeric(12, 2), nullable=False)
    currency = Column(String(3), nullable=False, default="EUR")
    author_id = Column(ForeignKey("authors.id"), nullable=False)
    format = Column(String(20), nullable=False)
    status = Column(String(20), nullable=False)
    published_on = Column(Date)
    pages = Column(Integer)
    language = Column(String(2))
    description = Column(Text)
    title_key = Column(Text, nullable=False)
    search_key = Column(Text, nullable=False)
    version = Column(Integer, nullable=False, default=1)
    created_at = Column(DateTime(timezone=True), nullable=False, default=now)
    updated_at = Column(DateTime(timezone=True), nullable=False, default=now, onupdate=now)
    author = relationship(Author)


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Tag(db.Model):
    __tablename__ = "tags"
    id = Column(Integer, primary_key=True)
    name = Column(String(50), nullable=False)

    def __str__(self) -> str:
        return self.name


class User(db.Model, UserMixin):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    username = Column(String(50), nullable=False)
    name = Column(String(100))

    def __str__(self) -> str:
        return self.name or self.username


class Post(db.Model):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    title = Column(String(200), nullable=False)
    author_id = Column(ForeignKey("users.id"), nullable=False)
    status = Column(String(20), nullable=False)
    published_at = Column(DateTime(timezone=True))
    updated_at = Column(DateTime(timezone=True), nullable=False)
    author = relationship(User)
    tags = relationship(Tag, secondary=post_tags)


class View(ModelView):
    form_base_class = SecureForm
    page_size = 50

    def is_accessible(self) -> bool:
        return current_user.is_authenticated


class BookView(View):
    can_export = True
    column_list = ("title", "author", "isbn", "format", "price", "status", "published_on")
    column_default_sort: ClassVar = [("title_key", False), ("id", False)]
    column_searchable_list = ("title", "subtitle", "isbn", "author.name")
    column_filters = (
        FilterEqual(Book.status, "Status", options=[(word, word) for word in STATUSES]),
        FilterEqual(Book.format, "Format", options=[(word, word) for word in FORMATS]),
    )
    form_ajax_refs: ClassVar = {"author": {"fields": ("name",), "page_size": 10}}
    form_columns = (
        *("title", "subtitle", "author", "isbn", "price", "currency", "status"),
        *("format", "published_on", "pages", "language", "description"),
    )
    form_choices: ClassVar = {
        "status": [(word, word) for word in STATUSES],
        "format": [(word, word) for word in FORMATS],
    }

    def on_model_change(self, form: Any, model: Book, is_created: bool) -> None:
        model.title_key = model.title.lower()
        model.search_key = f" {model.title_key}\n"
        model.version = 1 if is_created else model.version + 1

    @action("raise_prices", "Raise prices by 1 %")
    def raise_prices(self, ids: list[str]) -> None:
        change_prices(ids, Decimal("1.01"))

    @action("lower_prices", "Lower prices by 1 %")
    def lower_prices(self, ids: list[str]) -> None:
        change_prices(ids, Decimal("0.99"))


def change_prices(ids: list[str], factor: Decimal) -> None:
    changed = func.round(Book.price * factor, 2)
    db.session.execute(update(Book).where(Book.id.in_(map(int, ids))).values(price=changed))
    db.session.commit()


class PostView(View):
    column_list = ("title", "author", "tags", "status", "published_at", "updated_at")
    column_default_sort: ClassVar = [("updated_at", True), ("id", True)]
    column_searchable_list = ("title",)
    form_ajax_refs: ClassVar = {"author": {"fields": ("name", "username")}, "tags": {"fields": ("name",)}}


app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db.init_app(app)
login = LoginManager(app)
admin = Admin(app, name="Catalogue")
admin.add_view(BookView(Book, db))
admin.add_view(PostView(Post, db))


@login.user_loader
def load_user(user_id: str) -> User | None:
    return db.session.get(User, int(user_id))


@app.post("/login")
def sign_in() -> ResponseReturnValue:
    """Whoever knows the key of this run is the first user; what a password costs is not measured."""
    if request.form["key"] != app.secret_key:
        abort(403)
    login_user(db.session.scalars(db.select(User).order_by(User.id).limit(1)).one())
    return redirect("/admin/", 303)


def prepare_sqlite(raw: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
        raw.execute(f"PRAGMA {pragma}")


with app.app_context():
    if db.engine.dialect.name == "sqlite":
        event.listen(db.engine, "connect", prepare_sqlite)
