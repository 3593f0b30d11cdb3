"""Hostile webhook bodies: real payloads, bent in every way that a seed comes up with.

What is sent is bytes with a declared coding, signed well, badly or not at all. Nothing here knows
how the channel reads them.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

PAYLOADS = Path(__file__).parents[1] / "channels" / "payloads"
SECRET = "hostile-secret"
Json = Any

_TEXTS = (
    "",
    " ",
    "\0",
    "\ud800",
    "\udfff\ud800",
    "\u202e\u2066\ufeff\u200b",
    "a\u0301" * 500,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "x" * 70_000,
    "/" * 50,
    '/greet{"a": [[[[',
    "STOP",
    "stop\0",
    "\uff33\uff34\uff2f\uff30",  # STOP in full width
    "\u0130\u0131\u017f",
    "%s%n{0}${jndi}",
    "'; DROP TABLE inbox; --",
    "../../etc/passwd",
    "\r\nX-Header: 1",
    "null",
    "1e999",
)
_NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.1, -0.0, 1e308)
#: Written into the JSON as they stand.
_RAW = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "0" + "1" * 30, "1E400")
_MARK = "\x1araw:"
_KEYS = (
    "message",
    "postback",
    "optin",
    "sender",
    "recipient",
    "timestamp",
    "id",
    "mid",
    "text",
    "read",
    "delivery",
    "is_echo",
    "metadata",
    "attachments",
    "__proto__",
    "",
    "\ud800",
    "k" * 5000,
)


@dataclass(frozen=True)
class Hostile:
    """One request: what it sends, and what is known about it."""

    raw: bytes
    headers: dict[str, str]
    how: tuple[str, ...]
    chunks: tuple[int, ...] = ()  # sent in pieces of these sizes where there are any
    signed: bool = True
    plain: bool = field(default=True)  # whole, and with nothing odd about its transfer


def payloads() -> list[Json]:
    """Return the real payloads."""
    return [json.loads(file.read_bytes()) for file in sorted(PAYLOADS.glob("*.json"))]


class Bodies:
    """Draws hostile requests, the same for the same seed."""

    def __init__(self, seed: object) -> None:
        self._random = Random(f"hostile:{seed}")  # noqa: S311 - it draws tests, not secrets
        self._real = payloads()

    def __iter__(self) -> Iterator[Hostile]:
        while True:
            yield self.draw()

    def draw(self) -> Hostile:
        """Return the next request."""
        random, how = self._random, []
        body = self._copy(random.choice(self._real))
        for _ in range(random.choice((0, 1, 1, 2, 3, 6))):
            bend = random.choice(_BENDS)
            how.append(bend.__name__.strip("_"))
            body = bend(self, body)
        raw = self._written(body)
        if random.random() < 0.25:
            spoil = random.choice(_SPOILS)
            how.append(spoil.__name__.strip("_"))
            raw = spoil(self, raw)
        return self._sent(raw, how)

    # -- the transfer ------------------------------------------------------------------------

    def _sent(self, raw: bytes, how: list[str]) -> Hostile:
        random = self._random
        headers = {"Content-Type": "application/json"}
        if random.random() < 0.05:
            raw, coding = random.choice(
                ((gzip.compress(raw), "gzip"), (zlib.compress(raw), "deflate"))
            )
            headers["Content-Encoding"] = coding
            how.append(coding)
        if random.random() < 0.05:
            headers["Content-Type"] = random.choice(
                ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "\\", "")
            )
            how.append("content type")
        digest = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature-256"] = f"sha256={digest}"
        signed = random.random() > 0.08
        if not signed:
            how.append("signature")
            self._spoil_signature(headers, digest)
        chunks: tuple[int, ...] = ()
        if random.random() < 0.1:
            chunks = tuple(random.choice((1, 7, 100, 4096, 65_000)) for _ in range(20))
            how.append("chunked")
        return Hostile(raw, headers, tuple(how), chunks, signed)

    def _spoil_signature(self, headers: dict[str, str], digest: str) -> None:
        wrong = self._random.choice(
            (
                "",
                "sha256=",
                f"sha1={digest[:40]}",
                f"md5={digest}",
                f"sha256={digest.upper()}x",
                f"sha256={'0' * 64}",
                f"sha256={digest} ",
                f"nope={digest}",
                "sha256=" + "\u0660" * 64,
                digest,
            )
        )
        headers.pop("X-Hub-Signature-256")
        if self._random.random() < 0.8:
            headers["X-Hub-Signature-256"] = wrong.encode("utf-8").decode("latin-1").strip() + "-"
        else:
            headers["X-Hub-Signature"] = wrong.encode("utf-8").decode("latin-1")

    # -- the JSON ----------------------------------------------------------------------------

    def _copy(self, body: Json) -> Json:
        """Return a payload as a new event: its ids are new, so that it is not only repeated."""
        text = json.dumps(body)
        fresh = str(self._random.randrange(10**9))
        return json.loads(text.replace('"m_', f'"m_{fresh}_').replace("9001", f"9{fresh}"))

    def _written(self, body: Json) -> bytes:
        try:
            text = json.dumps(body, ensure_ascii=self._random.random() < 0.7)
        except (ValueError, RecursionError):
            text = "{}"
        for raw in _RAW:
            text = text.replace(json.dumps(_MARK + raw), raw)
        return text.encode("utf-8", "surrogatepass")

    def value(self, depth: int = 0) -> Json:
        """Return some value of some type."""
        random = self._random
        kind = random.randrange(9 if depth < 3 else 6)
        if kind == 0:
            return random.choice((None, True, False))
        if kind == 1:
            return random.choice(_NUMBERS)
        if kind == 2:
            return _MARK + random.choice(_RAW)
        if kind in {3, 4, 5}:
            return random.choice(_TEXTS)
        if kind == 6:
            return [self.value(depth + 1) for _ in range(random.randrange(4))]
        if kind == 7:
            return {random.choice(_KEYS): self.value(depth + 1) for _ in range(random.randrange(4))}
        return self.nested(random.choice((5, 31, 32, 33, 300, 900)))

    def nested(self, depth: int) -> Json:
        """Return lists or objects in each other."""
        value: Json = "deep"
        for _ in range(depth):
            value = [value] if self._random.random() < 0.5 else {"message": value}
        return value

    def place(self, body: Json) -> tuple[Any, Any] | None:
        """Return a container of a body and a key in it, drawn over all depths."""
        places: list[tuple[Any, Any]] = []
        within = [body]
        while within:
            one = within.pop()
            keys = list(one) if isinstance(one, dict) else range(len(one))
            for key in keys:
                places.append((one, key))
                if isinstance(one[key], dict | list):
                    within.append(one[key])
            if len(places) > 500:
                break
        return self._random.choice(places) if places else None


Bend = Callable[[Bodies, Json], Json]
Spoil = Callable[[Bodies, bytes], bytes]


def _bent(change: Callable[[Bodies, Any, Any], None]) -> Bend:
    def bend(bodies: Bodies, body: Json) -> Json:
        found = bodies.place(body) if isinstance(body, dict | list) else None
        if found is not None:
            change(bodies, *found)
        return body

    bend.__name__ = change.__name__
    return bend


@_bent
def _wrong_type(bodies: Bodies, holder: Any, key: Any) -> None:
    holder[key] = bodies.value()


@_bent
def _deeply_nested(bodies: Bodies, holder: Any, key: Any) -> None:
    holder[key] = bodies.nested(bodies._random.choice((33, 200, 950)))


@_bent
def _left_out(_bodies: Bodies, holder: Any, key: Any) -> None:
    del holder[key]


@_bent
def _another_key(bodies: Bodies, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[bodies._random.choice(_KEYS)] = holder.pop(key)


@_bent
def _one_more_key(bodies: Bodies, holder: Any, _key: Any) -> None:
    if isinstance(holder, dict):
        holder[bodies._random.choice(_KEYS)] = bodies.value()


@_bent
def _odd_text(bodies: Bodies, holder: Any, key: Any) -> None:
    if isinstance(holder[key], str):
        holder[key] = bodies._random.choice(_TEXTS)


@_bent
def _odd_number(bodies: Bodies, holder: Any, key: Any) -> None:
    if isinstance(holder[key], int | float):
        raw = bodies._random.random() < 0.5
        holder[key] = (
            _MARK + bodies._random.choice(_RAW) if raw else bodies._random.choice(_NUMBERS)
        )


@_bent
def _many(bodies: Bodies, holder: Any, key: Any) -> None:
    if isinstance(holder[key], list):
        holder[key] = holder[key] * bodies._random.choice((0, 2, 3, 20))


def _huge(bodies: Bodies, body: Json) -> Json:
    """Hold about as many items, or as long a text, as fits, or more."""
    number = bodies._random.choice((1000, 1001, 5000, 30_000))
    if not isinstance(body, dict) or bodies._random.random() < 0.7:
        return body
    items = [{}] * number if bodies._random.random() < 0.5 else [{"n": n} for n in range(number)]
    body["entry"] = [{"id": "1234567890", "messaging": items}]
    return body


def _other_top(bodies: Bodies, body: Json) -> Json:
    return bodies._random.choice(([body], bodies.value(), {"object": "page", "entry": body}))


def _two_bodies(bodies: Bodies, body: Json) -> Json:
    other = bodies._copy(bodies._random.choice(bodies._real))
    if isinstance(body, dict) and isinstance(body.get("entry"), list):
        body["entry"] += other["entry"]
    return body


_BENDS: tuple[Bend, ...] = (
    _wrong_type,
    _wrong_type,
    _wrong_type,
    _deeply_nested,
    _left_out,
    _another_key,
    _one_more_key,
    _odd_text,
    _odd_text,
    _odd_number,
    _odd_number,
    _many,
    _huge,
    _other_top,
    _two_bodies,
)


def _truncated(bodies: Bodies, raw: bytes) -> bytes:
    return raw[: bodies._random.randrange(len(raw) + 1)]


def _a_byte_changed(bodies: Bodies, raw: bytes) -> bytes:
    if not raw:
        return raw
    at = bodies._random.randrange(len(raw))
    return raw[:at] + bytes([bodies._random.randrange(256)]) + raw[at + 1 :]


def _a_key_twice(bodies: Bodies, raw: bytes) -> bytes:
    key = bodies._random.choice((b'"entry"', b'"messaging"', b'"message"', b'"id"', b'"sender"'))
    return raw.replace(key, key + b":[{}]," + key, bodies._random.choice((1, 100)))


def _other_encoding(bodies: Bodies, raw: bytes) -> bytes:
    text = raw.decode("utf-8", "replace")
    coding = bodies._random.choice(("utf-16", "utf-32", "utf-7", "utf-8-sig", "latin-1", "cp037"))
    return text.encode(coding, "replace")


def _padded(bodies: Bodies, raw: bytes) -> bytes:
    return raw + bodies._random.choice((b" ", b"\0", b"\n{}", b"//")) * bodies._random.choice(
        (1, 1000)
    )


def _too_large(bodies: Bodies, raw: bytes) -> bytes:
    return raw + b" " * bodies._random.choice((999_000, 1_000_001, 1_500_000))


def _as_a_form(_bodies: Bodies, raw: bytes) -> bytes:
    return b"payload=" + raw


def _noise(bodies: Bodies, _raw: bytes) -> bytes:
    return bodies._random.randbytes(bodies._random.randrange(200))


_SPOILS: tuple[Spoil, ...] = (
    _truncated,
    _truncated,
    _a_byte_changed,
    _a_byte_changed,
    _a_key_twice,
    _a_key_twice,
    _other_encoding,
    _padded,
    _too_large,
    _as_a_form,
    _noise,
)
#: Every way in which a body is bent, for the count of what was reached.
WAYS = sorted(
    {w.__name__.strip("_") for w in (*_BENDS, *_SPOILS)}
    | {"gzip", "deflate", "content type", "signature", "chunked"}
)
