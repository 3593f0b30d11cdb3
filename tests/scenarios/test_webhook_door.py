"""The webhook's door: who may knock, and what no sender can do to it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import copy
import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.webhooks import encode

from .conftest import PAGE, Bot, Json, call

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

READ_WITHIN = 5.0  # seconds that the channel waits for a body


def message(psid: str, mid: str, text: str = "hello") -> Json:
    """Return the event of a message."""
    return {
        "sender": {"id": psid},
        "recipient": {"id": PAGE},
        "timestamp": 1778400000000,
        "message": {"mid": mid, "text": text},
    }


def raw_request(
    bot: Bot, head: str, body: bytes = b"", *, path: str = "/webhooks/messenger/webhook"
) -> tuple[int, float]:
    """Send bytes as they are; returns the answer's status and the seconds it took."""
    with socket.create_connection(("127.0.0.1", bot.stack.ports.rasa), 20.0) as line:
        start = time.monotonic()
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: bot\r\n{head}".encode())
        with contextlib.suppress(OSError):  # it may close the door on what it will not read
            line.sendall(b"\r\n" + body)
        answer = line.recv(4096)
    status = re.match(rb"HTTP/1.1 (\d{3})", answer)
    assert status is not None, answer
    return int(status[1]), time.monotonic() - start


# -- who may knock -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
    ],
)
def test_a_body_that_is_not_signed_well_is_refused_with_an_empty_answer(
    bot: Bot, headers: dict[str, str]
) -> None:
    person = bot.stranger()
    refused = bot.health()["seen"].get("bad_signatures", 0)
    answer = bot.post(bot.body_of(message(person.psid, f"m_{person.psid}")), headers)
    assert (answer.status, answer.body) == (403, b"")
    assert bot.health()["seen"]["bad_signatures"] == refused + 1
    assert person.turns() == []


def test_a_signature_of_other_bytes_is_refused(bot: Bot) -> None:
    person = bot.stranger()
    raw = bot.body_of(message(person.psid, f"m_{person.psid}"))
    signature = {"X-Hub-Signature-256": bot.signature(raw)}
    assert bot.post(raw + b" ", signature).status == 403
    assert bot.post(raw, signature).status == 200
    person.settle()
    assert len(person.turns()) == 1


def test_the_platform_finds_our_address(bot: Bot) -> None:
    token = bot.secrets["MESSENGER_VERIFY_TOKEN"]
    question = f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}"
    answer = call(f"{bot.url}/webhook?{question}")
    assert (answer.status, answer.body) == (200, b"1158201444")


@pytest.mark.parametrize(
    "question",
    [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token={token}",
        "hub.challenge=1&hub.verify_token={token}",
        "",
    ],
)
def test_a_stranger_does_not_find_our_address(bot: Bot, question: str) -> None:
    token = bot.secrets["MESSENGER_VERIFY_TOKEN"]
    answer = call(f"{bot.url}/webhook?{question.format(token=token)}")
    assert (answer.status, answer.body) == (403, b"")


# -- bodies too large and too slow ---------------------------------------------------------------


def test_two_megabytes_are_too_large(bot: Bot) -> None:
    head = "Content-Length: 2000000\r\n"
    status, took = raw_request(bot, head, b"x" * 2_000_000)
    assert status == 413
    assert took < READ_WITHIN


def test_two_megabytes_are_too_large_before_they_are_sent(bot: Bot) -> None:
    status, took = raw_request(bot, "Content-Length: 2000000\r\n")
    assert status == 413
    assert took < READ_WITHIN


def test_two_megabytes_in_chunks_are_too_large(bot: Bot) -> None:
    chunk = b"%x\r\n%s\r\n" % (100_000, b"x" * 100_000)
    status, _ = raw_request(bot, "Transfer-Encoding: chunked\r\n", chunk * 20 + b"0\r\n\r\n")
    assert status == 413


def test_a_body_that_stalls_is_given_up_after_five_seconds(bot: Bot) -> None:
    """A stalled body, one that never begins, and a stalled chunk, all at once."""
    ways = [
        ("Content-Length: 100\r\n", b'{"object"'),
        ("Content-Length: 100\r\n", b""),
        ("Transfer-Encoding: chunked\r\n", b'9\r\n{"object"\r\n'),
    ]
    with concurrent.futures.ThreadPoolExecutor(len(ways)) as pool:
        asked = [pool.submit(raw_request, bot, head, body) for head, body in ways]
        answers = [one.result() for one in asked]
    assert [status for status, _ in answers] == [408, 408, 408]
    assert all(READ_WITHIN - 0.5 < took < 3 * READ_WITHIN for _, took in answers)
    assert bot.health()["seen"]["bodies_too_slow"] >= 3


def test_a_declared_length_that_lies_short_breaks_the_signature(bot: Bot) -> None:
    raw = bot.body_of(message("1", "m_liar"))
    head = f"X-Hub-Signature-256: {bot.signature(raw)}\r\nContent-Length: {len(raw) - 5}\r\n"
    status, _ = raw_request(bot, head, raw)
    assert status == 403


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: -5",
        "Content-Length: +5",
        "Content-Length: abc",
        "Content-Length: 1e9",
        "Content-Length: 1_0",
        "Content-Length: " + "9" * 30,
        "Transfer-Encoding: gzip",
    ],
)
def test_a_length_that_is_not_plainly_declared_is_refused(bot: Bot, head: str) -> None:
    """A negative length would have the server read for ever, and nobody else be answered."""
    status, _ = raw_request(bot, f"{head}\r\n", b"{}")
    assert 400 <= status < 500
    assert len(bot.stranger().say("hello")) == 1


def test_every_route_of_the_server_refuses_a_length_that_is_none(bot: Bot) -> None:
    for path in ("/webhooks/messenger/notify", "/webhooks/messenger/", "/model/parse", "/nowhere"):
        status, _ = raw_request(bot, "Content-Length: -5\r\n", b"{}", path=path)
        assert 400 <= status < 500


@pytest.mark.parametrize(
    "raw", [b"", b"no json", b"null", b"[]", b"7", b'{"object": ', b"\xff\xfe"]
)
def test_a_signed_body_that_is_no_json_object_is_a_bad_request(bot: Bot, raw: bytes) -> None:
    answer = bot.post(raw)
    assert answer.status == 400
    assert answer.json["error"]


def test_events_for_another_page_are_counted_and_not_answered(bot: Bot) -> None:
    person = bot.stranger()
    before = bot.counted("events_for_another_page")
    foreign = message(person.psid, f"m_{person.psid}")
    foreign["recipient"]["id"] = "99"
    answer = bot.post(bot.body_of(foreign, foreign, page="99"))
    assert answer.status == 200
    assert bot.counted("events_for_another_page") == before + 2
    assert person.turns() == []


# -- hostile bodies ------------------------------------------------------------------------------

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1e308,
    "",
    "\0",
    "\ud83d",  # half a pair
    "x" * 3000,
    [],
    {},
    [[[]]],
    {"id": {"id": {}}},
]


def _paths(data: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in children:
        yield (*here, key)
        if isinstance(value, (dict, list)):
            yield from _paths(value, (*here, key))


def _with(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(data)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def hostile_bodies() -> list[bytes]:
    """Return a webhook body with every value in it replaced by everything strange."""
    body = {
        "object": "page",
        "entry": [{"id": PAGE, "time": 1, "messaging": [message("PSID", "MID", "TEXT")]}],
    }
    made = [_with(body, path, value) for path in _paths(body) for value in VALUES]
    texts = [json.dumps(one) for one in made]
    # Each has a person and a message of its own, where it still has any.
    return [
        text.replace('"PSID"', f'"hostile-{n}"').replace('"MID"', f'"m_hostile_{n}"').encode()
        for n, text in enumerate(texts)
    ]


OTHERS: list[bytes] = [
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"object": "page", "entry": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"object": "page", "object": "page", "entry": []}',
    b'{"object": "page", "entry": [], "n": ' + b"9" * 10_000 + b"}",
    b'{"object": "page", "entry": [{"time": NaN, "messaging": [Infinity]}]}',
    b'\xef\xbb\xbf{"object": "page", "entry": []}',
    b'{"object": "page", "entry": [{"messaging": ["\xff"]}]}',
    '{"object": "page", "entry": []}'.encode("utf-16"),
    b'{"object": "page", "entry": ["' + b"\\ud800" * 1000 + b'"]}',
    b'{"object": "page", "entry": [' + b",".join([b"{}"] * 5000) + b"]}",
    b'{"object": "user", "entry": [{"id": "1", "changes": [{"field": "feed"}]}]}',
]


def test_no_signed_body_whatever_is_a_server_error(bot: Bot) -> None:
    """Nor does any of them make a turn fail, or keep anybody else from being answered."""
    given_up = [row.id for row in bot.failed()]
    lost = bot.health()["seen"].get("responses_lost", 0)
    bodies = hostile_bodies() + OTHERS
    assert len(bodies) >= 200
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(bot.post, bodies))
    strange = [
        (body[:300], answer.status)
        for body, answer in zip(bodies, answers, strict=True)
        if answer.status not in (200, 400)
    ]
    assert strange == []
    person = bot.stranger()
    assert len(person.say("hello")) == 1
    bot.wait(lambda: not bot.unfinished(), "the hostile turns", 120)
    new = [(row.key, row.error) for row in bot.failed() if row.id not in given_up]
    assert new == []
    assert bot.health()["seen"].get("responses_lost", 0) == lost


def test_a_hostile_neighbour_costs_nobody_their_answer(bot: Bot) -> None:
    person = bot.stranger()
    mine = message(person.psid, f"m_{person.psid}")
    mine["timestamp"] = int(bot.sim.now().timestamp() * 1000)
    strangers: list[Any] = [None, 7, {"sender": []}, {"message": "text"}]
    body = {"id": PAGE, "time": 1, "messaging": [*strangers, mine, *strangers]}
    bot.sim.say(person.psid, "hello", deliver=False)  # the platform knows that they wrote
    assert bot.post(encode({"object": "page", "entry": [body]})).status == 200
    person.settle()
    assert len(person.told()) == 1
