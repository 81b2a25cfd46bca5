"""The screens. References are selected with the rows, and chosen by autocompletion, as is advised for large tables."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.db.models.functions import Round
from django.http import HttpRequest

from bench.apps.django_admin.models import Author, Book, Post, Tag, User

PER_PAGE = 50


@admin.action(description="Raise prices by 1 %%")
def raise_prices(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet) -> None:
    change_prices(model_admin, request, queryset, Decimal("1.01"))


@admin.action(description="Lower prices by 1 %%")
def lower_prices(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet) -> None:
    change_prices(model_admin, request, queryset, Decimal("0.99"))


def change_prices(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet, factor: Decimal) -> None:
    count = queryset.update(price=Round(F("price") * factor, 2))
    model_admin.message_user(request, f"{count} prices were changed.")


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    list_display = ("name", "email", "country", "status")
    list_filter = ("status",)
    list_per_page = PER_PAGE
    search_fields = ("name", "sort_name", "email")
    ordering = ("sort_key", "id")


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    actions = (raise_prices, lower_prices)
    autocomplete_fields = ("author",)
    list_display = ("title", "author", "isbn", "format", "price", "status", "published_on")
    list_filter = ("status", "format")
    list_per_page = PER_PAGE
    list_select_related = ("author",)
    search_fields = ("title", "subtitle", "isbn", "author__name")
    show_full_result_count = False
    ordering = ("title_key", "id")
    fieldsets = (
        (None, {"fields": ("title", "subtitle", "author", "isbn", "price", "currency", "status")}),
        ("Edition", {"fields": ("format", "published_on", "pages", "language")}),
        ("Description", {"fields": ("description",)}),
    )


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    search_fields = ("username", "name")


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    search_fields = ("name",)


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):
    autocomplete_fields = ("author", "tags")
    list_display = ("title", "author", "tag_names", "status", "published_at", "updated_at")
    list_filter = ("status",)
    list_per_page = PER_PAGE
    list_select_related = ("author",)
    search_fields = ("title", "slug")
    show_full_result_count = False
    ordering = ("-updated_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("tags")

    @admin.display(description="tags")
    def tag_names(self, post: Post) -> str:
        return ", ".join(tag.name for tag in post.tags.all())
