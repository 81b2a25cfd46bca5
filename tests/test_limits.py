"""What a request may look like at all."""

import re
from io import BytesIO

import pytest
from flask import Flask, request

from app import create_app
from config import Config
from limits import IdConverter, trusted_hosts
from tests.factories import make_book

FORM = "application/x-www-form-urlencoded"


def token_of(client, path="/login"):
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]


def test_a_body_over_the_limit_is_too_large_and_one_at_it_is_not(another_app):
    client = another_app(max_body=10_000).test_client()
    room = 10_000 - len("x=")
    assert client.post("/login", data={"x": "y" * room}).status_code == 400, "no token, and not too large"
    assert client.post("/login", data={"x": "y" * (room + 1)}).status_code == 413


def test_every_kind_of_large_body_is_refused_wherever_it_is_sent(anonymous):
    body = b"x" * 1_048_577
    for path in ("/login", "/healthz", "/nothing", "/books/new"):
        for content_type in (FORM, "application/json", "text/plain", "application/octet-stream", ""):
            answer = anonymous.post(path, data=body, content_type=content_type)
            assert answer.status_code == 413, (path, content_type)
            assert "too large" in answer.text


def test_a_body_without_a_length_is_refused_where_it_is_cut_off(another_app):
    client = another_app(max_body=10_000).test_client()

    def chunked(size):
        # What a server gives that reads chunks itself: the end is known, the length is not.
        environ = {
            "wsgi.input": BytesIO(b"x" * size),
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
        }
        return client.post("/login", content_type=FORM, environ_overrides=environ)

    assert chunked(9_000).status_code == 400
    assert chunked(20_000).status_code == 413


@pytest.mark.parametrize(("fields", "status"), [(999, 303), (1001, 413), (100_000, 413)])
def test_the_number_of_fields_is_limited(client, fields, status):
    body = "&".join(["csrf_token=" + token_of(client, "/account"), "theme=dark", *["a="] * (fields - 2)])
    assert client.post("/preferences", data=body, content_type=FORM).status_code == status


@pytest.mark.parametrize(("parts", "status"), [(998, 303), (1500, 413)])
def test_the_number_of_parts_is_limited(client, parts, status):
    data = {"csrf_token": token_of(client, "/account"), "theme": "dark", "a": ["x"] * parts}
    answer = client.post("/preferences", data=data, content_type="multipart/form-data")
    assert answer.status_code == status


def test_a_hostile_multipart_body_is_answered(client):
    body = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"\r" * 900_000 + b"\r\n--b--"
    answer = client.post("/preferences", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code in (400, 413)


def test_an_address_may_be_eight_thousand_characters_long(client):
    assert client.get("/books/?q=" + "%20" * 2666).status_code == 200
    answer = client.get("/books/?q=" + "%20" * 2667)
    assert answer.status_code == 414
    assert "too long" in answer.text


# Numbers in addresses


NO_IDS = ["0", "-1", "01", "1.0", "²", "١", "1e3", "0x1", "%00", "1%00", "9" * 19, "9" * 20, "9" * 400, str(2**63)]


@pytest.mark.parametrize("tail", ["", "/edit", "/delete"])
def test_what_is_no_id_is_no_address(client, session, tail):
    make_book(session)
    for text in NO_IDS:
        assert client.get(f"/books/{text}{tail}").status_code == 404, text


def test_the_largest_id_is_an_address_with_nothing_at_it(client):
    assert client.get(f"/books/{2**63 - 1}").status_code == 404


def test_ids_are_those_of_a_bigint_column():
    app = Flask("ids")
    app.url_map.converters["id"] = IdConverter
    app.add_url_rule("/<id:id>", "x", lambda id: f"{id + 1}")
    assert app.test_client().get("/41").text == "42"
    assert app.test_client().get(f"/{2**63 - 1}").text == str(2**63)
    assert app.test_client().get(f"/{2**63}").status_code == 404


# Hosts and proxies


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost/?x", "local host", "localhost@evil.example"]
)
def test_another_host_is_refused_with_a_page_that_needs_nothing(anonymous, host):
    for method in ("GET", "POST"):
        answer = anonymous.open("/login", method=method, headers={"Host": host})
        assert answer.status_code == 400
        assert host not in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000"])
def test_this_machine_s_own_names_are_known_in_development(anonymous, host):
    assert anonymous.get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("settings", "hosts"),
    [
        ({}, ["localhost", "127.0.0.1"]),
        ({"host": "192.0.2.1"}, None),
        ({"trusted_hosts": ("books.example",), "host": "192.0.2.1"}, ["books.example"]),
    ],
)
def test_the_hosts_are_those_named_else_those_of_this_machine(settings, hosts):
    assert trusted_hosts(Config(**settings)) == hosts


def test_a_request_has_to_say_which_server_it_is_for(app, anonymous):
    assert anonymous.get("/login", environ_overrides={"HTTP_HOST": ""}).status_code == 400
    assert anonymous.get("/login", environ_overrides={"RAW_URI": "http://evil.example/login"}).status_code == 400
    assert anonymous.get("/login", environ_overrides={"RAW_URI": "/login"}).status_code == 200


@pytest.mark.parametrize("method", ["TRACE", "FOO", "PROPFIND", "CONNECT"])
def test_unknown_methods_are_not_allowed(client, method):
    for path in ("/", "/books/", "/books/1", "/login", "/account"):
        answer = client.open(path, method=method)
        assert answer.status_code == 405, path
        assert "GET" in answer.headers["Allow"]


def test_a_method_is_not_overridden(client, session, stored):
    book = make_book(session)
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert client.get(f"/books/{book.id}/delete?_method=POST", headers={header: "POST"}).status_code == 200
        assert client.get(f"/books/{book.id}", headers={header: "DELETE"}).status_code == 200
    assert stored(type(book), book.id)


# fmt: off
NOWHERE = [
    "/.git/config", "/.git/HEAD", "/.env", "/console", "/?__debugger__=yes&cmd=resource&f=debugger.js", "/static/",
    "/static", "/admin", "/config.py", "/app.py", "/instance/colophon.db", "/instance/secret_key", "/robots.txt~",
    "/server-status", "/phpinfo.php", "/metrics/", "/debug", "/_debug_toolbar/", "/openapi.json", "/swagger", "/api",
    "/templates/auth/login.html", "/migrations/env.py", "/requirements.txt", "/..%2fconfig.py", "/%2e%2e/config.py",
    "/static/..%2f..%2fconfig.py", "/.well-known/security.txt~", "/backup.zip", "/wp-login.php",
]
# fmt: on


def test_thirty_paths_that_lead_nowhere(anonymous):
    for path in NOWHERE:
        answer = anonymous.get(path)
        # «/?__debugger__=yes» is the home page, which asks to sign in.
        assert answer.status_code == 404 or answer.location.startswith("/login"), path


def test_static_files_are_only_those_of_the_folder(app, anonymous):
    for name in (
        "../config.py",
        "..%2fconfig.py",
        "%2e%2e/config.py",
        "css/",
        "css",
        "",
        ".",
        "css/../../app.py",
    ):
        assert anonymous.get(f"{app.static_url_path}/{name}").status_code == 404, name


def test_behind_a_proxy_its_word_on_address_and_scheme_counts_and_the_host_is_still_checked():
    app = create_app(Config(database_url="sqlite://", secret_key="x" * 60, testing=True, proxies=1))
    seen = {}

    @app.before_request
    def look():
        seen.update(address=request.remote_addr, scheme=request.scheme, host=request.host)

    headers = {
        "X-Forwarded-For": "198.51.100.1, 203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    assert app.test_client().get("/healthz", headers=headers).status_code == 200
    assert seen == {"address": "203.0.113.9", "scheme": "https", "host": "localhost"}
