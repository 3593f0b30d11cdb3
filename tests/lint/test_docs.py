"""What docs/lint.md and the hooks promise is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli
import yaml

from policy_guard import promotion
from policy_guard.lint import cli, config
from tests.lint.workbench import ROOT, judge

GUIDE = (ROOT / "docs" / "lint.md").read_text("utf-8")


def block(kind: str, beginning: str) -> str:
    """Return the text of the first block of this kind that begins so."""
    found = re.search(rf"```{kind}\n({re.escape(beginning)}.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_settings_of_the_guide_are_taken(tmp_path: Path) -> None:
    text = block("toml", "[tool.policy-guard.lint]")
    (tmp_path / "pyproject.toml").write_text(text)
    read = config.load(tmp_path / "pyproject.toml")
    assert read.ignore == ("W407",)
    assert read.per_file == (("data/*", ("S505",)),)
    usual = config.Config().options
    assert read.options == usual, "the numbers of the guide are the usual ones"
    assert set(tomli.loads(text)["tool"]["policy-guard"]["lint"])


def test_the_example_of_the_guide_is_what_the_program_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = block("", "$ policy-guard lint\n").removeprefix("$ policy-guard lint\n")
    (tmp_path / "domain.yml").write_text(
        "responses:\n" + "  # ...\n" * 9 + "  utter_shipped:\n"
        '    - text: "Hi {name}! Your order {order_id} has shipped."\n'
        "      metadata: {messenger: {purpose: post_purchase_update, topic: delivery}}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(promotion, "judge_text", judge, raising=False)
    assert cli.main([]) == 1
    assert capsys.readouterr().out == example


def test_every_option_of_the_guide_is_one_of_the_program(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    offered = capsys.readouterr().out
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", GUIDE)):
        assert option in offered


@pytest.mark.parametrize("beginning", ["repos:", "name: lint"])
def test_the_yaml_of_the_guide_is_yaml(beginning: str) -> None:
    assert yaml.safe_load(block("yaml", beginning))


def test_the_hooks_call_the_program_on_the_whole_project() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    for hook in hooks:
        assert hook["entry"].startswith("policy-guard lint")
        assert hook["pass_filenames"] is False
        pattern = re.compile(hook["files"])
        for name in ("domain.yml", "domain/a/b.yml", "data/nlu.yml", "actions/do.py"):
            assert pattern.search(name)
        assert not pattern.search("README.md")


def test_links_of_the_guide_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", GUIDE):
        assert (ROOT / "docs" / link).exists()
