"""Cross-validates the intent model on the training data; prints accuracy and macro F1 a language.

Usage: python scripts/cross_validate.py [--folds 3] [--mistakes FILE]. All languages are learnt
together, as in the bot; each sentence is read by a model that has not seen it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nlu.intents import IntentModel  # noqa: E402  the path to it is set above

_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


def main(arguments: Sequence[str]) -> int:
    """Print one line a language; write the mistakes, least likely label first, where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--mistakes", type=Path)
    options = parser.parse_args(arguments)

    files = sorted((ROOT / "data/nlu").glob("*.yml"))
    rows = [(file.stem, intent, text) for file in files for intent, text in _sentences(file)]
    languages = np.array([language for language, _, _ in rows])
    intents = np.array([intent for _, intent, _ in rows])
    texts = [text for _, _, text in rows]

    read = np.empty(len(rows), dtype=object)
    share_of_label = np.zeros(len(rows))
    folds = StratifiedKFold(options.folds, shuffle=True, random_state=0)
    for known, unseen in folds.split(texts, intents):
        model = IntentModel.trained([texts[i] for i in known], list(intents[known]))
        shares = model.probabilities([texts[i] for i in unseen])
        read[unseen] = np.array(model.intents)[shares.argmax(axis=1)]
        place = {name: column for column, name in enumerate(model.intents)}
        share_of_label[unseen] = [
            row[place[intents[i]]] for row, i in zip(shares, unseen, strict=True)
        ]

    for file in files:
        mine = languages == file.stem
        right = float((read[mine] == intents[mine]).mean())
        macro = float(f1_score(intents[mine], read[mine], average="macro"))
        print(f"{file.stem}: {mine.sum()} sentences, accuracy {right:.3f}, macro F1 {macro:.3f}")
    if options.mistakes:
        wrong = sorted(np.flatnonzero(read != intents), key=lambda i: share_of_label[i])
        lines = [f"{languages[i]}\t{intents[i]}\t{read[i]}\t{texts[i]}\n" for i in wrong]
        options.mistakes.write_text("".join(lines), "utf-8")
    return 0


def _sentences(file: Path) -> list[tuple[str, str]]:
    content = yaml.safe_load(file.read_text("utf-8"))["nlu"]
    return [
        (each["intent"], _ANNOTATION.sub(r"\1", line.removeprefix("- ").strip()))
        for each in content
        if "intent" in each
        for line in each["examples"].splitlines()
        if line.strip()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
