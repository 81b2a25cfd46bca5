"""Books: /books/."""

from admin import Column, Resource, Retire, Section, blueprint_for
from models.author import Author
from models.book import Book, Status

books = Resource(
    model=Book,
    singular="book",
    icon="book",
    columns=[
        Column(Book.title, sort=Book.title_key, link=True, beside=Book.subtitle, editable=True),
        Column(Book.author, sort=Author.sort_key),
        Column(Book.isbn, sort=Book.isbn, worth=2, editable=True),
        Column(Book.format, sort=Book.format, worth=3, editable=True),
        Column(Book.price, sort=Book.price, editable=True),
        Column(Book.status, sort=Book.status, editable=True),
        Column(Book.published_on, sort=Book.published_on, worth=2, editable=True),
        Column(Book.updated_at, sort=Book.updated_at, shown=False),
        Column(Book.created_at, sort=Book.created_at, shown=False),
    ],
    sort="title",
    search="Title, author or ISBN",
    search_related=[Book.author],
    filters=[
        *(
            Book.status,
            Book.author,
            Book.format,
            Book.price,
            Book.currency,
            Book.published_on,
            Book.isbn,
            Book.language,
        ),
        *(Book.created_at, Book.updated_at),
    ],
    tabs=Book.status,
    badge=Book.status,
    form=[
        Section("Book", [Book.title, Book.subtitle, Book.author, Book.isbn, Book.price, Book.currency, Book.status]),
        Section("Edition", [Book.format, Book.published_on, Book.pages, Book.language]),
        Section("Description", [Book.description]),
    ],
    hint=[Book.isbn],
    retire=Retire("Set out of print", Book.status, Status.OUT_OF_PRINT, "It stays in the catalogue."),
)

bp = blueprint_for(books)
