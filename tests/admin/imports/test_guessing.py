"""Columns find their fields."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from admin import Column, Resource, Section, export
from admin.imports import codes, vocabulary, words
from admin.imports.guessing import fixed, guess, styles
from admin.imports.naming import claims
from admin.imports.plan import Style
from admin.imports.targets import kept, targets
from admin.query import parse
from models.text import fold
from models.user import Profile
from tests.entities import ENTITIES, each_entity
from tests.hostile.odd import texts


@each_entity
def test_every_column_of_an_export_finds_its_field_again(resource):
    columns = list(resource.choosable.values())
    header = [field.name for field in export.fields(export.Export(parse(resource, MultiDict()), columns), "sqlite")]
    found = {header[place.column]: place.field for place in guess(resource, header, [])}
    mine = targets(resource)
    for name in header:
        if name in mine:
            assert found[name] == name
        elif name.removesuffix("_id") in mine:
            assert found[name] == name.removesuffix("_id")
        else:
            assert name in kept(resource)
            assert name not in found


def mapped(entity, header, *rows):
    """Field → the columns that go there, with what is taken of them."""
    found = {}
    for place in guess(ENTITIES[entity], header, rows):
        taken = "" if place.take == "all" else f" ({place.take})"
        found.setdefault(place.field, []).append(header[place.column] + taken)
    return {field: ", ".join(columns) for field, columns in found.items()}


def test_a_german_price_list():
    header = ["Titel", "ISBN-13", "Autor", "VK Preis", "Währung", "ET", "Ausstattung", "Seiten", "Bemerkung"]
    rows = [
        ["Villette", "9780306406157", "Brontë, Charlotte", "12,50", "EUR", "1853", "geb.", "544", "s. Vertrag"],
        ["Armadale", "978-1-4028-9462-6", "Collins, Wilkie", "1.250,00", "GBP", "01.06.1866", "kart.", "816", ""],
    ]
    assert mapped("books", header, *rows) == {
        "title": "Titel",
        "isbn": "ISBN-13",
        "author": "Autor (flip)",
        "price": "VK Preis",
        "currency": "Währung",
        "published_on": "ET",
        "format": "Ausstattung",
        "pages": "Seiten",
    }
    assert styles(ENTITIES["books"], guess(ENTITIES["books"], header, rows), rows) == Style(",", "dmy")


@pytest.mark.parametrize(
    "header",
    [
        ["Title", "Author(s)", "EAN", "List Price", "Publication Date", "Page count", "Language", "Binding"],
        ["titre", "auteur", "isbn", "prix", "date de parution", "nombre de pages", "langue", "reliure"],
        ["Título", "Autor", "ISBN", "Precio", "Fecha de publicación", "Páginas", "Idioma", "Encuadernación"],
        ["Titolo", "Autore", "ISBN", "Prezzo", "Data di pubblicazione", "Pagine", "Lingua", "Rilegatura"],
        ["Titel", "Auteur", "ISBN", "Prijs", "Publicatiedatum", "Aantal pagina's", "Taal", "Uitvoering"],
        ["Titel", "Författare", "ISBN", "Pris", "Utgivningsdatum", "Sidor", "Språk", "Bandtyp"],
        ["book_title", "author_name", "ISBN13", "priceAmount", "pubDate", "numPages", "language_code", "BookFormat"],
    ],
    ids=["English", "French", "Spanish", "Italian", "Dutch", "Swedish", "programmers"],
)
def test_a_catalogue_in_any_of_several_languages(header):
    fields = ["title", "author", "isbn", "price", "published_on", "pages", "language", "format"]
    assert mapped("books", header) == dict(zip(fields, header, strict=True))


@each_entity
def test_every_phrase_of_the_vocabulary_means_its_field(resource):
    for field, target in targets(resource).items():
        phrases = vocabulary.FIELDS.get(field, vocabulary.KINDS.get(target.attribute.kind, "")).split(", ")
        meant = {claim.column for claim in claims(resource, phrases) if claim.field == field}
        assert [phrase for column, phrase in enumerate(phrases) if phrase and column not in meant] == [], field


@pytest.mark.parametrize(
    ("entity", "header"),
    [
        ("books", {"EAN": "isbn", "Autor/Herausgeber": "author", "Ladenpreis (D) in EUR": "price", "Verlag": ""}),
        ("books", {"Variant Price": "price", "Variant Barcode": "isbn", "Body (HTML)": "description", "Vendor": ""}),
        ("books", {"AUTEUR 1": "author", "DATE PARUTION": "published_on", "NB PAGES": "pages", "Book Id": ""}),
        ("users", {"user_login": "username", "user_email": "email", "display_name": "name", "date_joined": ""}),
        ("posts", {"post_title": "title", "post_content": "content", "post_status": "status", "post_type": ""}),
        ("authors", {"About the author": "bio", "Website URL": "website", "Nationality": "country", "Telephone": ""}),
        ("tags", {"tag_name": "name", "count": ""}),
    ],
)
def test_words_beside_a_name_do_not_hide_it(entity, header):
    expected = {field: name for name, field in header.items() if field}
    assert mapped(entity, list(header)) == expected


def test_an_entity_that_nobody_thought_of_is_understood_by_names_labels_and_kinds():
    profiles = Resource(
        model=Profile,
        singular="profile",
        icon="users",
        columns=[Column(Profile.location, sort=Profile.id, link=True)],
        sort="location",
        search="Place",
        form=[Section("Profile", [Profile.user, Profile.bio, Profile.website, Profile.location])],
    )
    header = ["Location", "Webseite", "Lebenslauf", "User e-mail", "Shoe size"]
    assert {header[place.column]: place.field for place in guess(profiles, header, [])} == {
        "Location": "location",
        "Webseite": "website",
        "Lebenslauf": "bio",
        "User e-mail": "user",
    }


@settings(max_examples=25, deadline=None)
@given(st.lists(texts, min_size=1, max_size=5), st.lists(st.lists(texts, max_size=6), max_size=4))
def test_no_header_and_no_sample_is_too_odd(header, rows):
    for resource in ENTITIES.values():
        places = guess(resource, header, rows)
        assert {place.column for place in places} <= set(range(len(header)))
        assert styles(resource, places, rows)
        assert fixed(resource, header, places) is not None


def test_several_columns_that_help_each_other():
    header = ["isbn", "isbn13", "title", "original_title", "authors", "language_code", "image_url", "books_count"]
    assert mapped("books", header) == {
        "isbn": "isbn, isbn13",
        "title": "title",
        "author": "authors",
        "language": "language_code",
    }
    assert mapped("authors", ["LastName", "FirstName", "Email", "Country", "State"]) == {
        "name": "FirstName, LastName",
        "email": "Email",
        "country": "Country",
        "status": "State",
    }
    assert mapped("authors", ["Vorname", "Name", "Nachname"])["name"] == "Name"
    assert mapped("authors", ["Name", "Vorname"])["name"] == "Vorname, Name"
    assert mapped("books", ["author", "author_email"])["author"] == "author_email"


def test_what_stands_in_a_column_can_speak_against_its_name():
    rows = [["FALSE", "https://a.org/1", "QC"], ["FALSE", "https://a.org/2", "AB"]]
    assert mapped("books", ["period", "isbn", "State"], *rows) == {}


def test_a_column_without_a_telling_name_is_known_by_what_stands_in_it():
    rows = [
        ["978-0-306-40615-7", "12,50 €", "de", "2024-02-29", "hardback"],
        ["080442957X", "9 €", "fr", "2024-03-01", "e-book"],
    ]
    assert mapped("books", ["Nr", "Column B", "C", "D", ""], *rows) == {
        "isbn": "Nr",
        "price": "Column B",
        "currency": "Column B (sign)",
        "language": "C",
        "published_on": "D",
        "format": "",
    }
    assert mapped("users", ["Reachable"], ["ana@example.org"], ["bo@example.org"]) == {"email": "Reachable"}


def test_ids_of_other_people_are_none_of_ours():
    assert mapped("authors", ["id", "name", "gender", "yearOfBirth", "url"]) == {"name": "name", "website": "url"}
    assert "author" not in mapped("books", ["book_id", "title", "author_id", "rating", "shelf"])
    assert mapped("books", ["id", "title", "author", "author_id"]) == {
        "id": "id",
        "title": "title",
        "author": "author, author_id",
    }


def test_people_in_a_cell():
    def take(*cells):
        return [place.take for place in guess(ENTITIES["books"], ["author"], [[cell] for cell in cells])]

    assert take("Jane Austen", "Emily Brontë") == ["all"]
    assert take("Austen, Jane", "Absalon", "Brontë, Emily Jane") == ["flip"]
    assert take("Austen, Jane; Brontë, Emily") == ["flip"]
    assert take("J.K. Rowling, Mary GrandPré", "Suzanne Collins") == ["first"]
    assert take("robert; mhz", "18F") == ["first"]
    assert mapped("authors", ["artist"], ["Abbey, Edwin Austin"]) == {"name": "artist (flip)", "sort_name": "artist"}


def test_the_style_is_what_the_cells_agree_on():
    def style(header, *cells):
        places = guess(ENTITIES["books"], [header], [])
        return styles(ENTITIES["books"], places, [[cell] for cell in cells])

    assert style("price", "12.50", "9") == Style(".", "")
    assert style("price", "9.500,00", "8.000,00") == Style(",", "")
    assert style("price", "2.500", "3.350", "280") == Style(",", "")
    assert style("price", "2.500", "1220.00") == Style("", "")
    assert style("price", "2.500", "0.500") == Style(".", "")
    assert style("price", "12", "free") == Style("", "")
    assert style("published_on", "2024-02-29") == Style("", "ymd")
    assert style("published_on", "31/12/1866", "01/06/1866") == Style("", "dmy")
    assert style("published_on", "12/31/1866", "01/06/1866") == Style("", "mdy")
    assert style("published_on", "12/31/1866", "31/12/1866") == Style("", "")
    assert style("published_on", "01/06/1866", "1868") == Style("", "")
    assert style("published_on", "01.06.1866") == Style("", "dmy")


@pytest.mark.parametrize(
    ("name", "code"),
    [("euro", "EUR"), (" Euro ", "EUR"), ("Preis (CHF)", "CHF"), ("Price in £", "GBP"), ("price", None)],
)
def test_a_price_may_say_its_currency_in_the_name_of_its_column(name, code):
    books = ENTITIES["books"]
    assert fixed(books, [name], guess(books, [name], [])) == ({"currency": code} if code else {})
    header = [name, "currency"]
    assert fixed(books, header, guess(books, header, [])) == {}


def test_no_word_of_the_vocabulary_means_two_things_at_once():
    months = [fold(word) for number, line in enumerate(vocabulary.MONTHS) for word in {*map(fold, line.split())}]
    assert len(months) == len(set(months))
    assert not words.yes() & words.no()
    assert not (words.yes() | words.no()) & words.empty()
    for resource in ENTITIES.values():
        for target in targets(resource).values():
            known = [value for value in target.attribute.choices if value in vocabulary.CHOICES]
            listed = [(codes.squeezed(w), value) for value in known for w in vocabulary.CHOICES[value].split(",")]
            meanings = {word: {value for other, value in listed if other == word} for word, _ in listed}
            assert {word: found for word, found in meanings.items() if len(found) > 1} == {}, target.name
