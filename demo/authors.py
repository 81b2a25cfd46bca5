"""The authors. Lives, countries and languages are true; the rights desks (at example.org) are invented.

`deceased` is a fact of the world; active, inactive and prospect say how a living author stands with our invented house.
"""

from demo.facts import AuthorFact
from models.author import Status

AUTHORS = (
    AuthorFact(
        "Jane Austen",
        "Austen, Jane",
        "GB",
        "Born in 1775 at Steventon, Hampshire. She published four novels in five years, all of them anonymously, "
        "and left two more that appeared after her death in 1817.",
        email="rights.austen@example.org",
    ),
    AuthorFact(
        "Mary Shelley",
        "Shelley, Mary",
        "GB",
        "Began *Frankenstein* at eighteen, beside Lake Geneva, in the cold summer of 1816. She was also the first "
        "editor of Percy Bysshe Shelley’s collected poems.",
    ),
    AuthorFact(
        "Charlotte Brontë",
        "Brontë, Charlotte",
        "GB",
        "Eldest of the three writing sisters of Haworth, Yorkshire. She signed her novels *Currer Bell* and "
        "outlived all the others.",
        email="rights.bronte@example.org",
    ),
    AuthorFact(
        "Emily Brontë",
        "Brontë, Emily",
        "GB",
        "Poet, and author of one novel. It appeared under the name *Ellis Bell* a year before her death in 1848.",
    ),
    AuthorFact(
        "Charles Dickens",
        "Dickens, Charles",
        "GB",
        "Reporter, editor, actor and the most widely read novelist of his time (1812–1870). Nearly all of his "
        "novels came out in weekly or monthly parts.",
        email="rights.dickens@example.org",
    ),
    AuthorFact(
        "George Eliot",
        "Eliot, George",
        "GB",
        "The pen name of Mary Ann Evans (1819–1880), translator of Strauss and Feuerbach before she turned to "
        "fiction at thirty-seven.",
        email="rights.eliot@example.org",
    ),
    AuthorFact(
        "Virginia Woolf",
        "Woolf, Virginia",
        "GB",
        "Novelist and essayist (1882–1941). With Leonard Woolf she founded the **Hogarth Press** in 1917 and set "
        "some of its type herself.",
        email="rights.woolf@example.org",
    ),
    AuthorFact(
        "James Joyce",
        "Joyce, James",
        "IE",
        "Born in Dublin in 1882, he lived in Trieste, Zürich and Paris and wrote about nothing but Dublin.",
    ),
    AuthorFact(
        "Mark Twain",
        "Twain, Mark",
        "US",
        "Samuel Langhorne Clemens (1835–1910): printer’s apprentice, river pilot, reporter, and the owner of a "
        "publishing house that failed.",
    ),
    AuthorFact(
        "Toni Morrison",
        "Morrison, Toni",
        "US",
        "Worked as an editor at Random House while writing her first novels. Nobel Prize in Literature 1993; died "
        "in 2019.",
        email="rights.morrison@example.org",
    ),
    AuthorFact(
        "Ursula K. Le Guin",
        "Le Guin, Ursula K.",
        "US",
        "Wrote of Earthsea and of the Hainish worlds from her house in Portland, Oregon. She lived from 1929 to "
        "2018 and also translated Lao Tzu and Gabriela Mistral.",
        email="rights.leguin@example.org",
        website="https://www.ursulakleguin.com",
    ),
    AuthorFact(
        "Margaret Atwood",
        "Atwood, Margaret",
        "CA",
        "Poet first, novelist since 1969. Winner of the Booker Prize in 2000 and, jointly, in 2019.",
        status=Status.ACTIVE,
        email="desk.atwood@example.org",
        website="https://margaretatwood.ca",
    ),
    AuthorFact(
        "Chinua Achebe",
        "Achebe, Chinua",
        "NG",
        "His first novel, posted from Lagos to London as the only manuscript, has been translated into more than "
        "fifty languages. He was founding editor of Heinemann’s *African Writers Series* and died in 2013.",
        email="rights.achebe@example.org",
    ),
    AuthorFact(
        "Chimamanda Ngozi Adichie",
        "Adichie, Chimamanda Ngozi",
        "NG",
        "Grew up in Nsukka, in a house where Chinua Achebe had lived before. Her novels move between Nigeria and "
        "the United States, as she does.",
        status=Status.ACTIVE,
        email="desk.adichie@example.org",
        website="https://www.chimamanda.com",
    ),
    AuthorFact(
        "Ngũgĩ wa Thiong’o",
        "Ngũgĩ wa Thiong’o",
        "KE",
        "Wrote his first novels in English and, from 1977 on, in Gĩkũyũ. *Devil on the Cross* was drafted in "
        "prison. He died in 2025.",
    ),
    AuthorFact(
        "Rabindranath Tagore",
        "Tagore, Rabindranath",
        "IN",
        "Poet, painter, composer and founder of a school at Santiniketan. In 1913 he was the first writer from "
        "Asia to receive the Nobel Prize.",
    ),
    AuthorFact(
        "Victor Hugo",
        "Hugo, Victor",
        "FR",
        "Poet, playwright and novelist (1802–1885), for nineteen years in exile, most of them on Guernsey.",
        email="rights.hugo@example.org",
    ),
    AuthorFact(
        "Jules Verne",
        "Verne, Jules",
        "FR",
        "Born in Nantes in 1828. His fifty-four *Voyages extraordinaires* appeared with a single publisher, "
        "Hetzel and son.",
        email="rights.verne@example.org",
    ),
    AuthorFact(
        "Émile Zola",
        "Zola, Émile",
        "FR",
        "Once head of advertising at Hachette. He wrote the twenty novels of *Les Rougon-Macquart* in twenty-two "
        "years.",
    ),
    AuthorFact(
        "Marcel Proust",
        "Proust, Marcel",
        "FR",
        "Paid for the printing of his first volume himself, and went on adding to the proofs of the others until "
        "his death in 1922.",
    ),
    AuthorFact(
        "Thomas Mann",
        "Mann, Thomas",
        "DE",
        "Born in Lübeck in 1875, the son of a grain merchant, whose family he turned into his first novel. Nobel "
        "Prize 1929; in exile from 1933.",
        email="rights.mann@example.org",
    ),
    AuthorFact(
        "Franz Kafka",
        "Kafka, Franz",
        "CZ",
        "Lawyer at the Workers’ Accident Insurance Institute in Prague. He saw a few slim books through the "
        "press; the three novels were edited by Max Brod after his death in 1924.",
    ),
    AuthorFact(
        "Leo Tolstoy",
        "Tolstoy, Leo",
        "RU",
        "Count, officer, schoolmaster and vegetarian (1828–1910). His wife Sofia copied the drafts of *War and "
        "Peace* again and again.",
    ),
    AuthorFact(
        "Fyodor Dostoevsky",
        "Dostoevsky, Fyodor",
        "RU",
        "Wrote against deadlines and debts for most of his life (1821–1881), from 1866 with the help of the "
        "stenographer Anna Snitkina, whom he married.",
    ),
    AuthorFact(
        "Anton Chekhov",
        "Chekhov, Anton",
        "RU",
        "A doctor who paid for his studies with sketches for humorous papers. He left several hundred stories and "
        "the four great plays, and died in 1904 at forty-four.",
    ),
    AuthorFact(
        "Miguel de Cervantes Saavedra",
        "Cervantes Saavedra, Miguel de",
        "ES",
        "Soldier, captive in Algiers, tax collector, and from 1605 the author of the most famous book in Spanish.",
    ),
    AuthorFact(
        "Jorge Luis Borges",
        "Borges, Jorge Luis",
        "AR",
        "Poet, essayist and librarian (1899–1986). He directed the National Library of Argentina in the years "
        "when he could no longer read.",
        email="rights.borges@example.org",
    ),
    AuthorFact(
        "Gabriel García Márquez",
        "García Márquez, Gabriel",
        "CO",
        "Journalist and novelist from Aracataca, in the Colombian Caribbean. Nobel Prize 1982; he died in Mexico "
        "City in 2014.",
        email="rights.garciamarquez@example.org",
    ),
    AuthorFact(
        "Isabel Allende",
        "Allende, Isabel",
        "CL",
        "Begins each new book on 8 January. The first of them grew out of a letter to her grandfather.",
        status=Status.ACTIVE,
        email="desk.allende@example.org",
        website="https://www.isabelallende.com",
    ),
    AuthorFact(
        "Machado de Assis",
        "Machado de Assis, Joaquim Maria",
        "BR",
        "Typesetter’s apprentice, civil servant and, from 1897, first president of the Brazilian Academy of "
        "Letters. He hardly ever left Rio de Janeiro.",
    ),
    AuthorFact(
        "Clarice Lispector",
        "Lispector, Clarice",
        "BR",
        "Born in 1920 in Chechelnyk, Ukraine, and brought to Recife as a small child. Her last novel appeared "
        "weeks before her death in 1977.",
    ),
    AuthorFact(
        "José Saramago",
        "Saramago, José",
        "PT",
        "A trained car mechanic who became famous as a novelist at sixty. Nobel Prize 1998; he died on Lanzarote "
        "in 2010.",
    ),
    AuthorFact(
        "Italo Calvino",
        "Calvino, Italo",
        "IT",
        "Born in Cuba in 1923, raised in Sanremo. For decades he was also an editor at Einaudi in Turin and read "
        "other people’s manuscripts by day.",
    ),
    AuthorFact(
        "Selma Lagerlöf",
        "Lagerlöf, Selma",
        "SE",
        "A schoolteacher in Landskrona until her stories supported her. In 1909 she was the first woman to "
        "receive the Nobel Prize in Literature.",
    ),
    AuthorFact(
        "Tove Jansson",
        "Jansson, Tove",
        "FI",
        "Painter, cartoonist and writer from Helsinki (1914–2001), who wrote in Swedish and drew the Moomins herself.",
        email="rights.jansson@example.org",
        website="https://tovejansson.com",
    ),
    AuthorFact(
        "Stanisław Lem",
        "Lem, Stanisław",
        "PL",
        "Born in Lwów in 1921. He studied medicine, avoided becoming a military doctor, and wrote philosophy "
        "dressed as science fiction in Kraków.",
        website="https://lem.pl",
    ),
    AuthorFact(
        "Murasaki Shikibu",
        "Murasaki Shikibu",
        "JP",
        "A lady-in-waiting at the court in Kyoto about the year 1000. Her real name is not known: *Murasaki* is a "
        "heroine of her own book.",
    ),
    AuthorFact(
        "Natsume Sōseki",
        "Natsume Sōseki",
        "JP",
        "Gave up a university chair in 1907 to write serials for a newspaper, the *Asahi*. His family name stands "
        "first: it is Natsume.",
    ),
    AuthorFact(
        "Haruki Murakami",
        "Murakami, Haruki",
        "JP",
        "Kept a jazz bar in Tokyo until his second novel was out. He runs, translates and answers few questions.",
        status=Status.ACTIVE,
        email="desk.murakami@example.org",
        website="https://www.harukimurakami.com",
    ),
    AuthorFact(
        "Naguib Mahfouz",
        "Mahfouz, Naguib",
        "EG",
        "A civil servant in Cairo until he retired, and the author of some thirty-five novels, nearly all set "
        "there. Nobel Prize 1988; he died in 2006.",
    ),
    AuthorFact(
        "Orhan Pamuk",
        "Pamuk, Orhan",
        "TR",
        "Studied architecture, wanted to be a painter, and has written in longhand above the Bosphorus since "
        "1974. Nobel Prize 2006.",
        status=Status.INACTIVE,
        website="https://www.orhanpamuk.net",
    ),
    AuthorFact(
        "Han Kang",
        "Han Kang",
        "KR",
        "Poet and novelist from Gwangju, writing in Korean. Nobel Prize 2024. *On our wish list; nothing is signed.*",
        status=Status.PROSPECT,
        email="desk.han@example.org",
    ),
    AuthorFact(
        "Olga Tokarczuk",
        "Tokarczuk, Olga",
        "PL",
        "Trained as a psychologist; Nobel Prize 2018, awarded a year late. *On our wish list; nothing is signed.*",
        status=Status.PROSPECT,
    ),
)
