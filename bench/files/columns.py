"""The columns of the files. Nothing else is imported here: this is read by programs whose memory is measured."""

# What a publisher's file says; the author is named by e-mail.
SENT = ("title", "isbn", "price", "currency", "author", "format", "status", "published_on", "pages", "language")
# What the table wants of it, ready-made, for those who only write.
READY = (
    *("title", "isbn", "price", "currency", "author_id", "format", "status", "published_on", "pages", "language"),
    *("title_key", "search_key", "version", "created_at", "updated_at"),
)
# The books as the list shows and an export writes them.
LISTED = ("id", "title", "author", "author_id", "isbn", "format", "price", "currency", "status", "published_on")
EXPORTED = (
    "SELECT b.id, b.title, a.name AS author, b.author_id, b.isbn, b.format, b.price, b.currency, b.status,"
    " b.published_on FROM books b JOIN authors a ON a.id = b.author_id ORDER BY b.title_key, b.id"
)
