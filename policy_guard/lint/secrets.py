"""Secrets and personal data as they look in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_KINDS = (
    ("a token of a Page", re.compile(r"\bEAA[A-Za-z0-9]{30,}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("an access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{30,}\b")),
    ("a token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}\b|\bglpat-[\w-]{20,}\b")),
    ("a secret key", re.compile(r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}\b")),
    ("a key", re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b|\bsk-[A-Za-z0-9_-]{32,}\b")),
    ("a key", re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}")),
    ("a signed token", re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}")),
    (
        "a token",
        re.compile(r"\b[Bb]earer\s+(?P<value>(?=[A-Za-z._~+/-]*\d)[\w.~+/-]{16,}=*)"),
    ),
    (
        "a password",
        re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@{}$<>]+:(?P<value>[^\s:/@{}$<>]{3,})@"),
    ),
)
#: What a line holds, in small letters, that may hold a secret: it is quicker to look for these.
_SIGNS = tuple(
    "eaa -----begin akia asia ghp_ gho_ ghu_ ghs_ ghr_ github_pat xox glpat k_live k_test aiza sk- "
    "sg. bearer eyj :// secret token passw api_key api-key apikey verify".split()
)
_NAMED = re.compile(
    r"(?<![\w-])(?P<name>[\w-]{0,60}(?:secret|token|password|passwd|api[_-]?key|app[_-]?secret|verify)[\w-]{0,60})"
    r"[\"']?[^\S\n]*[:=][^\S\n]*(?P<quote>[\"']?)(?P<value>[^\s\"'#,}{]{8,})(?P=quote)",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    r"\$|<|://|^(?:your|my|the|some|example|change|xxx|todo|dummy|test|placeholder|null|none|true|false)"
    r"|^[a-z_.]+(?:\(|$)|^[A-Za-z_]\w*(?:\.\w+|\[|\()",
    re.IGNORECASE,
)
#: In a file that is there for keys, whatever stands under such a name.
_KEPT = re.compile(
    r"(?<![\w-])(?P<name>[\w-]{0,60}(?:secret|token|password|passwd|api[_-]?key))[\"']?[^\S\n]*:[^\S\n]*\[?"
    r"(?P<quote>[\"'])?(?P<value>(?(quote)[^\"'\n]{3,}|[^\s\"'#,{}\[&*!|>][^\s#,{}\]]{2,}))(?(quote)(?P=quote))",
    re.IGNORECASE,
)
_NOT_KEPT = re.compile(
    r"\$\{|^\$\w+$|<|://|^(?:your|example|change|xxx|todo|dummy|placeholder)"
    r"|^(?:null|none|true|false)$",
    re.IGNORECASE,
)
_KEY_FILES = ("credentials", "endpoints")
_PASSWORD = re.compile(r"(?:password|passwd|secret)$", re.IGNORECASE)
_HEX = re.compile(r"(?=[a-fA-F]*\d)[0-9a-fA-F]{16,}")
_ROLE = re.compile(
    r"^(?:info|contact|support|help|hello|hi|sales|service|services|team|privacy|dpo|noreply|"
    r"no-reply|office|admin|press|jobs|bonjour|aide|accueil|sav|boutique|shop|feedback|care|"
    r"customer[\w.-]*|client[\w.-]*)@|@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|example|test|invalid)$",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
)
_CARD = re.compile(r"(?<![\d-])(?:\d[ -]?){12,18}\d(?![\d-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_SSN = re.compile(r"\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b")
_NIR = re.compile(r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}\b")
_NIR_KEY = 97
_LARGEST_DIGIT = 9
ADDRESS = "a person's e-mail address"
_LEAST_KINDS = 3  # of capital, small, digit, other: what a password is made of


@dataclass(frozen=True)
class Hit:
    """Where something stands that should not, and what it looks like."""

    start: int
    end: int
    what: str


def secrets(text: str, *, keys: bool = False) -> Iterator[Hit]:
    """Give what looks like a secret, line by line; *keys* tells that the file is there for them."""
    small = text.lower()
    if len(small) != len(text):  # the capital of a Turkish dotted i becomes two
        small = "".join(map(_small, text))
    present = [sign for sign in _SIGNS if sign in small]
    behind = 0
    for sign in re.finditer("|".join(map(re.escape, present)), small) if present else ():
        if sign.start() < behind:
            continue
        start = text.rfind("\n", 0, sign.start()) + 1
        end = text.find("\n", sign.end())
        behind = len(text) if end == -1 else end
        for hit in _in_line(text[start:behind], keys=keys):
            yield Hit(start + hit.start, start + hit.end, hit.what)


def is_for_keys(path: str) -> bool:
    """Tell whether a file is one in which addresses and keys are kept."""
    return path.rsplit("/", 1)[-1].startswith(_KEY_FILES)


def _small(character: str) -> str:
    """Return a letter in small where that is one character, so that places stay."""
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _in_line(text: str, *, keys: bool) -> Iterator[Hit]:
    """Give what looks like a secret, first by shape, then by the name that it is given."""
    taken: list[tuple[int, int]] = []
    for start, end, what in [*_by_shape(text), *_by_name(text), *(_kept(text) if keys else ())]:
        if not any(first < end and start < last for first, last in taken):
            taken.append((start, end))
            yield Hit(start, end, what)


def _by_shape(text: str) -> Iterator[tuple[int, int, str]]:
    for what, pattern in _KINDS:
        for found in pattern.finditer(text):
            yield (*found.span("value" if "value" in pattern.groupindex else 0), what)


def _by_name(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _NAMED.finditer(text):
        value, name = found["value"], found["name"]
        chosen = bool(found["quote"]) and _PASSWORD.search(name) and _letters_and_digits(value)
        if not _NO_SECRET.search(value) and (_mixed(value) or _HEX.fullmatch(value) or chosen):
            yield (*found.span("value"), f"the value of `{name}`")


def _kept(text: str) -> Iterator[tuple[int, int, str]]:
    """Give what stands under the name of a secret in a file of keys, comments left out."""
    for found in _KEPT.finditer(text):
        if "#" not in text[: found.start()] and not _NOT_KEPT.search(found["value"]):
            yield (*found.span("value"), f"the value of `{found['name']}`")


def _letters_and_digits(value: str) -> bool:
    return any(map(str.isalpha, value)) and any(map(str.isdigit, value))


def _mixed(value: str) -> bool:
    """Tell whether a value looks made up of chance: words and numbers alone do not."""
    kinds = (str.isupper, str.islower, str.isdigit, lambda c: not c.isalnum())
    return sum(any(kind(character) for character in value) for kind in kinds) >= _LEAST_KINDS


def hidden(line: str, *, keys: bool = False) -> str:
    """Return a text with what looks like a secret blotted out, column for column."""
    for hit in list(secrets(line, keys=keys)):
        line = line[: hit.start] + "*" * (hit.end - hit.start) + line[hit.end :]
    return line


def personal(text: str) -> Iterator[Hit]:
    """Give what looks like the data of a person: addresses, cards, accounts, national numbers."""
    for found in _EMAIL.finditer(text):
        if not _ROLE.search(found[0]):
            yield Hit(*found.span(), ADDRESS)
    for found in _CARD.finditer(text):
        if _luhn(re.sub(r"\D", "", found[0])):
            yield Hit(*found.span(), "a card's number")
    for found in _IBAN.finditer(text):
        if _iban(found[0].replace(" ", "")):
            yield Hit(*found.span(), "a bank account")
    for found in _SSN.finditer(text):
        yield Hit(*found.span(), "a social security number")
    for found in _NIR.finditer(text):
        digits = found[0].replace(" ", "")
        if _NIR_KEY - int(digits[:13]) % _NIR_KEY == int(digits[13:]):
            yield Hit(*found.span(), "a social security number")


def _luhn(digits: str) -> bool:
    if len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - _LARGEST_DIGIT if value > _LARGEST_DIGIT else value
    return total % 10 == 0


def _iban(text: str) -> bool:
    turned = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
