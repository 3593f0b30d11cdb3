#!/usr/bin/env bash
# Builds the locked environment in .venv: finds Python 3.10, then uv or plain pip. Quick when
# nothing changed. Usage: scripts/environment.sh [runtime|dev]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lock="requirements/${1:-dev}.lock"
stamp=.venv/.built-from
wanted="$(cat "$lock" pyproject.toml | sha256sum | cut -d' ' -f1)"
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi

is_310() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1; }

find_uv() {
    local candidate
    for candidate in "${UV:-}" .tools/bin/uv "$(command -v uv 2>/dev/null || true)"; do
        # a shim may exist and fail, so it is run and not only looked at
        if [ -n "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    local base
    for base in "$1" python3 python; do
        if [ -n "$base" ] && "$base" -m venv .tools >/dev/null 2>&1 &&
            .tools/bin/python -m pip install --quiet "uv==0.13.9" >/dev/null 2>&1; then
            printf '%s\n' .tools/bin/uv
            return
        fi
    done
}

find_python() {
    local candidate uv
    for candidate in "${PYTHON:-}" python3.10 python3 python; do
        if [ -n "$candidate" ] && is_310 "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10*/bin/python; do
        if [ -x "$candidate" ] && is_310 "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    uv="$(find_uv "")"
    [ -n "$uv" ] || return 0
    candidate="$("$uv" python find --no-project 3.10 2>/dev/null || true)"
    if [ -z "$candidate" ] || ! is_310 "$candidate"; then
        "$uv" python install 3.10 >/dev/null 2>&1 || true
        candidate="$("$uv" python find --no-project 3.10 2>/dev/null || true)"
    fi
    if [ -n "$candidate" ] && is_310 "$candidate"; then
        printf '%s\n' "$candidate"
    fi
}

if [ -n "${PYTHON:-}" ] && ! is_310 "$PYTHON"; then
    echo "\`$PYTHON\`, named by PYTHON, is not a Python 3.10 that runs; looking for another" >&2
fi
python="$(find_python)"
if [ -z "$python" ]; then
    echo "no Python 3.10 was found: install it, or name one with PYTHON=/path/to/python3.10" >&2
    exit 1
fi

echo "building the environment with $("$python" --version) (this takes a minute)" >&2
export UV_NATIVE_TLS=true UV_SYSTEM_CERTS=true # the machine's own certificates, under either name

with_uv() {
    rm -rf .venv
    "$1" venv --quiet --no-project -p "$python" .venv &&
        "$1" pip sync --quiet -p .venv/bin/python --require-hashes "$lock" &&
        "$1" pip install --quiet -p .venv/bin/python --no-deps --no-build-isolation -e .
}

with_pip() {
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --require-hashes -r "$lock"
    .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
}

uv="$(find_uv "$python")"
if [ -z "$uv" ] || ! with_uv "$uv"; then
    [ -z "$uv" ] || echo "uv could not build it; trying with pip" >&2
    with_pip
fi
printf '%s\n' "$wanted" >"$stamp"
