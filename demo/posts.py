"""The blog of the invented house: who wrote what about which things, and when it appears. The texts are in `texts/`.

The days are counted from the day on which the catalogue is loaded, so that the blog is never out of date.
"""

from pathlib import Path

from demo.facts import PostFact
from models.post import Status

TEXTS = Path(__file__).with_name("texts")

INES, JONAS, TOMAS, ANA = "ines.lindqvist", "jonas.weber", "tomas.ferreira", "ana.kovac"
PRIYA, AMARA, YUKI, LEILA, DECLAN = "priya.raman", "amara.okafor", "yuki.tanabe", "leila.haddad", "declan.oconnor"


def text_of(post: PostFact) -> str:
    """The Markdown of a post."""
    return (TEXTS / f"{post.slug}.md").read_text(encoding="utf-8").strip()


POSTS = (
    PostFact(
        "a-short-history-of-the-three-volume-novel",
        "A short history of the three-volume novel",
        PRIYA,
        Status.PUBLISHED,
        -2,
        ("Printing history", "Victorian", "Libraries"),
    ),
    PostFact(
        "why-middlemarch-keeps-finding-readers",
        "Why Middlemarch keeps finding readers",
        PRIYA,
        Status.PUBLISHED,
        -11,
        ("Victorian", "New editions", "Reading groups"),
    ),
    PostFact(
        "thirteen-digits-how-to-read-an-isbn",
        "Thirteen digits: how to read an ISBN",
        JONAS,
        Status.PUBLISHED,
        -19,
        ("ISBN", "Metadata"),
    ),
    PostFact(
        "what-a-check-digit-can-and-cannot-catch",
        "What a check digit can and cannot catch",
        JONAS,
        Status.PUBLISHED,
        -33,
        ("ISBN", "Data quality"),
    ),
    PostFact("paper-has-a-direction", "Paper has a direction", YUKI, Status.PUBLISHED, -45, ("Paper", "Binding")),
    PostFact(
        "eight-sixteen-thirty-two-the-arithmetic-of-signatures",
        "Eight, sixteen, thirty-two: the arithmetic of signatures",
        YUKI,
        Status.PUBLISHED,
        -58,
        ("Paper", "Printing history", "Typography"),
    ),
    PostFact("sewn-or-glued", "Sewn or glued?", YUKI, Status.PUBLISHED, -73, ("Binding", "Prices")),
    PostFact(
        "the-price-of-a-paperback", "The price of a paperback", ANA, Status.PUBLISHED, -86, ("Prices", "Bookshops")
    ),
    PostFact(
        "why-our-prices-end-in-ninety",
        "Why our prices end in ninety",
        ANA,
        Status.PUBLISHED,
        -103,
        ("Prices", "Data quality"),
    ),
    PostFact(
        "translators-on-the-cover",
        "Translators on the cover",
        TOMAS,
        Status.PUBLISHED,
        -117,
        ("Translation", "Cover design"),
    ),
    PostFact(
        "ten-ways-to-begin-don-quixote",
        "Ten ways to begin Don Quixote",
        TOMAS,
        Status.PUBLISHED,
        -131,
        ("Translation", "New editions"),
    ),
    PostFact(
        "reading-proust-in-a-year",
        "Reading Proust in a year",
        AMARA,
        Status.PUBLISHED,
        -148,
        ("Reading groups", "Backlist"),
    ),
    PostFact(
        "starting-a-reading-group-that-lasts",
        "Starting a reading group that lasts",
        AMARA,
        Status.PUBLISHED,
        -162,
        ("Reading groups",),
    ),
    PostFact(
        "the-library-copy", "The library copy", AMARA, Status.PUBLISHED, -178, ("Libraries", "Binding", "Metadata")
    ),
    PostFact(
        "where-the-names-go-sorting-authors-from-everywhere",
        "Where the names go: sorting authors from everywhere",
        JONAS,
        Status.PUBLISHED,
        -194,
        ("Metadata", "Data quality"),
    ),
    PostFact(
        "two-dates-for-emma", "Two dates for Emma", PRIYA, Status.PUBLISHED, -207, ("Printing history", "Metadata")
    ),
    PostFact(
        "published-in-parts-how-dickens-sold-a-novel-by-the-month",
        "Published in parts: how Dickens sold a novel by the month",
        PRIYA,
        Status.PUBLISHED,
        -223,
        ("Victorian", "Printing history", "Prices"),
    ),
    PostFact(
        "alt-text-for-covers", "Alt text for covers", LEILA, Status.PUBLISHED, -238, ("Accessibility", "Cover design")
    ),
    PostFact(
        "making-an-e-book-that-everyone-can-read",
        "Making an e-book that everyone can read",
        LEILA,
        Status.PUBLISHED,
        -252,
        ("Accessibility", "E-books"),
    ),
    PostFact(
        "reading-woolf-in-the-type-she-set",
        "Reading Woolf in the type she set",
        YUKI,
        Status.PUBLISHED,
        -269,
        ("Typography", "Printing history", "New editions"),
    ),
    PostFact("italic-is-a-voice", "Italic is a voice", YUKI, Status.PUBLISHED, -284, ("Typography", "Editing")),
    PostFact(
        "a-month-in-the-warehouse",
        "A month in the warehouse",
        DECLAN,
        Status.PUBLISHED,
        -299,
        ("House news", "Backlist"),
    ),
    PostFact(
        "out-of-print-is-not-the-end",
        "Out of print is not the end",
        ANA,
        Status.PUBLISHED,
        -316,
        ("Backlist", "Rights", "Metadata"),
    ),
    PostFact(
        "what-a-blurb-may-say", "What a blurb may say", LEILA, Status.PUBLISHED, -331, ("Editing", "Cover design")
    ),
    PostFact("proofreading-backwards", "Proofreading backwards", DECLAN, Status.PUBLISHED, -347, ("Editing",)),
    PostFact(
        "the-moomins-at-bedtime-on-reading-aloud",
        "The Moomins at bedtime: on reading aloud",
        AMARA,
        Status.PUBLISHED,
        -364,
        ("Children’s books", "Reading groups"),
    ),
    PostFact("recording-the-waves", "Recording The Waves", LEILA, Status.PUBLISHED, -381, ("Audio", "New editions")),
    PostFact(
        "kafka-asked-for-no-insect",
        "Kafka asked for no insect",
        YUKI,
        Status.PUBLISHED,
        -400,
        ("Cover design", "Translation"),
    ),
    PostFact(
        "public-domain-country-by-country",
        "Public domain, country by country",
        TOMAS,
        Status.PUBLISHED,
        -424,
        ("Rights", "Translation"),
    ),
    PostFact(
        "eleven-months-from-manuscript-to-shelf",
        "Eleven months from manuscript to shelf",
        INES,
        Status.PUBLISHED,
        -449,
        ("Editing", "House news"),
    ),
    PostFact(
        "notes-from-the-leipzig-hall",
        "Notes from the Leipzig hall",
        JONAS,
        Status.PUBLISHED,
        -480,
        ("Festivals", "Audio"),
    ),
    PostFact("a-bookshop-of-six-shelves", "A bookshop of six shelves", AMARA, Status.PUBLISHED, -514, ("Bookshops",)),
    PostFact(
        "metadata-is-a-love-letter",
        "Metadata is a love letter",
        JONAS,
        Status.PUBLISHED,
        -547,
        ("Metadata", "Data quality", "Bookshops"),
    ),
    PostFact(
        "the-colophon-explained",
        "The colophon, explained",
        INES,
        Status.PUBLISHED,
        -589,
        ("Printing history", "Typography", "House news"),
    ),
    PostFact("how-we-choose-a-typeface", "How we choose a typeface", YUKI, Status.PUBLISHED, -641, ("Typography",)),
    PostFact("what-this-house-is-for", "What this house is for", INES, Status.PUBLISHED, -724, ("House news",)),
    PostFact(
        "the-winter-list-on-one-page",
        "The winter list on one page",
        INES,
        Status.SCHEDULED,
        3,
        ("New editions", "House news"),
    ),
    PostFact(
        "buddenbrooks-translated-again",
        "Buddenbrooks, translated again",
        TOMAS,
        Status.SCHEDULED,
        9,
        ("Translation", "New editions"),
    ),
    PostFact(
        "twelve-misprints-we-are-fond-of", "Twelve misprints we are fond of", ANA, Status.SCHEDULED, 16, ("Editing",)
    ),
    PostFact(
        "the-index-as-a-form-of-wit", "The index as a form of wit", PRIYA, Status.SCHEDULED, 24, ("Editing", "Backlist")
    ),
    PostFact(
        "a-calendar-for-slow-readers",
        "A calendar for slow readers",
        AMARA,
        Status.SCHEDULED,
        31,
        ("Reading groups", "Backlist"),
    ),
    PostFact(
        "e-book-prices-from-january", "E-book prices from January", ANA, Status.SCHEDULED, 45, ("E-books", "Prices")
    ),
    PostFact(
        "lady-susan-is-late-and-so-are-we",
        "Lady Susan is late, and so are we",
        PRIYA,
        Status.SCHEDULED,
        -2,
        ("New editions", "House news"),
    ),
    PostFact(
        "reading-room-new-opening-hours",
        "Reading room: new opening hours",
        INES,
        Status.SCHEDULED,
        -6,
        ("House news", "Accessibility"),
    ),
    PostFact(
        "should-we-print-on-thinner-paper",
        "Should we print on thinner paper?",
        YUKI,
        Status.IN_REVIEW,
        None,
        ("Paper", "Prices"),
    ),
    PostFact(
        "gora-without-an-isbn",
        "Gora without an ISBN",
        JONAS,
        Status.IN_REVIEW,
        None,
        ("ISBN", "Data quality", "Backlist"),
    ),
    PostFact(
        "accents-searching-for-bronte-finding-bronte",
        "Accents: searching for Bronte, finding Brontë",
        LEILA,
        Status.IN_REVIEW,
        None,
        ("Metadata", "Accessibility"),
    ),
    PostFact(
        "five-first-sentences-and-what-they-promise",
        "Five first sentences and what they promise",
        PRIYA,
        Status.IN_REVIEW,
        None,
        ("Editing", "Backlist"),
    ),
    PostFact(
        "footnotes-endnotes-no-notes",
        "Footnotes, endnotes, no notes",
        TOMAS,
        Status.IN_REVIEW,
        None,
        ("Translation", "Typography", "Editing"),
    ),
    PostFact(
        "what-bookshops-taught-us-about-returns",
        "What bookshops taught us about returns",
        AMARA,
        Status.IN_REVIEW,
        None,
        ("Bookshops", "Prices"),
    ),
    PostFact(
        "notes-towards-a-house-style",
        "Notes towards a house style",
        PRIYA,
        Status.DRAFT,
        None,
        ("Editing", "Typography"),
    ),
    PostFact("on-rereading-kokoro", "On rereading Kokoro", AMARA, Status.DRAFT, None, ("Audio", "Translation")),
    PostFact(
        "letter-to-the-author-of-an-unfinished-manuscript",
        "Letter to the author of an unfinished manuscript",
        INES,
        Status.DRAFT,
        None,
        ("Editing",),
    ),
    PostFact("untitled", "Untitled", DECLAN, Status.DRAFT, None, ()),
    PostFact(
        "large-print-second-attempt",
        "Large print, second attempt",
        LEILA,
        Status.DRAFT,
        None,
        ("Accessibility", "Typography"),
    ),
    PostFact("the-cost-of-a-free-e-book", "The cost of a free e-book", ANA, Status.DRAFT, None, ("E-books", "Prices")),
    PostFact("covers-we-did-not-use", "Covers we did not use", YUKI, Status.DRAFT, None, ("Cover design",)),
    PostFact(
        "a-short-list-for-longer-evenings",
        "A short list for longer evenings",
        INES,
        Status.ARCHIVED,
        -560,
        ("New editions", "House news"),
    ),
    PostFact(
        "our-old-web-shop-closes", "Our old web shop closes", JONAS, Status.ARCHIVED, -392, ("House news", "Bookshops")
    ),
    PostFact(
        "holiday-hours-of-the-first-winter",
        "Holiday hours of the first winter",
        INES,
        Status.ARCHIVED,
        -690,
        ("House news", "Festivals"),
    ),
)
