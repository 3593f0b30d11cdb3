"""Writes the revision that the schema needs, from the difference to what the revisions make.

`make migration SAYS="what changed"` adds a revision; `make baseline` writes the first one anew,
which is allowed until a release.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from policy_guard import migrations, schema

VERSIONS = migrations.HERE / "versions"


def main() -> int:
    """Write a revision, or say that none is needed."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("says", nargs="?", default="", help="what changed, as a sentence's words")
    parser.add_argument("--baseline", action="store_true", help="write the first revision anew")
    options = parser.parse_args()
    if options.baseline:
        for file in VERSIONS.glob("v*.py"):
            file.unlink()
    known = sorted(VERSIONS.glob("v*.py"))
    says = "The schema of the first release" if options.baseline else options.says
    with create_engine("sqlite://").begin() as tx:
        if known:
            command.upgrade(migrations.config(tx), "head")
        if not compare_metadata(MigrationContext.configure(tx), schema.metadata):
            print("the revisions make the schema as it is")
            return 0
        if not says:
            print("say what changed: make migration SAYS='...'", file=sys.stderr)
            return 2
        number = f"{len(known) + 1:04}"
        made = command.revision(
            migrations.config(tx), says, autogenerate=True, rev_id=number, head="head"
        )
    written = Path(made.path)
    name = "first" if options.baseline else "_".join(says.lower().split())[:40]
    file = written.rename(VERSIONS / f"v{number}_{name}.py")
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "### " not in line), "utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", file], check=True)
    print(f"wrote {file.relative_to(Path.cwd())}: read it before you keep it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
