"""Fixes: they mend what they say, keep quotes, comments and layout, and touch nothing else."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_guard.lint import fixes, tree
from policy_guard.lint.reader import load_text
from policy_guard.lint.source import of_text
from policy_guard.lint.tree import Leaf
from policy_guard.lint.writing import edited
from tests.lint.workbench import HERE, OPTIONS, ROOT, read, reports


def mended(text: str, *ids: str, unsafe: bool = True) -> str:
    project = load_text(text, options=OPTIONS)
    found = fixes.mended(reports(project, *ids), unsafe=unsafe)
    return found[0].text if found else text


def response(text: str) -> str:
    return f"responses:\n  utter_a:\n{text}"


# -- single fixes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('    - text: "A!!!" # loud\n', '    - text: "A!" # loud\n'),
        ("    - text: 'It''s   you!!'\n", "    - text: 'It''s you!'\n"),
        ("    - text: plain  words!!  # why\n", "    - text: plain words!  # why\n"),
        ("    - {text: ' A ', image: x}\n", "    - {text: 'A', image: x}\n"),
        (
            "    - text: |\n        One!!!\n\n        two  words\n",
            "    - text: |\n        One!\n\n        two words\n",
        ),
        ('    - text: "a \\"b\\"  c\\u00e9!!"\n', '    - text: "a \\"b\\" c\\u00e9!"\n'),
        (  # a line that a backslash folds: the blanks of the next one are its layout
            '    - text: "Monday at\\\n        \\  the latest!!!\\\n        \\ Bye"\n',
            '    - text: "Monday at\\\n        \\ the latest!\\\n        \\ Bye"\n',
        ),
        ('    - text: "A!!!\n        B"\n', '    - text: "A!\n        B"\n'),
    ],
)
def test_safe_fixes_keep_quotes_comments_and_layout(before: str, after: str) -> None:
    assert mended(response(before), unsafe=False) == response(after)


def test_what_stands_across_an_escaped_fold_is_left() -> None:
    text = response('    - text: "Bye!\\\n        !! now"\n')
    assert mended(text) == text


DECLARED = "      metadata: {messenger: {purpose: news, topic: news}}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('    - text: "Hi {name}! your order is here."\n', '    - text: "Your order is here."\n'),
        ("    - text: 'Bonjour, l''heure est là.'\n", "    - text: 'L''heure est là.'\n"),
        ("    - text: We are pleased to tell you that it is here.\n", "    - text: It is here.\n"),
        ('    - text: "THIS IS LOUD, OK"\n', '    - text: "This is loud, ok"\n'),
    ],
)
def test_unsafe_fixes_change_the_words_they_name(before: str, after: str) -> None:
    text = response(before + DECLARED)
    assert mended(text) == response(after + DECLARED)
    assert mended(text, unsafe=False) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tag: ACCOUNT_UPDATE # old\ntext: hi\n", "text: hi\n"),
        ("text: hi\n# before\ntag: X # old\n", "text: hi\n# before\n"),
        ("text: hi\nrecipient:\n  id: 1\nquick_replies: []\n", "text: hi\nquick_replies: []\n"),
        ("text: hi\nrecipient:\n  id: 1\n\n# end\n", "text: hi\n\n# end\n"),
        ("{text: hi, tag: X}\n", "{text: hi}\n"),
        ("{tag: X, text: hi}\n", "{text: hi}\n"),
        ("tag: |\n  X\ntext: hi\n", "text: hi\n"),
        ("text: hi\ntag: |\n  X\n\n# end\n", "text: hi\n# end\n"),
    ],
)
def test_a_key_is_taken_out_with_its_line_and_nothing_more(before: str, after: str) -> None:
    def custom(text: str) -> str:
        return response("    - custom:\n" + textwrap.indent(text, "        "))

    found = mended(custom(before), unsafe=False)
    assert yaml.safe_load(found) == yaml.safe_load(custom(after))
    comments = [line for line in after.splitlines() if "#" in line]
    assert all(line.strip() in found for line in comments)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("recipient: {id: 1}\n# next\ntext: hi\n", "# next\ntext: hi\n"),
        ("# who\nrecipient:\n  id: 1\n# next\ntext: hi\n", "# who\n# next\ntext: hi\n"),
        ("{\n  text: hi,  # said\n  tag: X  # old\n}\n", "{\n  text: hi,  # said\n}\n"),
        ("{\n  tag: X,  # old\n  # next\n  text: hi\n}\n", "{\n  # next\n  text: hi\n}\n"),
        ("{text: hi,  # said\n  tag: X}\n", "{text: hi,  # said\n  }\n"),
        ("{tag: X, # both\n  text: hi}\n", "{# both\n  text: hi}\n"),
    ],
)
def test_comments_about_other_keys_stay_letter_for_letter(before: str, after: str) -> None:
    def custom(text: str) -> str:
        return response("    - custom:\n" + textwrap.indent(text, "        "))

    assert mended(custom(before), unsafe=False) == custom(after)


def test_a_key_beside_the_dash_leaves_the_comment_below_it() -> None:
    text = response("    - custom:\n        - tag: X # old\n          # next\n          text: hi\n")
    assert mended(text) == response(
        "    - custom:\n        - \n          # next\n          text: hi\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    - text: |\n        one!!\n        two  \n", "one!\n        two\n"),
        ("    - text: >\n        one!!\n        two\n", "one!\n        two\n"),
        ('    - text: "a" # lint: ignore[W412] old\n    - text: b\n', '"a"\n    - text: b\n'),
        ("    # lint: ignore[W412] old\n    - text: b\n", "utter_a:\n    - text: b\n"),
        ("    - custom:\n      - tag: X\n        text: b\n", "      - text: b\n"),
    ],
)
def test_fixes_keep_the_line_ends_of_windows(before: str, after: str) -> None:
    found = mended(response(before).replace("\n", "\r\n"))
    assert found.endswith(after.replace("\n", "\r\n"))


def test_the_last_key_of_a_map_is_left_where_it_is() -> None:
    text = response("    - custom:\n        tag: X\n")
    assert mended(text) == text


def test_a_comment_that_is_not_needed_is_taken_out() -> None:
    text = response(
        '    - text: "A" # lint: ignore[W412] old\n'
        "    # lint: ignore[W405] old too\n"
        '    - text: "B!!!" # lint: ignore[W405, W412] still needed\n'
    )
    assert mended(text, "X901") == response(
        '    - text: "A"\n    - text: "B!!!" # lint: ignore[W412] still needed\n'
    )


def test_custom_json_of_another_channel_is_left_as_it_is() -> None:
    text = response("    - channel: slack\n      custom: {tag: X, recipient: 1, text: hi}\n")
    assert mended(text) == text


def test_a_text_that_was_a_map_is_quoted() -> None:
    assert mended(response("    - text: {name}\n")) == response('    - text: "{name}"\n')


def test_a_map_that_holds_quotes_is_left_as_it_is() -> None:
    text = response('    - text: {name: "Sam"}\n')
    assert mended(text) == text


def test_a_link_is_encrypted() -> None:
    text = response("    - buttons:\n        - {title: A, url: http://a.example/x?y=1#z}\n")
    assert "url: https://a.example/x?y=1#z}" in mended(text)


# -- what must never happen ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "start", "end", "new"),
    [("a::b#c", 1, 4, " "), ("a:b", 2, 2, " "), ("ab", 1, 2, ":"), ("a :b", 1, 3, " #")],
)
def test_an_edit_that_would_end_a_plain_scalar_is_not_made(
    value: str, start: int, end: int, new: str
) -> None:
    found = tree.parse(of_text(f"text: {value}\nz: 1\n", "domain.yml"))
    assert isinstance(found, tree.Branch)
    leaf = found.get("text")
    assert isinstance(leaf, Leaf)
    assert edited(leaf, start, end, new) is None


@given(
    value=st.text(st.sampled_from("ab é\"'\\:#-{}\n"), min_size=1, max_size=20),
    style=st.sampled_from((None, '"', "'", "|", ">")),
    new=st.text(st.sampled_from("xy \"'\\:#-{}"), max_size=4),
    data=st.data(),
)
@settings(max_examples=400, deadline=None)
def test_a_part_of_any_scalar_is_replaced_or_left_alone(
    value: str, style: str | None, new: str, data: st.DataObject
) -> None:
    """Whatever the style: after the edit the text is what was asked for, and all else is kept."""
    text = yaml.safe_dump(
        {"a": 1, "text": value, "z": "end"}, default_style=style, allow_unicode=True
    )
    source = of_text(text, "domain.yml")
    found = tree.parse(source)
    assert isinstance(found, tree.Branch)
    leaf = found.get("text")
    assert isinstance(leaf, Leaf)
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, len(value)))
    edit = edited(leaf, start, end, new)
    if edit is None or not fixes._holds(source, (edit,)):
        return
    after = yaml.safe_load(text[: edit.start] + edit.text + text[edit.end :])
    assert {key: str(v) for key, v in after.items() if key != "text"} == {"a": "1", "z": "end"}
    assert str(after["text"]) == value[:start] + new + value[end:]


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 0)])
def test_an_empty_line_of_a_block_has_no_indentation_to_write_into(start: int, end: int) -> None:
    found = tree.parse(of_text("text: |2\n\n  :\nz: end\n", "domain.yml"))
    assert isinstance(found, tree.Branch)
    leaf = found.get("text")
    assert isinstance(leaf, Leaf)
    assert leaf.value == "\n:\n"
    assert edited(leaf, start, end, "#") is None
    assert edited(leaf, 1, 2, "#") is not None


def test_of_two_fixes_at_one_place_only_the_first_is_made() -> None:
    text = response('    - text: "A!!!  B"\n')
    once = mended(text, "W412", "W411")
    assert mended(once) == response('    - text: "A! B"\n')


def test_a_fix_that_would_break_the_file_is_left_out() -> None:
    project = load_text(response('    - text: "A!!!"\n'), options=OPTIONS)
    (report,) = reports(project, "W412")
    broken = fixes.Edit(report.finding.spot.source, 0, 1, "[")
    bad = fixes.Fix("break it", (broken,), safe=True)
    finding = report.finding.__class__(report.finding.spot, "x", "", bad)
    assert fixes.mended([report.__class__(report.rule, finding)], unsafe=True) == []


def test_a_fix_that_does_not_hold_takes_no_other_with_it_and_is_not_promised() -> None:
    project = load_text(
        response("".join(f'    - text: "{n} A!!!"\n' for n in range(40))), options=OPTIONS
    )
    found = reports(project, "W412")
    source = found[0].finding.spot.source
    at = source.text.index("7 A")
    bad = replace(
        found[0],
        finding=replace(
            found[0].finding, fix=fixes.Fix("x", (fixes.Edit(source, at, at, '"'),), safe=True)
        ),
    )
    (made,) = fixes.mended([*found, bad], unsafe=False)
    assert made.count == 40
    assert [r.finding.fix is None for r in fixes.that_hold([*found, bad])] == [False] * 40 + [True]


def test_a_change_that_would_say_something_else_than_was_meant_is_left_out() -> None:
    source = of_text("text: >\n  a b\n  c\n", "domain.yml")
    found = tree.parse(source)
    assert isinstance(found, tree.Branch)
    leaf = found.get("text")
    assert isinstance(leaf, Leaf)
    meant = fixes.Part(leaf, 1, 2, "")
    assert fixes._holds(source, (fixes.Edit(source, 11, 12, "", meant),))
    assert not fixes._holds(source, (fixes.Edit(source, 11, 12, "x", meant),))


def test_a_fix_in_code_leaves_code(tmp_path: Path) -> None:
    (tmp_path / "actions.py").write_text(
        "def f(d):\n    d.utter_message(text='A!!!')  # lint: ignore[W405] old\n"
    )
    (found,) = fixes.mended(reports(read(tmp_path)), unsafe=True)
    assert found.text == "def f(d):\n    d.utter_message(text='A!!!')\n"


def test_a_file_that_was_only_read_through_a_glass_is_not_written() -> None:
    text = response('    - text: "A!!! \\ud83d\\ude00"\n')
    assert mended(text) == text


def projects() -> Iterator[Path]:
    yield from sorted((HERE / "shapes").iterdir())
    for folder in sorted((HERE / "rules").iterdir()):
        yield from sorted(case for case in folder.iterdir() if case.name.startswith("bad"))


def comments(text: str) -> list[tuple[str, str]]:
    """Return what stands before a comment and the comment, for all but the linter's own."""
    lines = [line for line in text.splitlines() if " #" in line and "lint:" not in line]
    return [(line[: line.index(" #")], line[line.index(" #") :]) for line in lines]


def lost(before: str, after: str) -> list[str]:
    """Return the comments that are gone although the line that they stood on is not."""
    left = after.splitlines()
    return [
        comment
        for beside, comment in comments(before)
        if comment not in after and any(line.strip() == beside.strip() for line in left)
    ]


@pytest.mark.parametrize("case", projects(), ids=lambda case: f"{case.parent.name}-{case.name}")
def test_every_fix_of_every_project_holds_and_comes_to_an_end(case: Path, tmp_path: Path) -> None:
    """Fixes keep comments and lines that they do not mend, and a second run finds less."""
    copy = tmp_path / case.name
    shutil.copytree(case, copy) if case.is_dir() else shutil.copy(case, copy)
    before = len([r for r in reports(read(copy)) if r.finding.fix is not None])
    for _ in range(10):
        changed = fixes.mended(reports(read(copy)), unsafe=True)
        if not changed:
            break
        for file in changed:
            path = Path(file.source.path)
            assert lost(file.source.text, file.text) == []
            path.write_bytes(file.whole.encode())
    else:
        pytest.fail("the fixes never come to an end")
    after = len([r for r in reports(read(copy)) if r.finding.fix is not None])
    assert after <= before


def test_the_domain_of_this_project_keeps_its_comments(tmp_path: Path) -> None:
    text = (ROOT / "domain.yml").read_text("utf-8")
    (tmp_path / "domain.yml").write_text(text.replace('!"', '!!! "'))
    (found,) = fixes.mended(reports(read(tmp_path), "W411", "W412"), unsafe=False)
    assert found.count > 3
    assert found.text == text
