#!/bin/sh
# Make .venv (or the second argument) hold what a requirements file names, by hash. Does nothing when it already does.
# Usage: scripts/setup.sh requirements.txt|requirements-dev.txt, or scripts/setup.sh bench/requirements.txt bench/.venv
set -eu
cd "$(dirname "$0")/.."
wanted=$1
venv=${2:-.venv}
copy=$venv/installed-$(printf %s "$wanted" | tr / -)

say() { printf '%s\n' "$*" >&2; }

# A copy of each file lies there once all of it is installed, so an interrupted installation is begun again.
# requirements-dev.txt contains requirements.txt: it holds only while both are as they were.
installed() {
    [ -x "$venv/bin/python" ] &&
        cmp -s requirements.txt "$venv/installed-requirements.txt" &&
        cmp -s "$wanted" "$copy" &&
        "$venv/bin/python" -c '' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

with_uv() {
    command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1 || return 1
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$python" "$venv" || return 1
    uv pip install --quiet --python "$venv/bin/python" --require-hashes -r "$wanted"
}

# The lists name every package there is to be, so pip has nothing to resolve; some versions of it stumble over extras there.
with_pip() {
    if [ -x "$venv/bin/python" ] || "$python" -m venv "$venv" 2>/dev/null; then
        "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null 2>&1 || true
    else # Debian's python3 without python3-venv
        rm -rf "$venv"
        "$python" -m venv --without-pip "$venv"
    fi
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$wanted"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip --python "$venv/bin/python" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$wanted"
    else
        say "Neither uv nor pip is here. Install one of them, for example: apt-get install python3-venv"
        return 1
    fi
}

if installed; then exit 0; fi

if ! python=$(find_python); then
    say "Colophon needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python3 if it has another name."
    exit 1
fi
if [ -e "$venv" ] && ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf "$venv" # its Python is gone or too old
fi
say "Installing the packages of $wanted ..."
with_uv || with_pip
cp requirements.txt "$venv/installed-requirements.txt"
[ "$wanted" = requirements.txt ] || cp "$wanted" "$copy"
