"""What django-import-export imports and exports: `Plain` as it comes, `Bulk` as it is advised for many rows."""

from typing import Any

from django.db.models import QuerySet
from import_export import resources
from import_export.fields import Field
from import_export.instance_loaders import CachedInstanceLoader
from import_export.widgets import CachedForeignKeyWidget, ForeignKeyWidget

from bench.apps.django_admin.models import Author, Book
from bench.files.columns import LISTED, SENT


class Plain(resources.ModelResource):
    """A row at a time: found by its ISBN, compared, saved; the author is found by e-mail."""

    author = Field("author", "author", ForeignKeyWidget(Author, "email"))

    class Meta:
        model = Book
        import_id_fields = ("isbn",)
        fields = SENT


class Bulk(resources.ModelResource):
    """Thousands at a time, without differences; all books and authors concerned are held in memory."""

    author = Field("author", "author", CachedForeignKeyWidget(Author, "email"))

    class Meta:
        model = Book
        import_id_fields = ("isbn",)
        fields = SENT
        instance_loader_class = CachedInstanceLoader
        use_bulk = True
        skip_diff = True

    def before_save_instance(self, instance: Book, row: Any, **kwargs: Any) -> None:
        """`save` is not called."""
        instance.derive()


class Listed(resources.ModelResource):
    """What an export of the list holds."""

    author = Field("author__name", "author")
    author_id = Field("author_id", "author_id")

    class Meta:
        model = Book
        fields = export_order = LISTED

    def get_queryset(self) -> QuerySet[Book]:
        return super().get_queryset().select_related("author").order_by("title_key", "id")
