"""The people of the invented house: nobody here exists, and nobody has a password (they come in by sign-in link)."""

from demo.facts import PersonFact, ProfileFact
from models.user import Role

PEOPLE = (
    PersonFact(
        "ines.lindqvist",
        "Ines Lindqvist",
        Role.ADMIN,
        age=46,
        seen=2,
        profile=ProfileFact(
            "Runs the house and answers the door. Came to publishing through a summer job in a bindery and never "
            "quite left it.",
            "Göteborg",
            "https://ines.example.org",
        ),
    ),
    PersonFact(
        "jonas.weber",
        "Jonas Weber",
        Role.ADMIN,
        age=38,
        seen=20,
        profile=ProfileFact(
            "Data, feeds and everything with a plug. Believes that most problems of the book trade are spelling "
            "mistakes.",
            "Leipzig",
        ),
    ),
    PersonFact(
        "tomas.ferreira",
        "Tomás Ferreira",
        Role.EDITOR,
        age=52,
        seen=5,
        profile=ProfileFact(
            "Editor for Portuguese and Spanish. Translates on the train between Porto and Lisbon, which is why "
            "his chapters are two hours and fifty minutes long.",
            "Porto",
            "https://tomas.example.org",
        ),
    ),
    PersonFact(
        "ana.kovac",
        "Ana Kovač",
        Role.EDITOR,
        age=34,
        seen=1,
        profile=ProfileFact(
            "Looks after prices, reprints and the calendar. Keeps a list of misprints that improved the sentence.",
            "Zagreb",
        ),
    ),
    PersonFact(
        "priya.raman",
        "Priya Raman",
        Role.EDITOR,
        age=None,
        seen=27,
        profile=ProfileFact(
            "Nineteenth-century list and the blog. Has read Middlemarch nine times, each time siding with "
            "somebody else.",
            "Chennai and London",
            "https://priya.example.org",
        ),
    ),
    PersonFact(
        "amara.okafor",
        "Amara Okafor",
        Role.CONTRIBUTOR,
        age=29,
        seen=49,
        profile=ProfileFact("Writes about reading groups, libraries and the people who run them.", "Lagos"),
    ),
    PersonFact(
        "yuki.tanabe",
        "Yuki Tanabe 田辺 雪",
        Role.CONTRIBUTOR,
        age=41,
        seen=73,
        profile=ProfileFact("Designs covers, sets type, folds paper. In that order on weekdays only.", "Kyoto"),
    ),
    PersonFact("leila.haddad", "Leila Haddad", Role.CONTRIBUTOR, age=None, seen=120),
    PersonFact("declan.oconnor", "Declan O’Connor", Role.CONTRIBUTOR, age=67, seen=4100, is_active=False),
    PersonFact(
        "wanjiru.kamau",
        "Wanjirũ Kamau",
        Role.VIEWER,
        age=33,
        seen=260,
        profile=ProfileFact("Bookseller. Reads the catalogue so that her customers need not.", "Nairobi"),
    ),
    PersonFact("sigrid.holm", "Sigrid Holm", Role.VIEWER, age=58),
    # Not a person: the terminal in the reading room, installed this year. Its age is nought, which is not «unknown».
    PersonFact("reading.room", "Reading room terminal", Role.VIEWER, age=0, seen=9),
)
