#!/usr/bin/env bash
# Trains the model into models/bot.tar.gz if what it is trained from has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

digest_of() {
    find "$@" -type f ! -name "*.pyc" -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

stamp=models/.trained-from
wanted="$(digest_of config.yml domain.yml data nlu requirements/runtime.lock)"
if [ -f models/bot.tar.gz ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi
# Rasa keeps what it trained as long as data and settings are the same, whatever our code has become.
code="$(digest_of nlu requirements/runtime.lock)"
export RASA_CACHE_DIRECTORY=".rasa/cache/${code:0:16}"
echo "training the model (a minute or two)" >&2
mkdir -p models
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! TF_CPP_MIN_LOG_LEVEL=3 RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 \
    .venv/bin/rasa train --quiet --fixed-model-name bot --out models >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
printf '%s\n' "$wanted" >"$stamp"
