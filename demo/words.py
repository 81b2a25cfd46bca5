"""The words that generated catalogues are made of. Nobody and nothing here is meant to exist."""

from typing import NamedTuple


class Origin(NamedTuple):
    """Where an invented author comes from: ISO 3166 country, ISO 639-1 language, and how people are called there."""

    country: str
    language: str
    first: tuple[str, ...]
    last: tuple[str, ...]


ORIGINS = (
    Origin(
        "GB",
        "en",
        ("Agnes", "Arthur", "Beatrice", "Colin", "Dorothy", "Edmund", "Flora", "Gareth", "Harriet", "Imogen", "Rhys"),
        ("Ashdown", "Blackwood", "Carrow", "Fenwick", "Garside", "Hollis", "Ingham", "Lockyer", "Pryce", "Wetherby"),
    ),
    Origin(
        "IE",
        "en",
        ("Aoife", "Brendan", "Ciarán", "Deirdre", "Eoin", "Gráinne", "Niamh", "Oisín", "Róisín", "Séamus"),
        ("Brannigan", "Delaney", "Farrelly", "Keogh", "Ní Dhomhnaill", "Ó Faoláin", "O’Hanlon", "Quirke", "Tierney"),
    ),
    Origin(
        "US",
        "en",
        ("Abigail", "Calvin", "Delia", "Emmett", "Ida", "Jerome", "Loretta", "Marcus", "Opal", "Silas", "Wanda"),
        ("Abernathy", "Bellweather", "Calloway", "Dupree", "Hargrove", "Killian", "Merriwether", "Stoddard", "Tull"),
    ),
    Origin(
        "FR",
        "fr",
        ("Anaïs", "Benoît", "Clémence", "Didier", "Élodie", "François", "Hélène", "Jérôme", "Noëlle", "Rémi"),
        ("Aubrac", "Béranger", "Chastenet", "de la Roche", "Fournival", "Lecœur", "Marchandeau", "Quénaud", "Vasseur"),
    ),
    Origin(
        "DE",
        "de",
        ("Annegret", "Bernd", "Dörte", "Friedrich", "Grete", "Jürgen", "Käthe", "Lothar", "Sören", "Ulrike"),
        ("Achternbusch", "Brügge", "Großkopf", "Hälbig", "Köster", "Mühlbauer", "Räthke", "Schünemann", "Wöhlert"),
    ),
    Origin(
        "ES",
        "es",
        ("Álvaro", "Begoña", "César", "Dolores", "Íñigo", "Jimena", "Nicolás", "Pilar", "Ramón", "Ximena"),
        (
            "Alcántara",
            "Bermúdez Peña",
            "Carrión",
            "Ibáñez Soler",
            "Muñoz",
            "Quiñones",
            "Sepúlveda",
            "Urrutia",
            "Zúñiga",
        ),
    ),
    Origin(
        "BR",
        "pt",
        ("Antônio", "Conceição", "Débora", "Estêvão", "Inês", "João", "Luísa", "Mônica", "Otávio", "Zélia"),
        ("Assunção", "Brandão", "Carvalho Leão", "da Conceição", "Guimarães", "Magalhães", "Patrício", "Simões"),
    ),
    Origin(
        "PL",
        "pl",
        (
            "Bożena",
            "Czesław",
            "Elżbieta",
            "Grażyna",
            "Łukasz",
            "Małgorzata",
            "Paweł",
            "Stanisława",
            "Władysław",
            "Zofia",
        ),
        ("Brzęczyk", "Dąbrowski", "Gałązka", "Jabłońska", "Łoziński", "Piątek", "Śliwa", "Wójcik", "Żeleźniak"),
    ),
    Origin(
        "CZ",
        "cs",
        ("Anežka", "Bořivoj", "Čeněk", "Jiří", "Ludmila", "Ondřej", "Růžena", "Šimon", "Tomáš", "Zdeňka"),
        ("Bezděk", "Čapková", "Dvořáček", "Hošek", "Kříž", "Nezmar", "Říha", "Šťastný", "Vrána", "Žižka"),
    ),
    Origin(
        "SE",
        "sv",
        ("Åsa", "Björn", "Gunilla", "Håkan", "Ingrid", "Märta", "Örjan", "Pär", "Sölve", "Ylva"),
        ("Åkerlund", "Bäckström", "Dahlgren", "Fägersköld", "Hammarö", "Lindroth", "Öberg", "Rönn", "Sjöstedt"),
    ),
    Origin(
        "TR",
        "tr",
        ("Ayşe", "Burçin", "Çağlar", "Ersoy", "Gülşen", "İpek", "Oğuz", "Şebnem", "Tuğba", "Ümit"),
        ("Akgün", "Bozoğlu", "Çelebi", "Demirtaş", "Güneş", "İnan", "Kılıç", "Öztürk", "Şimşek", "Yıldız"),
    ),
    Origin(
        "NG",
        "en",
        ("Adaeze", "Babatunde", "Chidinma", "Ẹfẹ", "Folúkẹ́", "Ifeoma", "Kẹ́hìndé", "Ngozi", "Olúwaseun", "Uche"),
        ("Adéyẹmí", "Balogun", "Chukwuemeka", "Ezenwa", "Idowu", "Nwosu", "Ọlátúnjí", "Okonjo", "Umeh"),
    ),
    Origin(
        "IN",
        "hi",
        ("Aditi", "Bhaskar", "Chitra", "Devika", "Gopal", "Kavita", "Mohan", "Nandini", "Rukmini", "Vikram"),
        (
            "Acharya",
            "Bhattacharya",
            "Chaudhuri",
            "Deshpande",
            "Iyengar",
            "Kulkarni",
            "Mukherjee",
            "Nair",
            "Rao",
            "Sethi",
        ),
    ),
    Origin(
        "JP",
        "ja",
        ("Akemi", "Daichi", "Fumiko", "Haruto", "Junichirō", "Keiko", "Makoto", "Reiko", "Shōhei", "Yūko"),
        ("Aoyagi", "Fukuhara", "Hoshino", "Katō", "Kurosawa", "Minamoto", "Ōtsuka", "Shirakawa", "Tsukuda", "Yūki"),
    ),
    Origin(
        "VN",
        "vi",
        ("Ánh", "Bảo", "Đức", "Hạnh", "Khánh", "Lệ", "Minh", "Ngọc", "Phượng", "Thủy"),
        ("Đặng", "Đinh", "Hoàng", "Lê", "Nguyễn", "Phạm", "Trần", "Trịnh", "Võ", "Vũ"),
    ),
    Origin(
        "EG",
        "ar",
        ("Amal", "Bassem", "Dalia", "Farid", "Hoda", "Karim", "Layla", "Nadia", "Samir", "Yasmin"),
        ("Abaza", "el-Baz", "Darwish", "Fahmy", "Habib", "Mansour", "Naguib", "Rizk", "Shalaby", "Zaki"),
    ),
)

# No word begins with a vowel sound, so that «a» always fits.
ADJECTIVES = (
    *("blue", "borrowed", "brief", "bright", "broken", "burning", "careful", "cold", "common"),
    *("crooked", "distant", "doubtful", "false", "familiar", "final", "foreign", "forgotten"),
    *("frozen", "gentle", "golden", "half-read", "hidden", "hollow", "last", "late"),
    *("bitter", "crowded", "drowsy", "forbidden", "midnight", "paper", "rusty", "scarlet", "thirsty", "weightless"),
    *("lonely", "lost", "narrow", "nameless", "northern", "pale", "patient", "quiet"),
    *("reluctant", "restless", "salt", "second", "secret", "silent", "silver", "slow", "small", "southern", "steady"),
    *("stolen", "strange", "sudden", "sunken", "tender", "tidal", "vanishing", "winter"),
)
NOUNS = (
    *("bell", "bridge", "calendar", "carpenter", "cartographer", "clock"),
    *("coast", "compass", "cousin", "ferry", "fire", "fog", "garden", "gate", "glass", "harbour", "harvest", "heron"),
    *("horizon", "house", "hunger", "journey", "key", "lamp", "ledger", "letter", "library"),
    *("lighthouse", "map", "market", "mirror", "moth", "mountain", "night", "notebook", "paper"),
    *("pilgrim", "portrait", "postman", "promise", "rain", "river", "road", "room", "salt", "season", "shadow"),
    *("shore", "silence", "sister", "snow", "song", "staircase", "station", "stone", "storm", "street", "summer"),
    *("bakery", "button", "caravan", "castle", "cellar", "daughter", "festival", "gardener", "lantern", "painter"),
    *("parcel", "photograph", "recipe", "shepherd", "teacher", "theatre", "village", "watchmaker"),
    *("tailor", "thread", "tide", "tower", "train", "translator", "valley", "violin", "visitor", "voice", "well"),
    *("widow", "window", "wind", "winter", "witness", "wolf", "wood", "year"),
)
PLACES = (
    *("Ålesund", "Alexandria", "Antwerp", "Bruges", "Chennai", "Coimbra", "Córdoba", "Dubrovnik", "Evora", "Galway"),
    *("Ghent", "Göteborg", "Hạ Long", "İzmir", "Kraków", "Kyoto", "Lagos", "Lisbon", "Łódź", "Lübeck", "Malmö"),
    *(
        "Nantes",
        "Odense",
        "Oaxaca",
        "Plzeň",
        "Porto",
        "Rēzekne",
        "São Luís",
        "Sète",
        "Tórshavn",
        "Trieste",
        "Valparaíso",
    ),
)
# {a} and {b} are adjectives, {n} and {m} nouns, {p} a place.
TITLES = (
    "The {a} {n}",
    "The {a} {n} of {p}",
    "A {n} in {p}",
    "The {n} and the {m}",
    "{p}, a {a} {n}",
    "What the {n} knew",
    "The {n} at the end of the {m}",
    "{a} {n}, {b} {m}",
    "Letters to a {a} {n}",
    "The {n} of {p}",
    "On the {a} {m} of {p}",
    "Nobody’s {n}",
)
SUBTITLES = (
    "A novel",
    "Stories",
    "A life in letters",
    "Essays, with an afterword",
    "Book one of three",
    "An unreliable history",
    "Poems and drafts",
    "A journey in twelve months",
)
DESCRIPTIONS = (
    "A {a} {n}, a {m} and everything that was left unsaid between them.",
    "Somebody comes to {p} to sell a {n} and stays for the {m}.",
    "Three generations, one {a} {n}. The youngest begins to ask.",
    "It begins with a {n} found in {p}. It does not end there.",
    "The year of the {a} {m}, told by the last person who remembers the {n}.",
    "*Translated for the first time.* A {n}, a {a} {m}, and a good deal of rain.",
)
BIOGRAPHIES = (
    "Born in {p}. Has written about a {n}, a {m} and little else.",
    "Taught in {p} for many years. The *{a} {n}* made the name known.",
    "Lives in {p} with a {a} {n}.",
    "Began with poems, went on with a {n}, and is now working on the {m}.",
)
POST_TITLES = (
    "Notes on the {a} {n}",
    "A week in {p}",
    "Why we reprint the {n}",
    "The {n}, the {m} and the price",
    "Reading a {a} {n} aloud",
    "From the workshop: the {n} of {p}",
    "What a {n} costs",
    "In praise of the {a} {m}",
)
POST_HEADINGS = ("What happened", "The long answer", "Three questions", "What we changed", "Figures", "And now?")
POST_PARAGRAPHS = (
    "It began with a {n}. Nobody in {p} could say where it had come from, and so we asked.",
    "There are **two** ways to look at a {a} {m}: from the front, like everybody, or from the side on which it is "
    "glued.",
    "The printer sent three samples. We chose the {a} one, slept on it, and chose again.",
    "- one {n}, {a}\n- two of the {m}, if they can be had\n- nothing at all, which is cheaper than one thinks",
    "> A {n} is a {m} that somebody has read.",
    "1. Count the {m}.\n2. Count it again.\n3. Ask somebody in {p}.",
    "What it comes to in the end is *time*: for the {n}, for the {m}, and for the reader, who has least of it.",
    "A bookseller wrote to us from {p}. She had sold one {a} {n} in a year, and then nine within a week.",
    "We do not know yet. When we do, it will stand here, and not in a {a} {m}.",
)
TAGS = (
    *("Archives", "Awards", "Book fairs", "Classics", "Copyright", "Correspondence", "Crime", "Debuts", "Design"),
    *("Diaries", "Distribution", "Drama", "Editing tools", "Essays", "Exhibitions", "Food", "Gardens", "History"),
    *("Illustration", "Interviews", "Islands", "Letters", "Letterpress", "Maps", "Memoir", "Music", "Nature"),
    *("Newsletters", "Notebooks", "Novellas", "Obituaries", "Paperbacks", "Philosophy", "Photography", "Poetry"),
    *("Reprints", "Reviews", "Schools", "Science", "Series", "Short stories", "Sustainability", "Theatre", "Travel"),
    *("Warehousing", "Weather", "Workshops", "Young readers"),
)
