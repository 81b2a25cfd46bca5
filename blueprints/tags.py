"""Tags: /tags/."""

from admin import Column, Related, Resource, Section, blueprint_for
from models.tag import Tag

tags = Resource(
    model=Tag,
    singular="tag",
    icon="tag",
    columns=[
        Column(Tag.name, sort=Tag.sort_key, link=True, editable=True),
        Column(Tag.posts),
        Column(Tag.updated_at, sort=Tag.updated_at, worth=2),
        Column(Tag.created_at, sort=Tag.created_at, shown=False),
    ],
    sort="name",
    search="Name",
    filters=[Tag.created_at, Tag.updated_at],
    form=[Section("Tag", [Tag.name])],
    related=[Related(Tag.posts, add=False)],
    hint=[Tag.posts],
    similar=Tag.name,
)

bp = blueprint_for(tags)
