"""Tells words that are written in capitals to be loud from letters that stand for words."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from .words import PLACEHOLDER

_CAPITALS = re.compile(r"\b[A-ZÀ-ÖØ-Þ]{2,}\b")
#: Words that people are told to write, and letters that can be said as a word.
_MEANT = frozenset(
    "STOP START UNSTOP HELP ARRET ARRÊT AIDE REPRENDRE STOPALL UNSUBSCRIBE QUIT INFO IBAN COVID "
    "HTTP HTTPS HTML JSON SEPA ASAP RSVP SIRET SIREN NASA UNESCO IKEA RGPD GDPR CNIL "
    "AIDS CAF CERFA CROUS EHPAD EUR FAQ FIFA GIF ID INSEE ISO LED LIDL MACIF MAIF MATMUT NATO NFC "
    "OTAN PIN PUK RAM RER RIB RSA SACEM SAMU SAV SIDA SIM SMIC SMS SOS TER TVA UAE UEFA UK UNICEF "
    "URSSAF USA USB USD USPS UPS VAT VISA VIN VIP WIFI ZIP ZUS".split()
)
_LONG = 4
_SHORT = 3  # letters that two neighbours need at least
_FEWEST_LETTERS = 6
_MOSTLY = 0.6
_VOWELS = frozenset("AEIOUY")
#: Two consonants that a word of English or French may begin or end with.
_BEGINNINGS = frozenset(
    "BL BR CH CL CR DR DW FL FR GH GL GN GR KL KN KR PH PL PN PR PS RH SC SH SK SL SM SN SP SQ ST "
    "SW TH TR TW VR WH WR".split()
)
_ENDINGS = frozenset(
    "BB CH CK CT DD DS DT FF FT GG GH GN GS HS HT KS LB LD LF LK LL LM LP LS LT LX MB MN MP MS NC "
    "ND NG NK NN NS NT NX NZ PH PP PS PT RB RC RD RF RG RK RL RM RN RP RR RS RT RX SH SK SM SP SS "
    "ST TH TS TT TZ WD WK WL WN WS XT ZZ".split()
)
_CHOICE = re.compile(r"\s*(?:,|/|,?\s+(?:or|ou)\s)\s*")
_LAST_CHOICE = re.compile(r"\s*(?:/|,?\s+(?:or|ou)\s)\s*")
_LONGEST_CHOICE = 2  # words


def loud(text: str) -> list[re.Match[str]]:
    """Return the words of *text* that shout, in order; they are nothing or more than one."""
    if _CAPITALS.search(text) is None:
        return []
    plain = _without_placeholders(text)
    every = list(_CAPITALS.finditer(plain))
    words = [word for word in every if is_word(word[0])]
    letters = [c for c in plain if c.isalpha()]
    upper = sum(c.isupper() for c in letters)
    if not (len(letters) >= _FEWEST_LETTERS and upper >= _MOSTLY * len(letters)):
        near = {
            word
            for pair in pairwise(words)
            if not plain[pair[0].end() : pair[1].start()].strip()
            and all(len(word[0]) >= _SHORT for word in pair)
            for word in pair
        }
        words = [word for word in words if len(word[0]) >= _LONG or word in near]
    if len(words) < 2 or _is_choice(plain, every):  # noqa: PLR2004 - one word is a stress
        return []
    return words


def every_loud(text: str, start: int, end: int) -> list[re.Match[str]]:
    """Return the words in capitals from *start* to *end* that could be written small."""
    return [
        word
        for word in _CAPITALS.finditer(_without_placeholders(text), start, end)
        if is_word(word[0])
    ]


def _without_placeholders(text: str) -> str:
    return PLACEHOLDER.sub(lambda found: " " * len(found[0]), text)


def is_word(capitals: str) -> bool:
    """Tell whether capitals are a word, and no letters that stand for words, as in SNCF."""
    if capitals in _MEANT:
        return False
    word = "".join(
        c for c in unicodedata.normalize("NFD", capitals) if not unicodedata.combining(c)
    )
    if not _VOWELS.intersection(word):
        return False
    first, last = word[:2], word[-2:]
    return bool(
        (_VOWELS.intersection(first) or first in _BEGINNINGS)
        and (_VOWELS.intersection(last) or last in _ENDINGS)
    )


def _is_choice(text: str, every: list[re.Match[str]]) -> bool:
    """Tell whether all that is in capitals are the words to choose from, as in YES or NO."""
    gaps = [text[a.end() : b.start()] for a, b in pairwise(every)]
    between = [gap for gap in gaps if gap.strip()]
    longest, run = 1, 1
    for gap in gaps:
        run = 1 if gap.strip() else run + 1
        longest = max(longest, run)
    return bool(
        between
        and longest <= _LONGEST_CHOICE
        and all(_CHOICE.fullmatch(gap) for gap in between)
        and _LAST_CHOICE.fullmatch(between[-1])
    )
