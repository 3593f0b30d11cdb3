"""Whatever the files hold, the command ends with 0, 1 or 2 and never with a traceback."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_guard.lint import cli
from tests.lint.workbench import HERE

FILES = sorted(
    file
    for shape in (HERE / "shapes").iterdir()
    for file in shape.rglob("*")
    if file.suffix in {".yml", ".py"}
)
FORMATS = ("text", "json", "sarif", "github", "junit")
#: Pieces that mean something to YAML, to Python, or to a decoder.
ODD = (
    b"&a ",
    b"*a ",
    b"<<: *a\n",
    b"- ",
    b": ",
    b"? ",
    b"| ",
    b">-\n",
    b"!!binary ",
    b"!x ",
    b"%YAML 9\n",
    b"---\n",
    b"...\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"'",
    b"\t",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe9",
    b"\xed\xa0\x80",
    "\u2028".encode(),
    "\U0001f600".encode(),
    b"~",
    b"null",
    b"1e999",
    b"0x",
    b"2026-01-01",
    b"{order",
    b"}}",
    b"# lint: ignore",
    b"# lint: ignore[W412",
    b"responses:\n",
    b"  utter_a:\n",
    b"\n" * 3,
)
law = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def ended(folder: Path, *words: str) -> tuple[int, str, str]:
    """Run the command and return its exit code and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main([str(folder), *words])
    return code, out.getvalue(), err.getvalue()


def holds(folder: Path, *words: str) -> None:
    """Assert that the command ends as it should, with one sentence a problem."""
    code, out, err = ended(folder, *words)
    assert code in {0, 1, 2}
    assert "Traceback" not in out + err
    for line in err.splitlines():
        assert re.match(r"\S.*: ", line), line
    if code == 2:
        assert err or out


@law
@given(st.binary(max_size=200), st.sampled_from(["domain.yml", "actions.py", "alerts.yml"]))
def test_any_bytes_end_with_a_sentence(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / name).write_bytes(content)
        holds(Path(place))


@law
@given(st.data(), st.sampled_from(FORMATS), st.sampled_from(FILES))
def test_a_project_that_was_broken_somewhere_ends_with_a_sentence(
    data: st.DataObject, form: str, file: Path
) -> None:
    content = file.read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.sampled_from((0, 0, 1, 5, 40)))
        content = content[:at] + data.draw(st.sampled_from(ODD)) + content[at + cut :]
    name = file.name if file.suffix == ".yml" else "actions.py"
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / name).write_bytes(content)
        words = ["--preview"] if data.draw(st.booleans()) else ["--format", form]
        holds(Path(place) / name, *words)


@law
@given(st.data(), st.sampled_from(FILES))
def test_a_fix_leaves_a_broken_project_readable_or_alone(data: st.DataObject, file: Path) -> None:
    content = file.read_bytes()
    at = data.draw(st.integers(0, len(content)))
    content = content[:at] + data.draw(st.sampled_from(ODD)) + content[at:]
    name = file.name if file.suffix == ".yml" else "actions.py"
    with tempfile.TemporaryDirectory() as place:
        mine = Path(place) / name
        mine.write_bytes(content)
        before = ended(mine)[0]
        after = ended(mine, "--fix", "--unsafe-fixes")[0]
        if before == 2:
            assert mine.read_bytes() == content
        assert after in ({2} if before == 2 else {0, 1})
        assert ended(mine)[0] == after


@pytest.mark.parametrize("target", ["nowhere.yml", "domain.yml", "."])
def test_a_link_that_leads_nowhere_is_told_of(tmp_path: Path, target: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text("nlu: []\n", "utf-8")
    (tmp_path / "domain.yml").symlink_to(target)
    code, _, err = ended(tmp_path)
    if target == ".":  # a folder in the place of a file is no file of the project
        assert code == 0
    else:
        assert code == 2
        assert err.startswith(f"{tmp_path / 'domain.yml'}: cannot be read: ")


def test_a_loop_of_folders_is_walked_once(tmp_path: Path) -> None:
    shutil.copytree(HERE / "shapes" / "mood", tmp_path / "mood")
    before = ended(tmp_path / "mood")
    (tmp_path / "mood" / "data").mkdir(exist_ok=True)
    (tmp_path / "mood" / "data" / "again").symlink_to(tmp_path / "mood", target_is_directory=True)
    assert ended(tmp_path / "mood") == before
