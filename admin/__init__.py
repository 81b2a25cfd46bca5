"""The admin engine. These are the words a blueprint may use."""

from admin.guard import allow
from admin.resource import Column, Related, Resource, Retire, Section
from admin.routes import blueprint_for

__all__ = ["Column", "Related", "Resource", "Retire", "Section", "allow", "blueprint_for"]
