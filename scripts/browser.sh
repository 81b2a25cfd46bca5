#!/bin/sh
# Provide a Chromium for the browser tests: nothing to do where there is one, Debian's package where root may install it.
set -eu
cd "$(dirname "$0")/.."

if .venv/bin/python -m tests.browsers >/dev/null; then exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update
    apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends chromium
else
    echo "No Chromium: install it, or set CHROMIUM=/path/to/it. Without one the browser tests cannot run." >&2
fi
