"""Words fall into classes by what they mean, whether they were met in training or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu import word_classes
from nlu.word_classes import WordClasses

KITCHEN = ["kettle", "toaster", "saucepan", "bouilloire", "casserole", "blender"]
WHEN = ["monday", "tuesday", "friday", "lundi", "vendredi", "sunday"]


@pytest.fixture
def classes(monkeypatch: pytest.MonkeyPatch) -> WordClasses:
    monkeypatch.setattr(word_classes, "SIZES", (2,))
    return WordClasses.learnt(KITCHEN + WHEN)


def test_a_word_nobody_trained_on_is_of_the_class_of_those_like_it(classes: WordClasses) -> None:
    kitchen, days = (set(classes.of(words)) for words in (KITCHEN, WHEN))
    assert len(kitchen) == len(days) == 1
    assert kitchen != days
    assert set(classes.of(["frying", "Saucepans", "grille-pain"])) == kitchen
    assert set(classes.of(["Thursday", "samedi"])) == days


def test_there_are_no_more_classes_than_words() -> None:
    assert len(WordClasses.learnt(["kettle", "monday"]).of(["kettle"])[0]) == len(
        word_classes.SIZES
    )


def test_classes_are_the_same_after_they_were_kept(classes: WordClasses, tmp_path: Path) -> None:
    classes.save(tmp_path)
    words = [*KITCHEN, *WHEN, "umbrella", "🙂", ""]
    assert WordClasses.load(tmp_path).of(words) == classes.of(words)


def test_where_nothing_was_learnt_a_word_has_no_class() -> None:
    assert WordClasses().of(["kettle", "monday"]) == [(), ()]


def test_what_is_remembered_of_words_is_bounded(
    classes: WordClasses, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = classes.of(["kettle", "monday"])
    monkeypatch.setattr(word_classes, "_REMEMBERED", 3)
    for number in range(10):
        classes.of([f"word{number}"])
    assert len(classes._met) <= 4
    assert classes.of(["kettle", "monday"]) == before
