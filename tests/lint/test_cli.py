"""The command: what it reads, writes, prints, and with which code it ends."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from policy_guard import promotion
from policy_guard.lint import cli, registry
from policy_guard.lint.output import display_width
from tests.lint.workbench import ROOT, judge

LOUD = 'responses:\n  utter_a:\n    - text: "Good day!!!" # hello\n'
QUIET = 'responses:\n  utter_a:\n    - text: "Good day."\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(promotion, "judge_text", judge, raising=False)
    return tmp_path


def write(text: str, name: str = "domain.yml") -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def lint(*argv: str) -> int:
    return cli.main(argv)


# -- exit codes ----------------------------------------------------------------------------------


def test_a_clean_project_ends_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(QUIET)
    assert lint() == 0
    assert capsys.readouterr().out == "nothing found in 1 file\n"


def test_findings_end_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(LOUD)
    assert lint() == 1
    assert "domain.yml:3:22: W412 warning" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--select", "Q1"), "no rule is called `Q1`; `policy-guard lint --rules` lists them\n"),
        (("--ignore", "nothing"), "no rule is called `nothing`;"),
        (("--explain", "X1"), "no rule is called `X1`;"),
        (("missing.yml",), "missing.yml: there is no such file or folder\n"),
        (("empty",), "empty: holds no file of a Rasa project\n"),
        (("--config", "gone.toml"), "gone.toml: there is no such file\n"),
        (("--baseline", "gone.json"), "gone.json: cannot be read: No such file or directory\n"),
        (("--baseline", "domain.yml"), "domain.yml: is no baseline that this program wrote\n"),
        (("--width", "0"), "argument --width: `0` is not a whole number from 1 to 1000;"),
        (("--format", "xml"), "argument --format: invalid choice: `xml`"),
        (("--level", "loud"), "argument --level: invalid choice"),
        (("--preview", "--response", "utter_x"), "the domain has no response `utter_x`\n"),
        (("--fixes",), "unrecognized arguments: --fixes;"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], said: str
) -> None:
    write(QUIET)
    (folder / "empty").mkdir()
    assert lint(*argv) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(said)
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_broken_file_ends_with_2_and_nothing_else_is_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(LOUD)
    write("a: [", "data/nlu.yml")
    write("def f(:\n", "actions.py")
    assert lint() == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "actions.py:1:7: is not valid Python: invalid syntax",
        "data/nlu.yml:1:5: is not valid YAML: did not find expected node content",
    ]


@pytest.mark.parametrize("form", ["json", "sarif", "github", "junit"])
def test_a_broken_file_is_told_of_in_every_format(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    write("a: [")
    assert lint("--format", form) == 2
    captured = capsys.readouterr()
    assert "did not find expected node content" in captured.out
    assert "did not find expected node content" in captured.err


# -- what is run ---------------------------------------------------------------------------------


def ids(capsys: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    lint("--format", "json", *argv)
    return [finding["rule"] for finding in json.loads(capsys.readouterr().out)["findings"]]


BOTH = (
    'responses:\n  utter_a:\n    - text: "Good  day!!!"\n'
    "      buttons: [{title: 'A title of more than twenty', payload: /a}]\n"
)


@pytest.mark.parametrize(
    ("argv", "found"),
    [
        ((), ["W411", "W412", "L104"]),
        (("--select", "L"), ["L104"]),
        (("--select", "W41,L104"), ["W411", "W412", "L104"]),
        (("--select", "repeated-marks"), ["W412"]),
        (("--select", "W4", "--ignore", "W412"), ["W411"]),
        (("--ignore", "W"), ["L104"]),
        (("--ignore", "W", "--select", "W412,L"), ["W412", "L104"]),
        (("--level", "error"), ["L104"]),
        (("--level", "warning"), ["W411", "W412", "L104"]),
    ],
)
def test_rules_are_chosen_by_id_prefix_name_and_level(
    folder: Path, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], found: list[str]
) -> None:
    write(BOTH)
    assert ids(capsys, *argv) == found


def test_a_single_file_is_a_project_of_its_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(LOUD, "deep/other.yml")
    write(BOTH)
    assert ids(capsys, "deep/other.yml") == ["W412"]


def test_settings_of_the_project_are_followed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(BOTH)
    write(LOUD, "more/extra.yml")
    write(
        "[tool.policy-guard.lint]\n"
        'select = ["W4", "L"]\n'
        'ignore = ["W411"]\n'
        'files = ["domain.yml", "more/*.yml"]\n'
        'exclude = ["*/never.yml"]\n'
        "preview-width = 40\n"
        '[tool.policy-guard.lint.per-file-ignores]\n"more/*" = ["W412"]\n',
        "pyproject.toml",
    )
    assert ids(capsys) == ["W412", "L104"]


IN_THE_SETTINGS = (
    '[tool.policy-guard.lint]\nselect = ["W412"]\nexclude = ["data/old/*"]\n'
    'baseline = "known.json"\n'
    '[tool.policy-guard.lint.per-file-ignores]\n"data/*" = ["W412"]\n'
)


@pytest.mark.parametrize("path", ["", "bot", "../bot", "absolute", "bot/domain.yml"])
def test_paths_in_the_settings_are_counted_from_the_settings(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    write(LOUD, "bot/domain.yml")
    write(LOUD.replace("utter_a", "utter_b"), "bot/data/more.yml")
    write(LOUD, "bot/data/old/gone.yml")
    write(IN_THE_SETTINGS, "bot/pyproject.toml")
    monkeypatch.chdir(folder / "bot")
    assert lint("--write-baseline", "known.json") == 0
    capsys.readouterr()
    if path != "":
        monkeypatch.chdir(folder if path.startswith("bot") else folder / "bot" / "data")
    named = {"": [], "../bot": ["../../bot"], "absolute": [str(folder / "bot")]}.get(path, [path])
    assert lint(*named) == 0
    assert "1 in the baseline" in capsys.readouterr().out


def test_the_settings_of_a_folder_above_are_followed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(LOUD, "bot/domain.yml")
    write(LOUD, "bot/never.yml")
    write(
        '[tool.policy-guard.lint]\nignore = ["W412"]\nfiles = ["bot/*.yml"]\n'
        'exclude = ["bot/never.yml"]\n',
        "pyproject.toml",
    )
    assert lint("bot") == 0
    assert capsys.readouterr().out == "nothing found in 1 file\n"


def test_of_a_part_of_a_project_everything_is_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(LOUD, "domain/responses.yml")
    write("intents: [a]\n", "domain/domain_intents.yml")
    write("rules: []\n", "data/deep/rules.yaml")
    write("def f(d):\n    d.utter_message(text='Go!!!')\n", "actions/actions.py")
    write("def g(d):\n    d.utter_message(text='Come!!!')\n", "actions/more.py")
    assert ids(capsys, "domain", "data", "--select", "W412") == ["W412"]
    assert ids(capsys, "actions", "--select", "W412") == ["W412", "W412"]
    assert lint("data") == 0


@pytest.mark.parametrize("name", ["topics.yml", "data/topics.yml"])
def test_a_catalogue_of_alerts_by_another_name_is_read(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    declared = "      metadata: {messenger: {purpose: news, topic: unknown}}\n"
    write(QUIET + declared)
    write(f"policy_guard:\n  alerts: {name}\n", "endpoints.yml")
    write("- {id: a, titles: {en: A}, purpose: news, consent: preference}\n", name)
    assert "P208" in ids(capsys)
    write("- {id: unknown, titles: {en: A}, purpose: news, consent: preference}\n", name)
    assert "P208" not in ids(capsys)


def test_a_part_of_the_domain_may_be_called_by_either_ending(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(LOUD, "domain_more.yaml")
    assert ids(capsys) == ["W412"]


def test_a_comment_is_not_called_unused_where_its_rule_saw_only_a_part(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = (
        "rules:\n- rule: x\n  steps:\n  - intent: a\n"
        "  - action: utter_gone # lint: ignore[C310] added by a script\n"
    )
    data = write(rules, "data/rules.yml")
    write(QUIET + "intents: [a]\n")
    for path in ("data/rules.yml", "data"):
        lint(path, "--fix")
        assert data.read_text() == rules
    response = "responses:\n  utter_a:\n  - text: Go\n    buttons:\n"
    button = "    - {title: Go, payload: /go} # lint: ignore[C309] of another bot\n"
    part = write(response + button, "domain/domain.yml")
    monkeypatch.chdir(folder / "domain")
    lint("--fix")
    monkeypatch.chdir(folder)
    assert part.read_text() == response + button
    part.unlink()
    capsys.readouterr()
    write(QUIET + "  utter_gone: [{text: Bye}]\nintents: [a]\n")
    assert "X901" in ids(capsys)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        *(
            (f"files = ['{pattern}']", f"`tool.policy-guard.lint.files` holds `{pattern}`, no")
            for pattern in ("/etc/*.yml", "", "**x/*.yml", "./")
        ),
        ("selects = []", "`tool.policy-guard.lint.selects` is not a setting"),
        ("select = 'W'", "`tool.policy-guard.lint.select` is not a list of words"),
        ("select = ['Q']", "`tool.policy-guard.lint.select` names no rule: `Q`"),
        ("preview-width = 0", "`tool.policy-guard.lint.preview-width` is `0`, not a whole number"),
        ("longest-text = true", "`tool.policy-guard.lint.longest-text` is `True`, not a whole"),
        ("baseline = 1", "`tool.policy-guard.lint.baseline` is `1`, not a word"),
        ("per-file-ignores = 1", "`tool.policy-guard.lint.per-file-ignores` is not a table"),
        ("per-file-ignores = {a = 'W'}", "`tool.policy-guard.lint.per-file-ignores` is not a"),
        ("per-file-ignores = {a = ['Q']}", "`tool.policy-guard.lint.select` names no rule: `Q`"),
        ("select = [", "is not valid TOML: "),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], setting: str, said: str
) -> None:
    write(QUIET)
    write(f"[tool.policy-guard.lint]\n{setting}\n", "pyproject.toml")
    assert lint() == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"pyproject.toml: {said}")
    assert captured.err.count("\n") == 1


def test_a_pyproject_of_others_is_not_read(folder: Path) -> None:
    write(QUIET)
    write("[tool.black]\nthis is [ no TOML", "pyproject.toml")
    assert lint() == 0


def test_the_judge_of_wording_is_asked_only_where_it_counts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '  utter_a:\n    - text: "Now 20% off."\n'
    declared = "      metadata: {messenger: {purpose: news, topic: news}}\n"
    write(f"responses:\n{text}")
    assert ids(capsys) == []
    write(f"responses:\n{text}{declared}")
    assert ids(capsys) == ["P203"]


# -- fixes ---------------------------------------------------------------------------------------


def test_fix_mends_the_file_and_says_what_is_left(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(BOTH)
    assert lint("--fix") == 1
    assert file.read_text() == BOTH.replace("  day!!!", " day!")
    out = capsys.readouterr().out
    assert out.startswith("mended 2 findings\n")
    assert out.endswith("1 finding: 1 error\n")
    assert lint("--fix") == 1
    assert "mended" not in capsys.readouterr().out


def test_unsafe_fixes_are_made_only_when_asked_for(folder: Path) -> None:
    loud = 'responses:\n  utter_a:\n    - text: "NOW AND THEN"\n'
    file = write(loud)
    assert lint("--fix") == 1
    assert file.read_text() == loud
    assert lint("--unsafe-fixes") == 0
    assert file.read_text() == loud.replace("NOW AND THEN", "Now and then")


def test_diff_shows_the_fixes_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(LOUD)
    assert lint("--diff") == 1
    out = capsys.readouterr().out
    assert '-    - text: "Good day!!!" # hello\n+    - text: "Good day!" # hello\n' in out
    assert file.read_text() == LOUD
    write(QUIET)
    assert lint("--diff") == 0


def test_neither_diff_nor_preview_shows_a_secret(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(LOUD + '    - text: "The token: q7Zk2vX9pLm4Rt8w"\n')
    lint("--diff")
    lint("--preview")
    out = capsys.readouterr().out
    assert "Good day!" in out
    assert "q7Zk2vX9pLm4Rt8w" not in out


def test_a_secret_of_a_file_of_keys_is_found_and_not_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("facebook:\n  secret: correcthorsebattery # lint: ignore[W412] old\n", "credentials.yml")
    assert lint("--select", "S504,X901") == 1
    assert lint("--select", "S504,W412,X901", "--diff") == 1
    out = capsys.readouterr().out
    assert "credentials.yml:2:11: S504 error: the value of `secret` stands here" in out
    assert "correcthorse" not in out


def test_a_fix_keeps_line_ends_and_the_byte_order_mark(folder: Path) -> None:
    file = folder / "domain.yml"
    file.write_bytes(b"\xef\xbb\xbf" + LOUD.replace("\n", "\r\n").encode())
    assert lint("--fix") == 0
    wanted = LOUD.replace("!!!", "!").replace("\n", "\r\n").encode()
    assert file.read_bytes() == b"\xef\xbb\xbf" + wanted


def test_a_broken_project_is_not_mended(folder: Path) -> None:
    file = write(LOUD)
    write("a: [", "data/nlu.yml")
    assert lint("--fix") == 2
    assert file.read_text() == LOUD


# -- a baseline ----------------------------------------------------------------------------------


def test_a_baseline_takes_the_old_as_known_and_tells_the_new(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(LOUD)
    assert lint("--write-baseline", "known.json") == 0
    assert capsys.readouterr().out == "known.json: 1 finding taken as known\n"
    assert lint("--baseline", "known.json") == 0
    assert capsys.readouterr().out == "nothing found in 1 file; 1 in the baseline\n"
    write("# a line more\n" + LOUD + '    - text: "Really??"\n')
    assert lint("--baseline", "known.json") == 1
    assert "`??` is louder" in capsys.readouterr().out


def test_a_second_finding_of_the_same_words_is_new(folder: Path) -> None:
    write(LOUD)
    lint("--write-baseline", "known.json")
    write(LOUD + '    - text: "Bad day!!!"\n')
    assert lint("--baseline", "known.json") == 1


def test_a_baseline_that_is_no_longer_needed_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(LOUD)
    write('[tool.policy-guard.lint]\nbaseline = "known.json"\n', "pyproject.toml")
    lint("--write-baseline", "known.json")
    write(QUIET)
    capsys.readouterr()
    assert lint() == 0
    assert "1 of the baseline no longer found: write it again" in capsys.readouterr().out


# -- what it tells -------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["W412", "w412", "repeated-marks"])
def test_explain_shows_the_page(capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert lint("--explain", word) == 0
    assert capsys.readouterr().out == (ROOT / "docs/rules/W412.md").read_text("utf-8")


def test_rules_are_listed_with_what_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint("--rules") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(registry.RULES)
    assert lines[0].startswith("L101  error    text-too-long")
    assert lint("--rules", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["id"] == "L101"


def test_preview_shows_the_notification_and_the_bubble(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        "responses:\n  utter_a:\n"
        '    - text: "Your order {order_id} has shipped from our house at the river."\n'
        "      quick_replies: [{title: Track, payload: /t}, {content_type: user_email}]\n"
        "    - image: https://a.example/a.jpg\n"
        "      channel: slack\n"
        "  utter_b:\n    - text: 注文は発送されました注文は発送されました注文は発送されました\n"
    )
    assert lint("--preview", "--width", "30", "--response", "utter_a") == 0
    assert capsys.readouterr().out == (
        "utter_a (en)  domain.yml:3\n"
        "  notification  Your order {order_id} has shi…\n"
        "  cut off       pped from our house at the river.\n"
        "  ╭────────────────────────────────────────╮\n"
        "  │ Your order {order_id} has shipped from │\n"
        "  │ our house at the river.                │\n"
        "  ╰────────────────────────────────────────╯\n"
        "  quick replies [Track]  [<user_email>]\n"
        "\n"
        "utter_a (slack)  domain.yml:5\n"
        "  notification  (no words: a picture or a file)\n"
        "\n"
        "previews of 30 characters: the width was asked for; the usual 80 are ours: the platform "
        "publishes no number, and phones differ; about two lines of a notification\n"
    )
    assert lint("--preview") == 0
    out = capsys.readouterr().out
    assert "utter_b  domain.yml:8" in out
    assert "previews of 80 characters: the width is ours: the platform publishes no number" in out


def test_preview_can_be_read_by_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        "responses:\n  utter_a:\n"
        "    - text: Your order has shipped.\n"
        "      buttons: [{title: Track, payload: /t}]\n"
        "    - image: https://a.example/a.jpg\n"
    )
    assert lint("--preview", "--width", "10", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["width"] == 10
    assert data["source_of_width"].startswith("the width was asked for")
    assert data["previews"][0] == {
        "response": "utter_a",
        "file": "domain.yml",
        "line": 3,
        "for": ["en"],
        "notification": {"shown": "Your orde…", "cut_off": "r has shipped."},
        "bubbles": ["Your order has shipped."],
        "buttons": ["Track"],
        "quick_replies": [],
    }
    assert data["previews"][1]["notification"] is None


def test_preview_shows_cards_by_their_titles(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        "responses:\n  utter_a:\n    - elements: [{title: A light shoe, subtitle: New}]\n"
        "  utter_b:\n    - custom: {attachment: {type: template, payload: "
        "{template_type: one_time_notif_req, title: Tell me later, payload: x}}}\n"
    )
    assert lint("--preview") == 0
    out = capsys.readouterr().out
    assert "notification  A light shoe\n" in out
    assert "│ New          │" in out
    assert "│ Tell me later │" in out


def test_preview_breaks_wide_letters_into_lines(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(f'responses:\n  utter_a:\n    - text: "{"注文 " * 20}"\n')
    assert lint("--preview") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert len(lines) == 3
    assert len({display_width(line) for line in lines}) == 1


def test_preview_of_a_broken_project_ends_with_2(folder: Path) -> None:
    write("a: [")
    assert lint("--preview") == 2


def test_preview_of_the_whole_project_shows_what_actions_say(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(QUIET)
    write("def f(d):\n    d.utter_message(text='From the code.')\n", "actions.py")
    assert lint("--preview") == 0
    assert "│ From the code. │" in capsys.readouterr().out


# -- as a part of the program, and alone ---------------------------------------------------------


def test_the_command_is_added_to_others() -> None:
    parser = argparse.ArgumentParser()
    cli.add_parser(parser.add_subparsers())
    args = parser.parse_args(["lint", "--select", "L", "a.yml"])
    assert args.run is cli.run
    assert args.paths == [Path("a.yml")]


def test_the_real_judge_of_wording_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(
        "responses:\n  utter_a:\n"
        "    - text: Buy now and get 20% off with the code SPRING!\n"
        "      metadata: &why {messenger: {purpose: news, topic: a}}\n"
        "    - {text: Your order 42 has shipped., metadata: *why}\n"
    )
    assert lint("--select", "P203") == 1
    assert "domain.yml:3:13: P203 error: this reads as promotion" in capsys.readouterr().out


def test_the_linter_runs_by_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "policy_guard.lint", "--rules"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("L101 ")


def test_the_program_starts_without_rasa_a_store_or_ruamel() -> None:
    code = (
        "import sys; from policy_guard.lint import cli; cli.main(['--rules']); "
        "print(' '.join(sorted({m.split('.')[0] for m in sys.modules})), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "policy_guard" in loaded
    assert loaded.isdisjoint(
        {"rasa", "rasa_sdk", "tensorflow", "sqlalchemy", "numpy", "jsonschema", "asyncio"}
    )


def test_a_command_that_is_not_lint_loads_nothing_of_it() -> None:
    code = (
        "import sys; import policy_guard.lint.cli; "
        "print([m for m in sys.modules if m.startswith('policy_guard.lint.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['policy_guard.lint.cli']"


def test_this_project_can_be_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(promotion, "judge_text", judge, raising=False)
    assert lint("--level", "error") == 0, capsys.readouterr().out
