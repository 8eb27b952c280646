#!/bin/sh
# Makes .venv with everything that running, training and testing need. Called by `make setup` when pyproject.toml,
# the constraints or this file changed; can be run again at any time.
#
#   PYTHON=/path/to/python3.11   takes that interpreter instead of the first fitting one on the PATH
#   DOCENT_SKIP_SYSTEM=1         leaves the system's packages alone
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# --- system libraries: Qt's window needs them on Linux, wheels do not bring them ---

system_packages="libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxkbcommon-x11-0 libx11-xcb1
  libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
  libxcb-xinerama0 libxcb-xkb1 fonts-inter fonts-noto-core fonts-noto-cjk"

install_system_packages() {
    command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 || return 0
    missing=""
    for package in $system_packages; do
        state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
        case $state in *" installed") ;; *) missing="$missing $package" ;; esac
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        say "these system packages are missing; if the window does not open, install them as root:"
        say "    apt-get install$missing"
        return 0
    fi
    say "installing system packages:$missing"
    # A machine without Debian's archive can still run the tests, if it has the libraries from elsewhere.
    # shellcheck disable=SC2086
    if ! { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing ||
        { $as_root apt-get update -q &&
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; }; } \
        </dev/null >/dev/null 2>&1; then
        say "could not install them; if the window does not open, install them by hand."
    fi
}

# --- Python ---

fits() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    # 3.11 first: it is what the constraints were made with.
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3 python}; do
        if command -v "$candidate" >/dev/null 2>&1 && fits "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

if [ -z "${DOCENT_SKIP_SYSTEM:-}" ]; then install_system_packages; fi

if [ -x .venv/bin/python ] && ! fits .venv/bin/python; then
    say "the Python of .venv is gone or too old; making it anew"
    rm -rf .venv
fi
if [ ! -x .venv/bin/python ]; then
    python=$(find_python) || fail "Python 3.11 or later with venv is needed (Debian: apt-get install python3-venv;
  macOS: brew install python@3.11). Set PYTHON=/path/to/python if it is not on the PATH."
    say "making .venv with $python"
    "$python" -m venv .venv
fi

say "installing Docent with its packages for training and development"
.venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check \
    --constraint packaging/constraints.txt --editable '.[train,dev]' ||
    fail "pip could not install the packages; its message above says why."

.venv/bin/python packaging/check_environment.py
