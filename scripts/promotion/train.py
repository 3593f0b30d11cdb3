"""Learns the weights of policy_guard/promotion from the labelled sentences, and measures them.

    python -m scripts.promotion.train              writes the model
    python -m scripts.promotion.train --compare    cues, words or both, by cross-validation
    python -m scripts.promotion.train --held-out   the model as it is, on the sentences held out

The model is as readable as the sentences: one weight a line, sorted, in logits.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from policy_guard.promotion import judge_text, lookup
from policy_guard.promotion.cues import CUES
from policy_guard.promotion.features import Span, whole
from policy_guard.promotion.judge import Model, best_weight
from policy_guard.promotion.words import read

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/promotion/data"
MODEL = ROOT / "policy_guard/promotion/data/model.json"
ABOUT = "weights in logits, learned by scripts/promotion/train.py: change the sentences, not this"

#: The parts that nothing is learned from, and what they are called.
NEVER_LEARNED = {
    "held_out": "held out",
    "second_hand": "second hand",
    "third_hand": "third hand",
    "fourth_hand": "fourth hand",
}

_FOLDS = 8
_STRENGTH = 8.0  # the inverse of scikit-learn's penalty; from 4 to 16 the measures hardly move
_UNIT = 0.25  # how much a word counts beside the penalty
_PER_CUE = 0.17  # how much a cue counts beside the penalty, times its own weight
_IN_COMMON = 0.3  # the same for what all cues of one sign have in common, penalised less
_CAUTION = 0.5  # taken from the bias: who is warned for nothing stops reading warnings
_RAREST = 3  # a word in fewer sentences is not learned
_DIGITS = 3


@dataclass(frozen=True)
class Sentence:
    """One labelled sentence of a section of a file."""

    text: str
    lang: str
    promotional: bool
    section: int


class Measure(NamedTuple):
    """How often `promotional` is right, and how many of the promotional ones are found."""

    precision: float
    recall: float


def read_set(part: str) -> list[Sentence]:
    """Return the sentences of `train` or of a part never learned, in the order of the files."""
    return [
        Sentence(text, lang, kind == "promotional", section)
        for lang in lookup.LANGUAGES
        for section, kinds in enumerate(_sections(DATA / f"{part}.{lang}.yaml"))
        for kind, texts in kinds.items()
        for text in texts
    ]


def _sections(path: Path) -> Iterable[dict[str, list[str]]]:
    sections: dict[str, dict[str, list[str]]] = yaml.safe_load(path.read_text("utf-8"))
    for name, kinds in sections.items():
        for kind in set(kinds) - {"promotional", "plain"}:
            raise ValueError(f"{path}: the section `{name}` has the kind `{kind}`")
    return sections.values()


def span_of(sentence: Sentence) -> Span:
    """Return the sentence as the judge reads it."""
    words = read(sentence.text)
    return whole(words, lookup.hits(words, sentence.lang))


def learn(
    spans: Sequence[Span], labels: Sequence[bool], *, cues: bool = True, words: bool = True
) -> Model:
    """Return the weights that tell the labels of *spans* apart, from cues, words or both.

    A cue's weight is a common trust in the weights written by hand, one for each sign, and what is
    its own beside: a rare cue lives by the trust. Where both are learned, every sentence is learned
    twice, once as if no cue were found in it: the phrases were written with these sentences at hand
    and are found less often in others, so the words have to be able to tell without them.
    """
    import numpy  # noqa: PLC0415 - reading the sentences must not need scikit-learn
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # noqa: PLC0415 - the same
    from sklearn.linear_model import (  # type: ignore[import-untyped]  # noqa: PLC0415 - the same
        LogisticRegression,
    )

    often = Counter(key for span in spans for key in span.counted())
    known = sorted(key for key, times in often.items() if times >= _RAREST) if words else []
    columns = _Columns(known)
    passes = (True, False) if cues and words else (cues,)
    rows = [columns.row(span, cues=with_cues) for with_cues in passes for span in spans]
    cells = [(number, at, value) for number, row in enumerate(rows) for at, value in row]
    numbers, across, values = zip(*cells, strict=True)
    matrix = csr_matrix((values, (numbers, across)), shape=(len(rows), columns.width))
    learned = LogisticRegression(C=_STRENGTH / len(passes), tol=1e-8, max_iter=10_000)
    learned.fit(matrix, numpy.array(list(labels) * len(passes)))
    return columns.model(float(learned.intercept_[0]) - _CAUTION, learned.coef_[0])


class _Columns:
    """Which column of the matrix is which cue or word."""

    def __init__(self, known: Sequence[str]) -> None:
        self._words = {key: column for column, key in enumerate(known)}
        self._cues = {name: len(known) + number for number, name in enumerate(sorted(CUES))}
        self._against, self._for = len(known) + len(CUES), len(known) + len(CUES) + 1
        self.width = len(known) + len(CUES) + 2

    def row(self, span: Span, *, cues: bool) -> list[tuple[int, float]]:
        """Return the filled columns of one text, with its cues or as if it had none."""
        share = span.share() * _UNIT
        row = [(self._words[key], share) for key in span.counted() if key in self._words]
        if cues:
            weights = {name: CUES[name].weight for name in span.cues()}
            row += [(self._cues[name], _PER_CUE * abs(w)) for name, w in weights.items()]
            for column, sign in ((self._for, 1), (self._against, -1)):
                of_sign = sum(weight for weight in weights.values() if sign * weight > 0)
                if of_sign:
                    row.append((column, _IN_COMMON * of_sign))
        return row

    def model(self, bias: float, learned: Sequence[float]) -> Model:
        """Return the weights as the judge adds them up."""
        cues = {}
        for name, column in self._cues.items():
            hand = CUES[name].weight
            trust = learned[self._for if hand > 0 else self._against]
            own = float(learned[column])
            cues[name] = round(
                float(trust) * _IN_COMMON * hand + own * _PER_CUE * abs(hand), _DIGITS
            )
        words = {k: round(float(learned[c]) * _UNIT, _DIGITS) for k, c in self._words.items()}
        return Model(
            round(bias, _DIGITS), cues, {k: weight for k, weight in words.items() if weight}
        )


def by_hand() -> Model:
    """Return the verdict by cues alone, with the weights written beside them."""
    return Model(-2.0, {name: cue.weight for name, cue in CUES.items()}, {})


def cross_validated(
    sentences: Sequence[Sentence], make: Callable[[Sequence[Span], Sequence[bool]], Model]
) -> list[float]:
    """Return the weight of every sentence by a model that has seen no sentence of its section."""
    spans = [span_of(sentence) for sentence in sentences]
    weights = [0.0] * len(spans)
    for fold in range(_FOLDS):
        seen = [n for n, s in enumerate(sentences) if s.section % _FOLDS != fold]
        model = make([spans[n] for n in seen], [sentences[n].promotional for n in seen])
        for n, sentence in enumerate(sentences):
            if sentence.section % _FOLDS == fold:
                weights[n] = best_weight(spans[n], model)[0]
    return weights


def measure(said: Sequence[bool], true: Sequence[bool]) -> Measure:
    """Return precision and recall of what was *said* against what is *true*."""
    right = sum(s and t for s, t in zip(said, true, strict=True))
    return Measure(right / max(1, sum(said)), right / max(1, sum(true)))


def held_out(lang: str | None = None, part: str = "held_out") -> Measure:
    """Return how the model in the package does on sentences that it never saw (of one language).

    *part* is one of `NEVER_LEARNED`.
    """
    some = [s for s in read_set(part) if lang in (None, s.lang)]
    said = [judge_text(s.text, s.lang).promotional for s in some]
    return measure(said, [s.promotional for s in some])


def written(model: Model) -> str:
    """Return the model as the file holds it."""
    content: dict[str, Any] = {"about": ABOUT, **model._asdict()}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def trained() -> Model:
    """Return the model learned from every training sentence."""
    sentences = read_set("train")
    return learn([span_of(s) for s in sentences], [s.promotional for s in sentences])


def main(argv: Sequence[str] | None = None) -> int:
    """Train, compare or measure; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--compare", action="store_true", help="compare by cross-validation")
    parser.add_argument("--held-out", action="store_true", help="measure on the held-out part")
    args = parser.parse_args(argv)
    if args.compare:
        _print_comparison()
    elif args.held_out:
        for part, name in NEVER_LEARNED.items():
            for lang in (*lookup.LANGUAGES, None):
                print(f"{name}, {lang or 'both'}: {_says(held_out(lang, part))}")
    else:
        model = trained()
        MODEL.write_text(written(model), "utf-8")
        print(f"{MODEL.relative_to(ROOT)}: {len(model.cues)} cues, {len(model.words)} words")
    return 0


def _print_comparison() -> None:
    sentences = read_set("train")
    ways: dict[str, Callable[[Sequence[Span], Sequence[bool]], Model]] = {
        "cues, weighted by hand": lambda spans, labels: by_hand(),
        "cues, weights learned": lambda spans, labels: learn(spans, labels, words=False),
        "words": lambda spans, labels: learn(spans, labels, cues=False),
        "cues and words": learn,
    }
    for name, make in ways.items():
        weights = cross_validated(sentences, make)
        for lang in lookup.LANGUAGES:
            some = [n for n, s in enumerate(sentences) if s.lang == lang]
            found = measure(
                [weights[n] >= 0 for n in some], [sentences[n].promotional for n in some]
            )
            print(f"{name:24} {lang}: {_says(found)}")


def _says(found: Measure) -> str:
    return f"precision {found.precision:.3f}, recall {found.recall:.3f}"


if __name__ == "__main__":
    raise SystemExit(main())
