"""The browser of the tests: where a Chromium comes from, how a page is opened, and what counts as a fault of a page.

`python -m tests.browsers` prints the Chromium that would be used and fails when there is none.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
HEIGHTS = {1280: 800, 390: 844}


def find() -> str | None:
    """The path of a Chromium: CHROMIUM, else one on the PATH or at its usual place."""
    if given := os.environ.get("CHROMIUM"):
        return given
    found = (path for name in NAMES if (path := shutil.which(name)))
    return next(found, None) or next((place for place in PLACES if os.access(place, os.X_OK)), None)


def launch(playwright: Playwright, executable: str) -> Browser:
    return playwright.chromium.launch(executable_path=executable, args=list(QUIET))


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    javascript: bool = True
    scheme: str = "light"
    width: int = 1280

    def __str__(self) -> str:
        return f"{self.scheme}-{self.width}{'' if self.javascript else '-noscript'}"


LOOKS = [Look(scheme=scheme, width=width) for scheme in ("light", "dark") for width in HEIGHTS]
# A page looks the same whatever database is behind it: each has a light look and a dark one, a wide one and a narrow.
IN_EVERY_LOOK = pytest.mark.parametrize(
    ("kind", "look"),
    list(zip(("sqlite", "postgresql", "postgresql", "sqlite"), LOOKS, strict=True)),
    ids=str,
    indirect=["kind"],
)
WITH_AND_WITHOUT_SCRIPT = [Look(), Look(javascript=False)]


@dataclass
class Faults:
    """What went wrong in a page without anybody looking: console messages (a CSP report is one), script errors."""

    found: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def expect(self, *statuses: int) -> None:
        """Chromium itself notes each answer from 400 on in the console; a test that provokes one names its status."""
        self.expected.update(statuses)

    def note_message(self, message: ConsoleMessage) -> None:
        told = message.text
        if told.startswith("Clear-Site-Data header on"):
            return  # Chromium says that it did what the server asked for at sign-out
        if not any(f"the server responded with a status of {status}" in told for status in self.expected):
            path = urlsplit(message.location.get("url", "")).path
            self.found.append(f"console {message.type}: {told} ({path})")

    def watch(self, page: Page) -> None:
        page.on("console", self.note_message)
        page.on("pageerror", lambda error: self.found.append(f"script error: {error}"))


@contextmanager
def context(browser: Browser, base_url: str, look: Look, faults: Faults) -> Iterator[BrowserContext]:
    """A browser context of its own: its cookies, its storage, its look. Every page of it is watched for faults."""
    opened = browser.new_context(
        base_url=base_url,
        java_script_enabled=look.javascript,
        color_scheme=look.scheme,  # type: ignore[arg-type]
        viewport={"width": look.width, "height": HEIGHTS.get(look.width, 800)},
        has_touch=look.width < 600,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    opened.set_default_timeout(10_000)
    opened.on("page", faults.watch)
    try:
        yield opened
    finally:
        opened.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds in the page as it stands, one line per rule and element."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


if __name__ == "__main__":
    chromium = find()
    print(chromium or "No Chromium found.")
    sys.exit(chromium is None)
