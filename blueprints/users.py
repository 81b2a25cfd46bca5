"""Users: /users/."""

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from admin import Column, Related, Resource, Retire, Section, blueprint_for
from models.user import Profile, Role, User
from services import sign_in


def before_save(session: Session, user: User) -> None:
    """An administrator always remains, and whoever changes role or activity is signed out everywhere."""
    was = inspect(user).attrs
    if user.id is None or not (was.role.history.has_changes() or was.is_active.history.has_changes()):
        return
    if not (user.is_active and user.role == Role.ADMIN):
        sign_in.keep_an_admin(session, user, field="role")
    sign_in.end_sessions(session, user.id, reason="role or activity changed")


users = Resource(
    model=User,
    singular="user",
    icon="users",
    group="System",
    columns=[
        Column(User.username, sort=User.username_key, link=True),
        Column(User.name, sort=User.name_key, worth=2, editable=True),
        Column(User.email, sort=User.email_key, worth=2),
        Column(User.role, sort=User.role),
        Column(User.posts, worth=3),
        Column(User.last_login_at, sort=User.last_login_at, worth=3),
        Column(User.is_active, sort=User.is_active),
        Column(User.age, sort=User.age, shown=False),
        Column(User.updated_at, sort=User.updated_at, shown=False),
        Column(User.created_at, sort=User.created_at, shown=False),
    ],
    sort="username",
    search="Username, name or e-mail",
    filters=[User.role, User.is_active, User.age, User.last_login_at, User.created_at, User.updated_at],
    tabs=User.role,
    badge=User.role,
    form=[
        Section("User", [User.username, User.email, User.name, User.age, User.role, User.is_active]),
        Section("Profile", [Profile.bio, Profile.website, Profile.location]),
    ],
    related=[Related(User.posts)],
    hint=[User.username, User.email],
    offered=lambda: User.is_active.is_(True),
    before_save=before_save,
    before_delete=sign_in.keep_an_admin,
    retire=Retire("Deactivate", User.is_active, False, "Cannot sign in any more; the posts keep their author."),
)

bp = blueprint_for(users)
