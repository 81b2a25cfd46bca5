"""Colophon's tables as Django sees them; it neither makes nor changes them."""

from typing import Any

from django.db import models


def choices(*words: str) -> list[tuple[str, str]]:
    return [(word, word.capitalize()) for word in words]


class Author(models.Model):
    name = models.CharField(max_length=100)
    sort_name = models.CharField(max_length=120)
    email = models.CharField(max_length=200, null=True, blank=True)
    status = models.CharField(max_length=20, choices=choices("active", "prospect", "inactive", "deceased"))
    country = models.CharField(max_length=2, null=True, blank=True)
    sort_key = models.TextField(editable=False)

    class Meta:
        managed = False
        db_table = "authors"

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, null=True, blank=True)
    author = models.ForeignKey(Author, models.CASCADE)
    isbn = models.CharField("ISBN", max_length=13, unique=True, null=True, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")
    status = models.CharField(
        max_length=20, choices=choices("forthcoming", "active", "out of stock", "out of print", "cancelled")
    )
    format = models.CharField(max_length=20, choices=choices("hardback", "paperback", "e-book", "audio"))
    published_on = models.DateField("published", null=True, blank=True)
    pages = models.IntegerField(null=True, blank=True)
    language = models.CharField(max_length=2, null=True, blank=True)
    description = models.TextField(null=True, blank=True)
    title_key = models.TextField(editable=False)
    search_key = models.TextField(editable=False)
    version = models.IntegerField(editable=False, default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        managed = False
        db_table = "books"

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **options: Any) -> None:
        self.derive()
        super().save(*args, **options)

    def derive(self) -> None:
        self.title_key = self.title.lower()
        self.search_key = f" {self.title_key}\n"
        self.version += 1


class User(models.Model):
    username = models.CharField(max_length=50)
    name = models.CharField(max_length=100, null=True)

    class Meta:
        managed = False
        db_table = "users"

    def __str__(self) -> str:
        return self.name or self.username


class Tag(models.Model):
    name = models.CharField(max_length=50)
    sort_key = models.TextField(editable=False)

    class Meta:
        managed = False
        db_table = "tags"
        ordering = ("sort_key",)

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=100)
    author = models.ForeignKey(User, models.RESTRICT)
    status = models.CharField(
        max_length=20, choices=choices("draft", "in review", "scheduled", "published", "archived")
    )
    published_at = models.DateTimeField("published", null=True, blank=True)
    updated_at = models.DateTimeField("updated", auto_now=True)
    tags = models.ManyToManyField(Tag, db_table="post_tags", blank=True)

    class Meta:
        managed = False
        db_table = "posts"

    def __str__(self) -> str:
        return self.title
