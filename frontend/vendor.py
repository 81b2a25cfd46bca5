"""Copy what Colophon takes from npm packages into static/, and write down what it is.

Run by hand when a version in package.json changes, never at run time or in tests:

    mkdir /tmp/vendor && cp frontend/package.json /tmp/vendor && npm install --ignore-scripts --prefix /tmp/vendor
    python frontend/vendor.py /tmp/vendor/node_modules

The copies are committed together with static/vendor/vendor.lock.json, which tests/ compares with the files.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "static"
LOCK = STATIC / "vendor" / "vendor.lock.json"

# package, file in the package, file in static/; {version} is the one installed.
FILES = [
    ("htmx.org", "dist/htmx.min.js", "vendor/htmx-{version}.min.js"),
    ("htmx.org", "LICENSE", "vendor/LICENSE-htmx.txt"),
    ("@tabler/icons", "LICENSE", "LICENSE-icons.txt"),
]

# Ours, not Tabler's: the pilcrow of the brand.
MARK_DRAWING = '<path d="M12.5 4.5v15M17 4.5v15M19.5 4.5h-9a4.4 4.4 0 0 0 0 8.8h2"/>'
MARK = f'<symbol id="mark" viewBox="0 0 24 24">{MARK_DRAWING}</symbol>'


def wanted_versions() -> dict[str, str]:
    """The exact versions of package.json, by package."""
    versions: dict[str, str] = json.loads((HERE / "package.json").read_text())["devDependencies"]
    return versions


def installed_version(modules: Path, package: str) -> str:
    """The version in node_modules; stops the script when it is not the one asked for."""
    version = str(json.loads((modules / package / "package.json").read_text())["version"])
    wanted = wanted_versions()[package]
    if version != wanted:
        sys.exit(f"{package} is {version}, package.json asks for {wanted}.")
    return version


def symbol(modules: Path, name: str) -> str:
    """One Tabler icon as a <symbol>: its drawing, without size, colour and the invisible frame."""
    source = (modules / "@tabler/icons/icons/outline" / f"{name}.svg").read_text()
    shapes = re.findall(r"<(?:path|circle|rect|line|polyline)[^>]*/>", source)
    drawing = "".join(shape for shape in shapes if 'stroke="none"' not in shape)
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'


def write_sprite(modules: Path) -> None:
    names = (HERE / "icons.txt").read_text().split()
    symbols = [MARK, *(symbol(modules, name) for name in names)]
    sprite = "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>", ""])
    (STATIC / "icons.svg").write_text(sprite)


def entry(package: str, version: str, path: Path) -> dict[str, str]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"file": str(path.relative_to(STATIC)), "name": package, "version": version, "sha256": digest}


def main(modules: Path) -> None:
    entries = []
    for package, source, target in FILES:
        version = installed_version(modules, package)
        path = STATIC / target.format(version=version)
        shutil.copyfile(modules / package / source, path)
        entries.append(entry(package, version, path))
    write_sprite(modules)
    entries.append(entry("@tabler/icons", installed_version(modules, "@tabler/icons"), STATIC / "icons.svg"))
    LOCK.write_text(json.dumps(entries, indent=2) + "\n")
    print(f"{len(entries)} files written down in {LOCK.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
