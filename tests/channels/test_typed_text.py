"""What a person types is never an order: neutralised slashes, bounded payloads, STOP and START."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from channels.typed_text import MAX_ENTITIES, intent_payload, keyword, neutralise
from tests.conftest import LANGUAGES

ALLOWED = {"greet", "choose_alerts", "restart", "back", "session_start", "EXTERNAL_x", "é"}


def _rasa_reads_an_intent(text: str) -> bool:
    """What Rasa does with a text: strip it, match its own pattern, unpack the intent."""
    stripped = UserMessage(text).text
    return YAMLStoryReader.unpack_regex_message(Message({TEXT: stripped})).get(INTENT) is not None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("/greet", "\u2215greet"),
        ("  /greet", "  \u2215greet"),
        ("\u00a0\u3000\u2003/greet", "\u00a0\u3000\u2003\u2215greet"),
        ("\u200b\ufeff/greet", "\u200b\ufeff\u2215greet"),
        ("\x1c\x85/restart", "\x1c\x85\u2215restart"),
        ("\n/restart", "\n\u2215restart"),
        ('/greet{"sku": "X1"}', '\u2215greet{"sku": "X1"}'),
        ("//greet", "\u2215/greet"),
        ("/", "\u2215"),
        ("", ""),
        ("   ", "   "),
        ("and/or", "and/or"),
        ("hello /greet", "hello /greet"),
        ("EXTERNAL: optin", "EXTERNAL: optin"),
        ("\uff0fgreet", "\uff0fgreet"),
    ],
)
def test_a_leading_slash_becomes_one_that_is_only_text(typed: str, kept: str) -> None:
    assert neutralise(typed) == kept
    assert not _rasa_reads_an_intent(neutralise(typed))


def test_without_it_rasa_would_read_an_intent() -> None:
    """The check of these tests can fail: Rasa does read these texts as intents."""
    for typed in ("/greet", " \u3000/restart", '/greet{"a": 1}', "/EXTERNAL_x", "/ greet"):
        assert _rasa_reads_an_intent(typed)


INVISIBLE = st.sampled_from([" ", "\t", "\n", "\u00a0", "\u3000", "\u200b", "\ufeff", "\x1f", "/"])


@given(st.text(INVISIBLE, max_size=6), st.text(st.characters(exclude_categories=["Cs"])))
@settings(max_examples=500, deadline=None)
def test_no_neutralised_text_is_an_intent_for_rasa(before: str, rest: str) -> None:
    typed = f"{before}/{rest}"
    safe = neutralise(typed)
    assert not _rasa_reads_an_intent(safe)
    assert not _rasa_reads_an_intent(unicodedata.normalize("NFKC", safe).lower())
    assert len(safe) == len(typed)
    assert neutralise(safe) == safe


@pytest.mark.parametrize(
    "payload",
    [
        "/greet",
        "/é",
        '/choose_alerts{"alert_type": "delivery"}',
        '/choose_alerts{"alert_type": "delivery", "n": 3, "x": -1.5, "all": true}',
        '/greet{"a": "{}@ / \\u00e9"}',
        '/greet{"n": 9007199254740992}',
    ],
)
def test_a_payload_the_bot_may_issue_names_its_intent(payload: str) -> None:
    assert intent_payload(payload, ALLOWED) == payload
    assert _rasa_reads_an_intent(payload)


@pytest.mark.parametrize(
    ("why", "payload"),
    [
        ("no slash", "greet"),
        ("empty", ""),
        ("only a slash", "/"),
        ("not allowed", "/admin_reset"),
        ("another case", "/Greet"),
        ("space before", " /greet"),
        ("space after", "/greet "),
        ("newline after", "/greet\n"),
        ("two slashes", "//greet"),
        ("confidence", "/greet@0.5"),
        ("confidence and entities", '/greet@0.5{"a": 1}'),
        ("text after", '/greet{"a": 1} more'),
        ("restart", "/restart"),
        ("back", "/back"),
        ("session_start", "/session_start"),
        ("machine only", "/EXTERNAL_x"),
        ("not JSON", "/greet{a: 1}"),
        ("a list", "/greet[1]"),
        ("null", '/greet{"a": null}'),
        ("a list within", '/greet{"a": [1]}'),
        ("an object within", '/greet{"a": {"b": 1}}'),
        ("a key twice", '/greet{"a": 1, "a": 2}'),
        ("a key twice within", '/greet{"a": {"b": 1, "b": 2}}'),
        ("NaN", '/greet{"a": NaN}'),
        ("Infinity", '/greet{"a": -Infinity}'),
        ("infinite", '/greet{"a": 1e999}'),
        ("a number no float holds", '/greet{"a": 9007199254740993}'),
        ("a lone surrogate", '/greet{"a": "\\ud800"}'),
        ("a lone surrogate as name", '/greet{"\\ud800": 1}'),
        ("NUL", '/greet{"a": "\\u0000"}'),
        ("deep", '/greet{"a": ' + "[" * 900 + "}"),
        ("a newline in the JSON", '/greet{"a":\n1}'),
    ],
)
def test_any_other_payload_is_only_data(why: str, payload: str) -> None:
    assert intent_payload(payload, ALLOWED) is None, why


def test_entities_have_at_most_a_thousand_characters() -> None:
    frame = len('{"a": ""}')
    longest = '/greet{"a": "' + "x" * (MAX_ENTITIES - frame) + '"}'
    assert intent_payload(longest, ALLOWED) == longest
    assert intent_payload(longest.replace("x", "xx", 1), ALLOWED) is None


def test_only_named_entities_pass_when_names_are_given() -> None:
    payload = '/greet{"sku": "X1"}'
    assert intent_payload(payload, ALLOWED, {"sku", "n"}) == payload
    assert intent_payload(payload, ALLOWED, {"n"}) is None
    assert intent_payload("/greet", ALLOWED, set()) == "/greet"


def test_an_empty_object_is_left_away_as_rasa_would_warn_about_it() -> None:
    assert intent_payload("/greet{}", ALLOWED) == "/greet"
    assert intent_payload("/greet{ }", ALLOWED) == "/greet"


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_no_payload_makes_it_raise(rest: str) -> None:
    assert intent_payload("/greet{" + rest, ALLOWED) in {None, "/greet", "/greet{" + rest}


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        "Stop!",
        " stop. ",
        "«stop»",
        "/stop",
        "stop 🛑",
        "\u200bSTOP\ufe0f",
        "\uff33\uff34\uff2f\uff30",  # full-width letters
        "StopAll",
        "stop   ALL",
        "unsubscribe",
        "ARRET",
        "Arrêt",
        "arre\u0302t",  # the accent as a character of its own
        "arrêtez !",
        "stop tout",
        "désabonner",
        "Me désabonner",
        "désabonnez-moi",
        "désinscrire",
    ],
)
def test_a_whole_message_that_says_stop_is_stop(text: str) -> None:
    assert keyword(text, LANGUAGES) == "stop"


@pytest.mark.parametrize("text", ["START", "start!", "Unstop", "reprendre", "REPRENDRE."])
def test_a_whole_message_that_says_start_is_start(text: str) -> None:
    assert keyword(text, LANGUAGES) == "start"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "🛑",
        "stop please",
        "don't stop",
        "non-stop",
        "stop news",
        "bus stop",
        "stopp",
        "st op",
        "s.t.o.p",
        "arrêt de bus",
        "cancel",
        "quit",
        "end",
        "annuler",
        "yes",
        "restart",
        "commencer",
        "get started",
        "start over",
        "stop" + "!" * 1_000_000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_anything_else_goes_to_the_dialogue(text: str) -> None:
    assert keyword(text, LANGUAGES) is None
