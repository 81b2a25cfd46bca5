"""Who may do what: the whole table written down, so that a change of it is a change here."""

from types import SimpleNamespace

import pytest

from models.user import Role, Theme
from policy import GRANTS, Person, may, roles_that_may

CATALOGUE = ("authors", "books", "tags")
VERBS = ("view", "create", "edit", "delete", "options", "export", "import", "bulk", "history")
ENTITIES = (*CATALOGUE, "posts", "users", "home", "account", "changes", "jobs", "uploads", "unheard-of")


def person(role, id=7):
    return Person(id=id, session_id=1, username="ines", name="Ines Lindqvist", role=role, theme=Theme.SYSTEM)


def allowed(role):
    """Every (entity, verb) a role may, without regard to a record."""
    return {(entity, verb) for entity in ENTITIES for verb in VERBS if may(person(role), verb, entity)}


def everything(*entities):
    return {(entity, verb) for entity in entities for verb in VERBS}


SEEN = {(entity, "view") for entity in (*CATALOGUE, "posts", "home", "changes")}
EXPORTED = {(entity, "export") for entity in (*CATALOGUE, "posts")}
READ = SEEN | EXPORTED | everything("account", "jobs")  # of the jobs, his own


def test_a_viewer_reads_and_exports_the_catalogue_and_keeps_his_own_account():
    assert allowed(Role.VIEWER) == READ


def test_a_contributor_also_writes_posts_and_can_name_their_author():
    own = {("posts", verb) for verb in ("create", "edit", "delete")}
    assert allowed(Role.CONTRIBUTOR) == READ | own | {("users", "options")}


def test_an_editor_does_everything_with_the_catalogue_and_posts():
    mine = everything("uploads")  # the files he has sent
    assert allowed(Role.EDITOR) == READ | everything(*CATALOGUE, "posts") | mine | {("users", "options")}


def test_an_administrator_does_everything():
    assert allowed(Role.ADMIN) == everything(*ENTITIES)


def test_nobody_may_nothing():
    assert not any(may(None, verb, entity) for entity in ENTITIES for verb in VERBS)


def test_every_role_has_its_grants():
    assert set(GRANTS) == set(Role)


@pytest.mark.parametrize("verb", ["view", "cancel", "retry"])
def test_jobs_are_seen_by_those_who_asked_for_them_and_by_administrators(verb):
    mine, another_s = SimpleNamespace(author_id=7), SimpleNamespace(author_id=8)
    for role in Role:
        assert may(person(role), verb, "jobs", mine)
        assert may(person(role), verb, "jobs", another_s) is (role == Role.ADMIN)


@pytest.mark.parametrize("verb", ["edit", "delete"])
@pytest.mark.parametrize(
    ("role", "own", "of_others"),
    [(Role.VIEWER, False, False), (Role.CONTRIBUTOR, True, False), (Role.EDITOR, True, True), (Role.ADMIN, True, True)],
)
def test_a_contributor_s_rights_end_at_the_posts_of_others(role, own, of_others, verb):
    assert may(person(role), verb, "posts", SimpleNamespace(author_id=7)) is own
    assert may(person(role), verb, "posts", SimpleNamespace(author_id=8)) is of_others


def test_whom_to_ask_are_the_roles_that_may_without_a_limit():
    assert roles_that_may("edit", "users") == ["Administrator"]
    assert roles_that_may("edit", "posts") == ["Editor", "Administrator"]
    assert roles_that_may("create", "posts") == ["Contributor", "Editor", "Administrator"]
    assert roles_that_may("view", "books") == ["Viewer", "Contributor", "Editor", "Administrator"]


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Ines Lindqvist", "IL"), ("Ursula K. Le Guin", "UG"), ("bo", "B"), ("", "I"), ("   ", "I"), ("李 白", "李白")],
)
def test_initials(name, initials):
    assert Person(1, 1, "ines", name, Role.VIEWER, Theme.SYSTEM).initials == initials


def test_a_role_has_a_label():
    assert person(Role.ADMIN).role_label == "Administrator"


def test_everybody_keeps_views_of_his_own_editors_share_them_and_administrators_say_with_what_a_list_opens():
    mine, other = SimpleNamespace(author_id=7), SimpleNamespace(author_id=8)
    for role in Role:
        someone, administers = person(role), role == Role.ADMIN
        assert may(someone, "view", "views")
        assert may(someone, "create", "views")
        for verb in ("edit", "delete"):
            assert may(someone, verb, "views", mine)
            assert may(someone, verb, "views", other) is administers
        assert may(someone, "share", "views") is (role in (Role.EDITOR, Role.ADMIN))
        assert may(someone, "assign", "views") is administers
