"""Which resource shows which model: filled while the blueprints are imported, read by screens that cross entities."""

from admin.resource import Resource
from models.base import Record

RESOURCES: dict[type[Record], Resource] = {}


def enrol(resource: Resource) -> None:
    RESOURCES[resource.model] = resource


def by_entity() -> dict[str, Resource]:
    """The resources by their entities: «books»."""
    return {resource.entity: resource for resource in RESOURCES.values()}


def resource_of(model: type[Record]) -> Resource:
    return RESOURCES[model]


def known(model: type[Record]) -> bool:
    return model in RESOURCES
