#!/usr/bin/env bash
# Resolves requirements/*.in into lock files with hashes and without any address.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv="$(command -v uv || echo .tools/bin/uv)"
options=(--quiet -p .venv/bin/python --generate-hashes --no-header --no-annotate)
"$uv" pip compile "${options[@]}" requirements/runtime.in -o requirements/runtime.lock
"$uv" pip compile "${options[@]}" requirements/dev.in -c requirements/runtime.lock -o requirements/dev.lock
