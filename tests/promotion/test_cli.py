"""The command `classify`: lines in, verdicts out, and one sentence where a line is wrong."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from policy_guard.promotion import judge_text
from policy_guard.promotion.cli import add_parser

GOOD = b'{"text": "20% off today!", "lang": "en"}\n'


class Said(NamedTuple):
    """What the command answered."""

    code: int
    out: str
    err: str


Classify = Callable[..., Said]


@pytest.fixture
def classify(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Classify:
    def run(given: bytes, *options: str) -> Said:
        parser = argparse.ArgumentParser()
        add_parser(parser.add_subparsers())
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="ascii"))
        args = parser.parse_args(["classify", *options])
        code: int = args.run(args)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


def lines(*rows: object) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def test_each_line_is_answered_in_its_place(classify: Classify) -> None:
    rows: list[dict[str, str | None]] = [
        {"text": "Votre commande est expédiée.", "lang": "fr"},
        {"text": "Take 20% off with HELLO20!", "lang": "en"},
        {"text": "Tickets on sale now", "lang": None},
        {"text": "Bonjour"},
    ]
    said = classify(lines(*rows))
    assert (said.code, said.err) == (0, "")
    answers = [json.loads(line) for line in said.out.splitlines()]
    for row, answer in zip(rows, answers, strict=True):
        verdict = judge_text(str(row["text"]), row.get("lang"))
        assert list(answer) == ["promotional", "score", "reasons"]
        assert answer["promotional"] is verdict.promotional
        assert answer["score"] == verdict.score
        assert answer["reasons"] == list(verdict.reasons)
    assert [a["promotional"] for a in answers][:2] == [False, True]


def test_one_document_is_given_where_it_is_asked_for(classify: Classify) -> None:
    said = classify(lines({"text": "a"}, {"text": "b"}), "--json")
    assert len(json.loads(said.out)) == 2


def test_nothing_to_judge_is_nothing_wrong(classify: Classify) -> None:
    assert classify(b"") == (0, "", "")


@pytest.mark.parametrize(
    "line",
    [
        b'{"text": "no line end"}',
        b'{"text": "other line end"}\r\n',
        '{"text": "a\u2028b"}\n'.encode(),
        b'{"text": "half a \\ud83d character"}\n',
        b'{"text": "", "lang": "fr-CA"}\n',
        b'{"text": "more is known of it", "id": 7, "label": {"a": [1]}}\n',
    ],
)
def test_this_is_a_line_like_any_other(classify: Classify, line: bytes) -> None:
    said = classify(GOOD + line)
    assert (said.code, said.err) == (0, "")
    assert len(said.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"\n", "line 2: is empty"),
        (b"  \n", "line 2: is empty"),
        (b"20% off", "line 2: is not JSON: Extra data at column 3"),
        (b'{"text": "a"', "line 2: is not JSON: Expecting ',' delimiter at column 13"),
        (b'{"text": "a"} {"text": "b"}', "line 2: is not JSON: Extra data at column 15"),
        (b'["a"]', "line 2: is not a JSON object"),
        (b'"a"', "line 2: is not a JSON object"),
        (b"{}", "line 2: has no `text`"),
        (b'{"Text": "a"}', "line 2: has no `text`"),
        (b'{"text": null}', "line 2: `text` is `null`, not a string"),
        (b'{"text": ["a"]}', 'line 2: `text` is `["a"]`, not a string'),
        (b'{"text": "a", "lang": 1}', "line 2: `lang` is `1`, not a string"),
        (b'{"text": "a", "lang": "de"}', "line 2: the language `de` is not one of en, fr"),
        (b'{"text": "a", "lang": ""}', "line 2: the language `` is not one of en, fr"),
        (b'{"text": "a", "text": "b"}', "line 2: the key `text` is there twice"),
        (b'{"text": "a", "n": NaN}', "line 2: `NaN` is not JSON"),
        (b'{"text": "\xff"}', "line 2: is not UTF-8 text"),
        (b"[" * 100_000, "line 2: is nested too deeply"),
    ],
)
def test_a_bad_line_is_named_and_no_verdict_is_given(
    classify: Classify, line: bytes, sentence: str
) -> None:
    said = classify(GOOD + line + b"\n" + GOOD)
    assert said == (2, "", f"{sentence}\n")
