"""What other people call things, as data: names of columns, words of choices, months, yes and no, in several languages.

Nothing here names an entity. A field is found by its own name, else by its kind; a choice by its value. So the columns
of an entity that nobody has thought of yet are understood as far as it speaks of the same things.
Words are compared folded (without case and accents), so they stand here as they are written.
"""

# What an empty cell is called. Not for texts: a title may be «None».
EMPTY = "- – — . ? NA N/A n.a. #N/A #NV null none nil nan k.A. o.A. s.a. s.d. <NA> (null) (leer) (blank) (empty)"

YES = (
    "yes y true t 1 on ja j oui o si sí sim da tak igen wahr vrai verdadero verdadeiro vero waar sant "
    "sand x ✓ ✔ active aktiv actif activo attivo actief enabled"
)
NO = (
    "no n false f 0 off nein non não nej nei nie ne falsch faux falso onwaar falskt falsk inactive "
    "inaktiv inactif inactivo inattivo inactief disabled"
)

# Fields by their name: what their columns are called.
FIELDS = {
    "title": "title, titel, titre, título, titulo, titolo, tytuł, tittel, otsikko, nimeke, "
    "book title, main title, haupttitel, buchtitel, werktitel, original title, originaltitel, headline, "
    "überschrift, titre du livre",
    "subtitle": "subtitle, sub title, untertitel, sous titre, subtítulo, sottotitolo, ondertitel, "
    "undertitel, undertittel, podtytuł, zusatz zum titel",
    "name": "name, full name, display name, namn, navn, naam, nom, nombre, nome, nimi, "
    "imię i nazwisko, nom complet, nombre completo, nome completo, vollständiger name, volledige naam, "
    "fullt namn, contact, kontakt",
    "sort_name": "author l f, sort name, sortname, sortiername, name sorted, file as, inverted name, "
    "author sort, nom de tri, sorteernaam",
    "author": "author, authors, autor, autoren, autorin, verfasser, verfasserin, urheber, auteur, "
    "auteurs, autore, autori, autores, autora, auteur principal, schrijver, författare, forfatter, forfattare, "
    "kirjailija, writer, creator, author name, written by, by, von, par, byline, main author, first author, "
    "contributor",
    "price": "price, preis, prix, precio, prezzo, prijs, pris, preço, preco, cena, hinta, "
    "list price, unit price, retail price, sale price, vk, vk preis, vkp, ladenpreis, verkaufspreis, "
    "listenpreis, bruttopreis, uvp, rrp, msrp, cover price, prix public, prix ttc, prix de vente, pvp, "
    "verkoopprijs, adviesprijs, cost, amount, betrag, montant, importe, euro, eur, usd, gbp, chf, dollar, pound",
    "currency": "currency, currency code, währung, waehrung, währungscode, devise, monnaie, moneda, "
    "divisa, valuta, moeda, waluta, valuutta, curr, ccy",
    "published_on": "published, published on, publication date, publication year, pub date, pubdate, "
    "release date, released, issued, issue date, date of publication, year of publication, year published, year, "
    "period, date, street date, on sale date, erscheinungsdatum, erscheinungsjahr, erscheinungstermin, et, ej, "
    "erschienen, veröffentlicht, veröffentlichungsdatum, jahr, date de parution, parution, date de publication, "
    "année, année de publication, fecha de publicación, publicado, año, año de publicación, "
    "data di pubblicazione, anno, anno di pubblicazione, publicatiedatum, verschijningsdatum, jaar, "
    "jaar van uitgave, utgivningsdatum, utgivningsår, år, utgivelsesår, data de publicação, ano, data wydania, "
    "rok wydania, original publication year, copyright year, copyright date",
    "pages": "pages, page count, page extent, nb pages, number of pages, num pages, no of pages, "
    "seiten, seitenzahl, seitenanzahl, umfang, nombre de pages, páginas, paginas, número de páginas, pagine, "
    "numero di pagine, pagina s, aantal pagina s, sidor, antal sidor, sider, antall sider, strony, liczba stron, "
    "extent, pp, pagecount, numpages",
    "language": "languages, language, language code, lang, lang code, sprache, sprachcode, langue, "
    "idioma, lengua, lingua, taal, språk, sprog, kieli, język, locale, text language",
    "country": "country, country code, land, länderkürzel, ländercode, pays, país, pais, paese, "
    "landcode, maa, kraj, nation, nationality, nationalität, nationalité, nacionalidad, nazionalità, "
    "nationaliteit",
    "format": "formats, format, binding, book format, product form, form, ausstattung, einband, "
    "einbandart, bindung, produktform, ausgabeart, reliure, encuadernación, formato, rilegatura, uitvoering, "
    "bindwijze, bandtyp, innbinding, oprawa, edition type, media type, medium",
    "status": "status, state, avail, dispo, availability, availability status, lieferstatus, "
    "lieferbarkeit, verfügbarkeit, zustand, statut, état, disponibilité, disponibilidad, estado, stato, "
    "disponibilità, beschikbaarheid, tillgänglighet, situação, meldenummer, publishing status",
    "description": "body html, description, beschreibung, klappentext, inhaltsangabe, "
    "kurzbeschreibung, blurb, summary, synopsis, abstract, annotation, résumé, descripción, resumen, "
    "descrizione, riassunto, beschrijving, samenvatting, beskrivning, beskrivelse, descrição, opis, "
    "long description, zusammenfassung",
    "bio": "bio, biography, biographie, biografie, biografía, biografia, biografi, about, "
    "about the author, vita, lebenslauf, kurzbiographie, kurzbiografie, profile, über, author bio, "
    "notice biographique",
    "content": "content, body, text, inhalt, contenu, contenido, contenuto, inhoud, innehåll, "
    "indhold, innhold, conteúdo, treść, body markdown, markdown, post, article, artikel, content markdown, "
    "body text, haupttext",
    "username": "username, user name, user, login, login name, handle, account, nickname, nick, "
    "screen name, benutzername, nutzername, anmeldename, kürzel, nom d utilisateur, identifiant, pseudo, "
    "nombre de usuario, usuario, nome utente, utente, gebruikersnaam, användarnamn, brugernavn, brukernavn, "
    "nome de usuário, nazwa użytkownika, userid, logon",
    "age": "age, alter, âge, edad, età, leeftijd, ålder, alder, idade, wiek, age in years",
    "role": "role, rolle, rôle, rol, ruolo, roll, papel, rola, user role, group, gruppe, permission, "
    "permissions, berechtigung, access level, user type",
    "is_active": "active, is active, aktiv, actif, activo, attivo, actief, enabled, account active, "
    "aktywny, ativo, aktiviert",
    "publish_at": "publish at, publish on, scheduled for, scheduled at, schedule, go live, "
    "release at, veröffentlichen am, geplant für, à publier le, publier le, publicar el, pubblica il, "
    "publiceren op, publiceras, date, datum, fecha, data",
}

# Fields by their kind, where an entity has just one of it.
KINDS = {
    "isbn": "isbn, isbn 13, isbn13, isbn 10, isbn10, isbn print, isbn electronic, isbn ebook, "
    "isbn e book, isbn hardcover, isbn paperback, isbn pdf, isbn epub, isbn online, eisbn, e isbn, isbn 1, "
    "isbn 2, isbn 3, isbn nr, isbn nummer, isbn number, isbn no, isbn ean, ean, ean 13, ean13, ean code, gtin, "
    "gtin 13, barcode, numéro isbn",
    "email": "e mail, email, mail, e mail address, email address, mail address, e mail adresse, "
    "email adresse, mailadresse, adresse e mail, adresse email, courriel, adresse électronique, correo, "
    "correo electrónico, correo electronico, posta elettronica, indirizzo e mail, e mailadres, e post, epost, "
    "e postadress, sähköposti, contact email",
    "url": "website, web site, url, web, homepage, home page, webseite, website url, internet, "
    "internetseite, link, site, site web, sitio web, página web, sito, sito web, webbplats, hemsida, hjemmeside, "
    "nettside, strona www, www, web address, webadresse",
    "slug": "slug, permalink, url slug, kurzname, short name, path",
    "tags": "tags, tag, keywords, keyword, key words, labels, topics, topic, categories, category, "
    "subjects, schlagwörter, schlagworte, schlagwort, stichwörter, stichworte, themen, kategorien, mots clés, "
    "mot clé, étiquettes, catégories, etiquetas, palabras clave, categorías, parole chiave, etichette, "
    "categorie, trefwoorden, nyckelord, taggar, emneord, palavras chave, słowa kluczowe",
    "money": FIELDS["price"],
    "date": "date, datum, fecha, data, dato, päivämäärä, day, tag, jour, día",
}

# The two halves of a name, which are put together in this order.
GIVEN = (
    "first name, firstname, given name, given names, forename, forenames, fname, vorname, vornamen, "
    "rufname, prénom, prénoms, nombre de pila, primer nombre, voornaam, förnamn, fornavn, etunimi, "
    "primeiro nome, imię, middle name"
)
FAMILY = (
    "last name, lastname, surname, family name, lname, nachname, familienname, zuname, nom de famille, "
    "apellido, apellidos, cognome, achternaam, familienaam, efternamn, etternavn, efternavn, sukunimi, "
    "sobrenome, apelido, nazwisko"
)

# Beside the one, the other alone is the name of the family.
FAMILY_BESIDE = {"vorname": "name", "prenom": "nom", "voornaam": "naam", "fornamn": "namn", "fornavn": "navn"}

# What people call the things themselves: «Buchtitel» of a book is its title.
THINGS = {
    "book": "book, books, buch, bücher, livre, livres, libro, libros, libri, boek, boeken, bok, bog, "
    "livro, książka, item, product, produkt, work, werk",
    "author": "author, authors, autor, autoren, auteur, autore, schrijver, författare, forfatter, "
    "artist, person, künstler",
    "user": "user, users, benutzer, nutzer, utilisateur, usuario, utente, gebruiker, användare, "
    "bruker, bruger, member, customer, employee, kunde, client, staff",
    "post": "post, posts, article, artikel, beitrag, beiträge, billet, entrada, articolo, bericht, "
    "inlägg, indlæg, innlegg",
    "tag": "tag, tags, label, keyword, schlagwort",
}

# How the column of a reference says by what it names the record: «Autor E-Mail», «author_id».
NAMED_BY = {
    "email": KINDS["email"],
    "username": FIELDS["username"],
    "name": FIELDS["name"],
    "id": "id, ids, nr, no, number, nummer, key, code",
    "title": FIELDS["title"],
    "isbn": KINDS["isbn"],
    "slug": "slug",
}

# Words beside the name of a column that change nothing.
BESIDE = (
    "the, of, in, amount, variant, contact, d, der, die, das, de, du, la, le, el, il, code, name, value, "
    "wert, text, field, feld, brutto, netto, gross, net, incl, inkl, excl, exkl, vat, mwst, tva, ttc, ht, iva, "
    "btw, moms, main, primary, required, optional, iso, iso 639, iso 3166, original, full, current, eur, euro, "
    "euros, usd, gbp, chf, us, raw, dc, marc, onix, 639, 3166, 4217, 8601, 1, 2, 3, yyyy, mm, dd"
)

# Choices by their value. «geb.» and «gebunden» are the same word to whom leaves out the dot, so both stand here.
CHOICES = {
    "hardback": "hardcover, hard cover, hard back, hc, hb, hbk, cloth, cloth bound, casebound, "
    "case bound, library binding, bound, gebunden, geb, gebundene ausgabe, gebundenes buch, leinen, ln, "
    "pappband, pp, fester einband, festeinband, relié, relie, couverture rigide, cartonné, cartonne, tapa dura, "
    "cartoné, cartone, rilegato, copertina rigida, hardback gebonden, gebonden, inbunden, indbundet, innbundet, "
    "kovakantinen, capa dura, oprawa twarda, twarda, bb",
    "paperback": "paper back, softcover, soft cover, softback, pb, pbk, trade paperback, "
    "mass market, mass market paperback, perfect bound, paper, kartoniert, kart, broschiert, brosch, broschur, "
    "broschüre, taschenbuch, tb, tasch, flexibler einband, klappenbroschur, englische broschur, broché, broche, "
    "poche, livre de poche, couverture souple, tapa blanda, rústica, rustica, bolsillo, brossura, "
    "copertina flessibile, tascabile, pocket, ingenaaid, häftad, hæftet, heftet, pehmeäkantinen, nidottu, "
    "capa mole, brochura, oprawa miękka, miękka, bc",
    "e-book": "ebook, electronic book, digital, digital book, epub, pdf, mobi, kindle, "
    "kindle edition, azw, azw3, online, online resource, elektronisch, elektronische ressource, e buch, "
    "livre numérique, numérique, libro electrónico, libro digital, e libro, digitaal, e bok, e bog, e kirja, dg, "
    "ea, ed",
    "audio": "audiobook, audio book, audio cd, audio download, cd, mp3, mp3 cd, cassette, audible, "
    "audible audio, hörbuch, hörbuch cd, livre audio, audiolibro, audiolibro cd, luisterboek, ljudbok, lydbog, "
    "lydbok, äänikirja, ac, aj",
    "forthcoming": "not yet published, upcoming, announced, in preparation, in press, planned, "
    "pre order, preorder, draft, new, coming soon, noch nicht erschienen, erscheint, erscheint demnächst, "
    "in vorbereitung, angekündigt, vorbestellbar, geplant, im druck, à paraître, a paraitre, próximamente, "
    "proximamente, en preparación, in uscita, prossimamente, in preparazione, nog niet verschenen, "
    "te verschijnen, kommande, kommende, em breve, np, nyp",
    "active": "available, in print, in stock, published, live, current, on sale, yes, lieferbar, "
    "verfügbar, vorrätig, auf lager, aktiv, erschienen, disponible, en stock, actif, paru, activo, disponibile, "
    "attivo, beschikbaar, leverbaar, op voorraad, actief, tillgänglig, i lager, tilgængelig, tilgjengelig, "
    "disponível, ativo, dostępny, ip",
    "out of stock": "temporarily unavailable, unavailable, not available, sold out, backorder, "
    "back order, reprinting, reprint under consideration, nicht lieferbar, zurzeit nicht lieferbar, "
    "nicht vorrätig, nachdruck, fehlt am lager, ausverkauft, indisponible, en rupture, en rupture de stock, "
    "en réimpression, agotado temporalmente, sin stock, esaurito temporaneamente, non disponibile, "
    "niet leverbaar, uitverkocht, slut i lager, udsolgt, utsolgt, sem estoque, esgotado temporariamente, tos, tu",
    "out of print": "oop, op, discontinued, no longer available, withdrawn, vergriffen, "
    "restlos vergriffen, ausser handel, außer handel, nicht mehr lieferbar, épuisé, arrêt de commercialisation, "
    "agotado, descatalogado, fuori catalogo, esaurito, fuori commercio, definitief uitverkocht, uit de handel, "
    "utgången, utgået, utgått, esgotado, wyczerpany",
    "cancelled": "canceled, abandoned, postponed indefinitely, annulled, storniert, abgesagt, "
    "erscheint nicht, annulé, abandonné, cancelado, anulado, annullato, cancellato, geannuleerd, inställd, "
    "aflyst, avlyst, anulowany",
    "prospect": "lead, potential, candidate, interessent, interessentin, kandidat, prospecto, "
    "potenziale, potentiel, prospect",
    "inactive": "not active, disabled, former, past, closed, inaktiv, ehemalig, inactif, ancien, "
    "inactivo, inattivo, inactief, inativo, nieaktywny",
    "deceased": "dead, died, late, verstorben, gestorben, tot, décédé, décédée, mort, fallecido, "
    "fallecida, muerto, deceduto, morto, overleden, död, avliden, død, falecido, zmarły",
    "draft": "in progress, wip, unpublished, private, auto draft, entwurf, brouillon, borrador, "
    "bozza, concept, utkast, kladde, rascunho, szkic",
    "in review": "review, pending, pending review, to review, submitted, in prüfung, zur prüfung, "
    "zu prüfen, eingereicht, en relecture, à relire, en revisión, pendiente, in revisione, ter beoordeling, "
    "under granskning, em revisão",
    "scheduled": "future, planned, queued, timed, geplant, terminiert, planifié, programmé, "
    "programado, programmato, pianificato, ingepland, gepland, schemalagd, planlagt, agendado, zaplanowany",
    "published": "publish, public, live, online, released, final, veröffentlicht, erschienen, "
    "publié, publicado, pubblicato, gepubliceerd, publicerad, publiceret, publisert, opublikowany",
    "archived": "archive, retired, old, trash, archiviert, archivé, archivado, archiviato, "
    "gearchiveerd, arkiverad, arkiveret, arkivert, arquivado, zarchiwizowany",
    "viewer": "reader, read only, readonly, guest, subscriber, leser, leserin, betrachter, gast, "
    "lecteur, lectrice, lector, lectora, lettore, lezer, läsare, læser, leitor, abonnent",
    "contributor": "author, writer, member, autor, autorin, mitarbeiter, mitarbeiterin, beitragende, "
    "auteur, contributeur, contributrice, colaborador, colaboradora, collaboratore, medewerker, medarbetare, "
    "skribent",
    "editor": "redakteur, redakteurin, redaktor, redaktion, lektor, lektorin, rédacteur, rédactrice, "
    "éditeur, redactor, redactora, redattore, redattrice, redacteur, redaktör, redaktør, publisher, moderator, "
    "staff",
    "admin": "administrator, administratorin, administrateur, administratrice, administrador, "
    "administradora, amministratore, amministratrice, beheerder, administratör, superuser, super admin, "
    "superadmin, owner, root, manager",
}

# Signs and words that stand beside an amount.
CURRENCIES = {
    "EUR": "€ euro euros eurs",
    "USD": "$ us$ usd$ $us dollar dollars",
    "GBP": "£ gb£ pound pounds sterling",
    "JPY": "¥ jp¥ yen 円",
    "CHF": "fr sfr sfr. fr. franken",
    "CAD": "c$ ca$ can$",
    "AUD": "a$ au$",
    "NZD": "nz$",
    "CNY": "cn¥ rmb yuan 元",
    "INR": "₹ rs rs. rupees",
    "RUB": "₽ руб руб. rub.",
    "PLN": "zł zl",
    "CZK": "kč kc",
    "HUF": "ft ft.",
    "TRY": "₺ tl",
    "UAH": "₴",
    "KRW": "₩",
    "ILS": "₪",
    "BRL": "r$",
    "SEK": "skr",
    "DKK": "dkr",
    "NOK": "nkr",
}

# Countries as people call them beside their names in the standard.
COUNTRIES = {
    "GB": "uk, u k, great britain, britain, england, scotland, wales, northern ireland, "
    "grossbritannien, großbritannien, england uk, royaume uni, angleterre, reino unido, inghilterra, "
    "regno unito, verenigd koninkrijk",
    "US": "usa, u s a, u s, united states of america, america, états unis, estados unidos, "
    "stati uniti, verenigde staten, vereinigte staaten, eeuu, ee uu",
    "NL": "holland, the netherlands, niederlande, pays bas, países bajos, paesi bassi, nederland",
    "CZ": "czech republic, tschechien, tschechische republik, république tchèque",
    "RU": "russia, russland, russie, rusia",
    "KR": "south korea, korea, südkorea, corée du sud",
    "KP": "north korea, nordkorea",
    "IR": "iran",
    "SY": "syria, syrien",
    "VN": "vietnam, viet nam",
    "TR": "turkey, türkei, turquie",
    "CI": "ivory coast, elfenbeinküste",
    "CV": "cape verde",
    "MK": "macedonia",
    "SZ": "swaziland",
    "MM": "burma",
    "TW": "taiwan",
    "TZ": "tanzania",
    "BO": "bolivia",
    "VE": "venezuela",
    "MD": "moldova",
    "LA": "laos",
    "BN": "brunei",
    "PS": "palestine",
    "VA": "vatican",
}

# Languages of three letters that stand for one of two, as the Unicode locale data says; and what means no language.
LANGUAGES = {
    "cmn": "zh", "arb": "ar", "pes": "fa", "zsm": "ms", "swh": "sw", "ekk": "et", "lvs": "lv", "khk": "mn", "azj": "az",
    "uzn": "uz", "als": "sq", "npi": "ne", "ory": "or", "fil": "tl", "scc": "sr", "scr": "hr", "mol": "ro",
}  # fmt: skip
LANGUAGE_NAMES = {
    "el": "greek, modern greek, griechisch, neugriechisch, grec, griego, greco",
    "fa": "farsi, persian, persisch",
    "zh": "chinese, mandarin, mandarin chinese, simplified chinese, traditional chinese, 中文, 汉语, 漢語, "
    "简体中文, 繁體中文",
    "pt": "portuguese, brazilian portuguese, portuguese brazil",
    "nl": "dutch, flemish, flämisch, niederländisch, holländisch",
    "nb": "bokmål, norwegian bokmål",
    "nn": "nynorsk, norwegian nynorsk",
    "es": "spanish, castilian, castellano",
    "ms": "malay",
    "sw": "swahili",
    "he": "hebrew, ivrit",
    "gd": "gaelic, scottish gaelic",
    "km": "khmer",
    "ht": "haitian, haitian creole",
    "ps": "pashto",
}
NO_LANGUAGE = {"mul": "several languages", "mis": "a language without a code", "zxx": "no language"}
UNKNOWN_LANGUAGE = ("und", "xxx")

MONTHS = (
    (
        "january jan januar jän janvier janv enero ene gennaio gen januari janeiro styczeń stycznia sty "
        "leden tammikuu január"
    ),
    ("february feb februar februari février févr fev fév febrero febbraio fevereiro luty lutego lut únor helmikuu"),
    "march mar märz mär mrz mars marzo maart mrt março marts marzec marca březen maaliskuu március",
    "april apr avril avr abril abr aprile kwiecień kwietnia kwi duben huhtikuu április",
    "may mai mayo maggio mag mei maj maio květen toukokuu május",
    "june jun juni juin junio giugno giu junho czerwiec czerwca cze červen kesäkuu június",
    "july jul juli juillet juil julio luglio lug julho lipiec lipca lip červenec heinäkuu július",
    "august aug août aout agosto ago augustus augusti sierpień sierpnia sie srpen elokuu augusztus",
    ("september sep sept septembre septiembre settembre set setembro wrzesień września wrz září syyskuu szeptember"),
    (
        "october oct oktober okt octobre octubre ottobre ott outubro out październik października paź říjen "
        "lokakuu október"
    ),
    "november nov novembre noviembre novembro listopad listopada lis marraskuu",
    (
        "december dec dezember dez décembre déc diciembre dic dicembre desember des dezembro grudzień "
        "grudnia gru prosinec joulukuu"
    ),
)
WEEKDAYS = (
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday "
    "sun montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sa sonntag so lundi mardi mercredi "
    "jeudi vendredi samedi dimanche"
)
# Words that may stand in a date and say nothing.
DAY_WORDS = "st nd rd th er e of the de del le el il den der am on d'"
BEFORE_CHRIST = "bc bce v chr av j c a c n e"

UNITS = (
    "p pp pg pgs page pages s seite seiten pág págs páginas paginas pagine pagina pagina's sidor sid sider str strony"
)
