"""The verdict on a text: what its cues and its words weigh together, and the reasons in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from . import lookup
from .cues import CUES
from .features import Span, sentences, whole
from .words import ENDS, read

_MODEL = Path(__file__).parent / "data" / "model.json"
_DIGITS = 3
_MIDDLE = 0.5

#: A sentence speaks for the whole text, but what it lacks in company it must have in plainness.
_ALONE = 1.0

_MOST_REASONS = 4
_FEW = 2  # fewer reasons than these leave a person asking
_MOST_WORDS = 3
_SCRAP = 2  # letters: the `s` of `let's`, the `re` of `we're`
_WEAK = 0.05  # what weighs less is no reason


@dataclass(frozen=True)
class Verdict:
    """Whether a text is promotional, how surely (from 0 to 1; promotional from 0.5 on), and why.

    Each reason is a sentence that names the words that spoke for the verdict, the weightiest first;
    *words* are those words alone, as the text has them.
    """

    promotional: bool
    score: float
    reasons: tuple[str, ...]
    words: tuple[str, ...] = ()


class Model(NamedTuple):
    """What was learned: weights in logits, by cue and by word as `Span.counted` writes it."""

    bias: float
    cues: Mapping[str, float]
    words: Mapping[str, float]


def judge_text(text: str, lang: str | None = None) -> Verdict:
    """Return the verdict on *text*, written in *lang* (`en`, `fr`, also as `fr-CA`).

    Without a language, or with another, the text is read in the one its small words tell, or both.
    """
    model = learned_model()
    words = read(text)
    weight, span = best_weight(whole(words, lookup.hits(words, lang)), model)
    score = round(1 / (1 + math.exp(-weight)), _DIGITS)
    promotional = score >= _MIDDLE
    return Verdict(promotional, score, *_reasons(span, model, promotional=promotional))


def best_weight(text: Span, model: Model) -> tuple[float, Span]:
    """Return the weight of *text* in logits, and what it rests on: all of it, or one sentence."""
    weight, heaviest = weigh(text, model), text
    for sentence in sentences(text):
        alone = weigh(sentence, model) - _ALONE
        if alone > weight:
            weight, heaviest = alone, sentence
    return weight, heaviest


def weigh(span: Span, model: Model) -> float:
    """Return the weight of *span* in logits: above 0 it is promotional."""
    learned = model.words
    share = span.share()
    return (
        model.bias
        + sum([model.cues[name] for name in {hit.name for hit in span.hits}])
        + share * sum([learned[key] for key in span.counted() if key in learned])
    )


def _reasons(
    span: Span, model: Model, *, promotional: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return why, and the words alone.

    These are the cues that spoke for the verdict; where they are few, also words of a promotion.
    """
    sign = 1 if promotional else -1
    spoke = [
        (sign * model.cues[name], hit)
        for name, hit in span.cues().items()
        if sign * CUES[name].weight > 0 and sign * model.cues[name] > _WEAK
    ]
    spoke.sort(key=lambda one: (-one[0], one[1].start))
    hits = [hit for _, hit in spoke[:_MOST_REASONS]]
    said = [span.words.said(hit.start, hit.end) for hit in hits]
    reasons = [f"`{words}` {CUES[hit.name].says}" for words, hit in zip(said, hits, strict=True)]
    if promotional and len(reasons) < _FEW:
        words = _telling_words(span, model, {p for h in hits for p in range(h.start, h.end)})
        if words:
            reasons.append(f"promotion often uses {' and '.join(f'`{word}`' for word in words)}")
            said += words
    return tuple(reasons), tuple(said)


def _telling_words(span: Span, model: Model, said: set[int]) -> list[str]:
    """Return the words that weigh most for promotion beside those *said*, as the text has them."""
    weights: dict[int, float] = {}
    for key, place in span.counted().items():
        if key in model.words and place not in said and _tells(span.words.words[place]):
            weights[place] = weights.get(place, 0.0) + model.words[key]
    telling = sorted((p for p, w in weights.items() if w > _WEAK), key=lambda p: (-weights[p], p))
    return [span.words.said(place, place + 1) for place in sorted(telling[:_MOST_WORDS])]


def _tells(word: str) -> bool:
    """Return whether *word* would tell a person something: no mark, no scrap, no small word."""
    if word.isalpha():
        return len(word) > _SCRAP and not any(word in small for small in lookup.SMALL.values())
    return word not in ENDS


@cache
def learned_model() -> Model:
    """Return the weights in the package's file, read once."""
    learned = json.loads(_MODEL.read_bytes())
    return Model(learned["bias"], learned["cues"], learned["words"])
