"""Authors: /authors/."""

from admin import Column, Related, Resource, Retire, Section, blueprint_for
from models.author import Author, Status

authors = Resource(
    model=Author,
    singular="author",
    icon="user-edit",
    columns=[
        Column(Author.name, sort=Author.sort_key, link=True, editable=True),
        Column(Author.email, sort=Author.email_key, worth=2, editable=True),
        Column(Author.country, sort=Author.country, worth=3, editable=True),
        Column(Author.books, worth=2),
        Column(Author.status, sort=Author.status, editable=True),
        Column(Author.updated_at, sort=Author.updated_at, worth=3),
        Column(Author.created_at, sort=Author.created_at, shown=False),
    ],
    sort="name",
    search="Name or e-mail",
    filters=[Author.status, Author.country, Author.email, Author.created_at, Author.updated_at],
    tabs=Author.status,
    badge=Author.status,
    form=[
        Section("Author", [Author.name, Author.sort_name, Author.status, Author.email, Author.website, Author.country]),
        Section("Biography", [Author.bio]),
    ],
    related=[Related(Author.books)],
    hint=[Author.sort_name, Author.email, Author.books],
    offered=lambda: Author.status != Status.INACTIVE,
    similar=Author.name,
    retire=Retire("Set inactive", Author.status, Status.INACTIVE, "Hidden from pickers; nothing is lost."),
)

bp = blueprint_for(authors)
