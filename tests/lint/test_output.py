"""What the outputs look like: text, JSON, SARIF, GitHub's commands, JUnit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from policy_guard.lint import engine, explain, output, registry
from policy_guard.lint.source import Problem
from tests.lint.workbench import HERE, written

DOMAIN = """\
responses:
  utter_a:
    - text: "Good  day!!!"
      quick_replies:
        - {title: "A title of more than twenty", payload: /a}
    - text: "héé 注文 %0A, ::x"
"""
PROBLEMS = (
    Problem("broken, file.yml", 3, 0, "is not valid YAML: 50%\nmore"),
    Problem("gone", 0, 0, "x"),
)


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> output.Shown:
    return of(tmp_path, monkeypatch, {"domain.yml": DOMAIN})


def of(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    problems: Sequence[Problem] = (),
) -> output.Shown:
    monkeypatch.chdir(folder)
    outcome = engine.run(written(Path(), files), engine.Plan())
    return output.Shown(outcome, tuple(problems), registry.RULES, len(files), explain.title)


def test_text_shows_the_line_marks_the_words_and_counts(shown: output.Shown) -> None:
    assert output.as_text(shown) == (
        "domain.yml:3:18: W411 warning: there is more white space than was meant\n"
        "  |\n"
        '3 |     - text: "Good  day!!!"\n'
        "  |                  ^^\n"
        "  = take it out (--fix)\n"
        "\n"
        "domain.yml:3:23: W412 warning: `!!!` is louder than it is clear\n"
        "  |\n"
        '3 |     - text: "Good  day!!!"\n'
        "  |                       ^^^\n"
        "  = leave one mark (--fix)\n"
        "\n"
        "domain.yml:5:18: L105 error: the quick reply's title has 27 characters, and 20 are shown\n"
        "  |\n"
        '5 |         - {title: "A title of more than twenty", payload: /a}\n'
        "  |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "\n"
        "3 findings: 1 error, 2 warnings; --fix mends 2\n"
    ).replace("5:18", "5:19")


def test_a_file_name_that_is_no_utf_8_has_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = of(tmp_path, monkeypatch, {"domain.yml": DOMAIN}, [Problem("caf\udce9 é.yml", 1, 1, "x")])
    assert '"caf%E9%20%C3%A9.yml"' in output.as_sarif(one)


def test_marks_stand_under_wide_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'responses:\n  utter_a:\n    - text: "注文\tNOW WAIT THEN"\n'
    lines = output.as_text(of(tmp_path, monkeypatch, {"domain.yml": text})).splitlines()
    source, marks = next((a, b) for a, b in pairwise(lines) if set(b) <= set(" |^") and "^" in b)
    before = source[: source.index("NOW")]
    assert marks.index("^") == output.display_width(before)


def test_a_long_line_is_cut_around_the_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'responses:\n  utter_a:\n    - text: "{"word " * 60}now!!! {"word " * 60}"\n'
    shown = of(tmp_path, monkeypatch, {"domain.yml": text})
    block = next(b for b in output.as_text(shown).split("\n\n") if "W412" in b).splitlines()
    assert block[2].startswith("3 | …")
    assert block[2].endswith("…")
    at = block[3].index("^")
    assert block[2][at : at + 3] == "!!!"


def test_nothing_found_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = of(tmp_path, monkeypatch, {"domain.yml": "responses: {}\n"})
    assert output.as_text(shown) == "nothing found in 1 file\n"


def test_what_would_move_the_cursor_is_written_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "def f(d):\n    d.utter_message(text='\x1b[31m A  \u202eB!!')\n"
    said = output.as_text(of(tmp_path, monkeypatch, {"actions.py": text}))
    assert "\\x1b[31m A  \\u202eB!!" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_secret_is_shown_in_no_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "q7Zk2vX9pLm4Rt8w"
    text = f'responses:\n  utter_a:\n    - text: "token: {secret}  !!"\n'
    shown = of(tmp_path, monkeypatch, {"domain.yml": text})
    assert {"S504", "W411", "W412"} <= {report.rule.id for report in shown.outcome.reports}
    for form in output.FORMATS.values():
        assert secret not in form(shown)


def test_no_sentence_quotes_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'responses:\n  utter_a:\n    - image: "ftp://sam:hunter22@a.example/a.jpg"\n'
    shown = of(tmp_path, monkeypatch, {"domain.yml": text})
    assert {"L114", "S504"} <= {report.rule.id for report in shown.outcome.reports}
    for form in output.FORMATS.values():
        assert "hunter22" not in form(shown)


def test_json_holds_every_finding_with_its_place_and_fix(shown: output.Shown) -> None:
    said = json.loads(output.as_json(shown))
    assert [f["rule"] for f in said["findings"]] == ["W411", "W412", "L105"]
    first = said["findings"][1]
    assert (first["file"], first["line"], first["column"]) == ("domain.yml", 3, 23)
    assert (first["end_line"], first["end_column"]) == (3, 26)
    assert first["subject"] == "utter_a"
    assert first["fix"] == {"message": "leave one mark", "safe": True}
    assert said["problems"] == []


def sarif(shown: output.Shown) -> Any:
    return json.loads(output.as_sarif(shown))


def test_sarif_is_what_its_schema_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: output.Shown
) -> None:
    schema = json.loads((HERE / "sarif_2_1_0_trimmed.json").read_text("utf-8"))
    jsonschema.validate(sarif(shown), schema)
    broken = of(tmp_path, monkeypatch, {"domain.yml": DOMAIN}, PROBLEMS)
    jsonschema.validate(sarif(broken), schema)


def test_the_schema_of_the_tests_can_refuse(shown: output.Shown) -> None:
    schema = json.loads((HERE / "sarif_2_1_0_trimmed.json").read_text("utf-8"))
    for spoil in ("version", "level", "extra"):
        log = sarif(shown)
        if spoil == "version":
            log["version"] = "2.0.0"
        elif spoil == "level":
            log["runs"][0]["results"][0]["level"] = "fatal"
        else:
            log["runs"][0]["results"][0]["extra"] = 1
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(log, schema)


def test_sarif_declares_every_rule_and_points_at_them(shown: output.Shown) -> None:
    (run,) = sarif(shown)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in registry.RULES]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["partialFingerprints"]["policyGuardLint/v1"]


def test_a_fingerprint_stays_while_lines_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prints(text: str) -> list[str]:
        (run,) = sarif(of(tmp_path, monkeypatch, {"domain.yml": text}))["runs"]
        return [r["partialFingerprints"]["policyGuardLint/v1"] for r in run["results"]]

    assert prints(DOMAIN) == prints(f"# a new line\n{DOMAIN}")
    assert prints(DOMAIN) != prints(DOMAIN.replace("utter_a", "utter_b"))


def test_github_gets_one_escaped_command_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = of(tmp_path, monkeypatch, {"domain.yml": DOMAIN}, PROBLEMS)
    lines = output.as_github(shown).splitlines()
    assert lines[1] == (
        "::warning file=domain.yml,line=3,endLine=3,col=23,endColumn=26,"
        "title=W412 repeated-marks::`!!!` is louder than it is clear"
    )
    assert lines[3] == (
        "::error file=broken%2C file.yml,line=3,col=0,title=policy-guard lint::"
        "is not valid YAML: 50%25%0Amore"
    )
    assert lines[4] == "::error file=gone,title=policy-guard lint::x"
    assert len(lines) == 5


def parsed(xml: str) -> ElementTree.Element:
    return ElementTree.fromstring(xml.split("?>\n", 1)[1])  # noqa: S314 - written here


def test_junit_has_a_failed_case_for_every_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = of(tmp_path, monkeypatch, {"domain.yml": DOMAIN}, PROBLEMS)
    root = parsed(output.as_junit(shown))
    suite, *broken = root.findall("testsuite")
    assert suite.attrib == {"name": "domain.yml", "tests": "3", "failures": "3", "errors": "0"}
    cases = suite.findall("testcase")
    assert cases[0].attrib["name"] == "W411 stray-space 3:18"
    failure = cases[0].find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "warning"
    assert [one.attrib["errors"] for one in broken] == ["1", "1"]


def test_junit_without_findings_has_a_case_that_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = of(tmp_path, monkeypatch, {"domain.yml": "responses: {}\n"})
    root = parsed(output.as_junit(shown))
    assert [case.find("failure") for case in root.iter("testcase")] == [None]


def test_xml_never_holds_what_xml_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem("a.yml", 1, 1, "a \x00 and a \ud800 and a \ufffe")
    shown = of(tmp_path, monkeypatch, {"domain.yml": "responses: {}\n"}, [problem])
    parsed(output.as_junit(shown))


def test_findings_come_in_the_order_of_files_and_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"domain/{name}.yml": DOMAIN.replace("utter_a", f"utter_{name}") for name in "cab"}
    reports = of(tmp_path, monkeypatch, files).outcome.reports
    assert [report.place for report in reports] == sorted(report.place for report in reports)
