"""Strictness: every limit on both sides, and everything unknown refused."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.facts import FactsError, load_facts, parse_moment
from simulator.judge import Opening, PageFacts, PersonFacts, judge
from simulator.reading import RefusedError
from simulator.shape import Call, read_call

NOW = datetime(2026, 7, 1, tzinfo=timezone.utc)
Json = dict[str, Any]


def read(body: object, at: datetime = NOW) -> Call:
    return read_call(body, at, load_facts())


def refused(body: object, at: datetime = NOW) -> str:
    """Return the sentence of the refusal, which every bad body must get, with code 100."""
    with pytest.raises(RefusedError) as caught:
        read(body, at)
    assert caught.value.error.code == 100
    return caught.value.error.message


def send(message: object, **more: Any) -> Json:
    return {"recipient": {"id": "1"}, "messaging_type": "RESPONSE", "message": message, **more}


def template(**payload: Any) -> Json:
    return send({"attachment": {"type": "template", "payload": payload}})


def button(title: str = "Go", payload: str = "P") -> Json:
    return {"type": "postback", "title": title, "payload": payload}


def buttons(*many: Json, text: str = "Choose") -> Json:
    return template(template_type="button", text=text, buttons=list(many))


def generic(*elements: Json) -> Json:
    return template(template_type="generic", elements=list(elements))


def card(**more: Any) -> Json:
    return {"title": "Shoes", "subtitle": "Red", **more}


def replies(many: int, **more: Any) -> Json:
    one = {"content_type": "text", "title": "A", "payload": "P", **more}
    return send({"text": "?", "quick_replies": [one] * many})


def pictures(many: int) -> Json:
    one = {"type": "image", "payload": {"url": "https://shop.example/a.png"}}
    return send({"attachments": [one] * many})


def asking(title: str = "Tell me", payload: str = "t") -> Json:
    return template(template_type="one_time_notif_req", title=title, payload=payload)


@pytest.mark.parametrize(
    ("largest", "too_large"),
    [
        (send({"text": "x" * 2000}), send({"text": "x" * 2001})),
        (send({"text": "é" * 2000}), send({"text": ""})),
        (send({"text": "x", "metadata": "m" * 999}), send({"text": "x", "metadata": "m" * 1000})),
        (pictures(30), pictures(31)),
        (replies(13), replies(14)),
        (replies(1, payload="p" * 1000), replies(1, payload="p" * 1001)),
        (replies(1), send({"text": "?", "quick_replies": []})),
        (buttons(*[button()] * 3), buttons(*[button()] * 4)),
        (buttons(button()), buttons()),
        (buttons(button("t" * 20)), buttons(button("t" * 21))),
        (buttons(button(payload="p" * 1000)), buttons(button(payload="p" * 1001))),
        (buttons(button(), text="x" * 640), buttons(button(), text="x" * 641)),
        (generic(*[card()] * 10), generic(*[card()] * 11)),
        (generic(card(title="t" * 80)), generic(card(title="t" * 81))),
        (generic(card(subtitle="t" * 80)), generic(card(subtitle="t" * 81))),
        (generic(card(buttons=[button()] * 3)), generic(card(buttons=[button()] * 4))),
        (generic(card()), generic({"title": "alone"})),
        (asking("t" * 65), asking("t" * 66)),
        (asking(payload="p" * 1000), asking(payload="p" * 1001)),
    ],
)
def test_the_largest_is_taken_and_one_more_is_refused(largest: Json, too_large: Json) -> None:
    assert read(largest).kind == "message"
    assert refused(too_large).startswith("(#100)")


def test_a_long_quick_reply_title_is_cut_and_not_refused() -> None:
    body = replies(1, title="t" * 25)
    assert read(body).message["quick_replies"][0]["title"] == "t" * 20
    assert body["message"]["quick_replies"][0]["title"] == "t" * 25


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ([], "the body"),
        ({}, "`recipient`"),
        ({"recipient": {"id": "1"}}, "`message`"),
        (send({"text": "x"}, colour="red"), "`colour`"),
        (send({"text": "x", "bold": True}), "`message.bold`"),
        (send({"text": "x"}, recipient={"id": "1", "name": "A"}), "`recipient.name`"),
        (send({"text": "x"}, recipient={"id": "1", "one_time_notif_token": "t"}), "exactly one"),
        (send({"text": "x"}, recipient={}), "exactly one"),
        (send({"text": "x"}, recipient={"id": 1}), "`recipient.id`"),
        (send({"text": "x"}, recipient={"user_ref": "1"}), "does not imitate"),
        (send({"text": "x"}, messaging_type=None), "`messaging_type`"),
        (send({"text": "x"}, messaging_type="REPLY"), "`messaging_type`"),
        (send({"text": "x"}, messaging_type="UTILITY"), "`message.template`"),
        (send({"text": "x"}, messaging_type="MESSAGE_TAG"), "`tag`"),
        (send({"text": "x"}, tag="ACCOUNT_UPDATE"), "`tag`"),
        (send({"text": "x"}, notification_type="LOUD"), "`notification_type`"),
        (send({"text": 5}), "`message.text`"),
        (send({"text": "\ud800"}), "unicode"),
        (send({}), "exactly one"),
        (send({"text": "x", "attachment": {}}), "exactly one"),
        (send("hello"), "`message`"),
        (send({"attachment": {"type": "image", "payload": {}}}), "either"),
        (send({"attachment": {"type": "image", "payload": {"url": "ftp://x"}}}), "web address"),
        (send({"attachment": {"type": "fax", "payload": {}}}), "`message.attachment.type`"),
        (template(template_type="receipt"), "does not imitate"),
        (template(template_type="airline"), "template_type"),
        (buttons({"type": "postback", "title": "Go"}), "payload` is missing"),
        (buttons({"type": "nested", "title": "Go"}), "kind of button"),
        (buttons({**button(), "colour": "red"}), "colour"),
        (buttons({"type": "web_url", "title": "Go", "url": "javascript:alert(1)"}), "web address"),
        (generic("card"), "is not an object"),  # type: ignore[arg-type] # on purpose
        (replies(1, content_type="song"), "content_type"),
        ({"recipient": {"id": "1"}, "sender_action": "dance"}, "`sender_action`"),
        (
            {"recipient": {"id": "1"}, "sender_action": "typing_on", "messaging_type": "RESPONSE"},
            "`messaging_type`",
        ),
        ({"recipient": {"one_time_notif_token": "t"}, "sender_action": "typing_on"}, "token"),
        (
            {
                "recipient": {"id": "1"},
                "sender_action": "react",
                "payload": {"message_id": "m", "reaction": ""},
            },
            "`payload.reaction`",
        ),
        (
            {
                "recipient": {"one_time_notif_token": "t"},
                "messaging_type": "MESSAGE_TAG",
                "tag": "ACCOUNT_UPDATE",
                "message": {"text": "x"},
            },
            "takes no `tag`",
        ),
    ],
)
def test_what_the_platform_does_not_know_is_refused_by_name(body: object, names: str) -> None:
    if isinstance(body, dict) and body.get("messaging_type", "") is None:
        del body["messaging_type"]
    assert names in refused(body)


def test_a_message_and_a_sender_action_together_have_an_error_of_their_own() -> None:
    with pytest.raises(RefusedError) as caught:
        read(send({"text": "x"}, sender_action="typing_on"))
    assert (caught.value.error.code, caught.value.error.subcode) == (100, 2018014)


def test_a_token_needs_no_messaging_type() -> None:
    body = {"recipient": {"one_time_notif_token": "t"}, "message": {"text": "x"}}
    assert read(body).token == "t"
    assert read({**body, "messaging_type": "UPDATE"}).messaging_type == "UPDATE"


@pytest.mark.parametrize(
    ("body", "since"),
    [
        (send({"text": "x"}, reply_to={"mid": "m"}), "2025-07-15T00:00:00Z"),
        (send({"sticker_id": "369239263222822"}), "2026-06-01T00:00:00Z"),
        (
            {
                "recipient": {"id": "1"},
                "sender_action": "react",
                "payload": {"message_id": "m", "reaction": "love"},
            },
            "2025-12-02T00:00:00Z",
        ),
    ],
)
def test_a_field_is_unknown_the_second_before_it_came(body: Json, since: str) -> None:
    start = parse_moment(since)
    assert read(body, start)
    assert "came only on" in refused(body, start.replace(year=start.year - 1))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["recipient", "id", "message", "text", "attachment", "type", "payload"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(junk)
def test_the_judge_answers_anything_at_all(body: object) -> None:
    person = PersonFacts("1", (Opening("message", NOW),), last_message_at=NOW)
    verdict = judge(body, person, PageFacts(), NOW)
    assert verdict.accepted or verdict.reviewer == ()


VALID = [
    send({"text": "x", "metadata": "k"}, notification_type="NO_PUSH"),
    replies(2),
    buttons(button(), {"type": "web_url", "title": "See", "url": "https://shop.example"}),
    generic(card(image_url="https://shop.example/a.png", buttons=[button()])),
    asking(),
    {"recipient": {"id": "1"}, "sender_action": "typing_on"},
]


def places(node: Any) -> list[tuple[Any, Any]]:
    """Return every container in a body with each of its keys or positions."""
    keys = list(node) if isinstance(node, dict) else range(len(node))
    found = []
    for key in keys if isinstance(node, (dict, list)) else ():
        found += [(node, key), *(places(node[key]) if isinstance(node[key], (dict, list)) else [])]
    return found


@given(st.sampled_from(VALID), st.data(), junk)
def test_a_valid_body_with_one_thing_changed_gets_an_answer(
    body: Json, data: st.DataObject, change: object
) -> None:
    """Whatever is changed, the reader takes the body or refuses it with code 100."""
    body = copy.deepcopy(body)
    holder, key = data.draw(st.sampled_from(places(body)))
    holder[key] = change
    try:
        read(body)
    except RefusedError as refusal:
        assert refusal.error.code == 100  # noqa: PT017 # both outcomes are right


def test_a_facts_file_with_an_unknown_key_is_refused(tmp_path: Any) -> None:
    source = load_facts.__wrapped__.__globals__["FACTS_FILE"].read_text(encoding="utf-8")
    changed = tmp_path / "facts.yaml"
    changed.write_text(source.replace("  hours: 24", "  houres: 24"), encoding="utf-8")
    with pytest.raises(FactsError, match="houres"):
        load_facts(changed)


def test_every_fact_cites_a_source_that_is_listed() -> None:
    facts = load_facts()
    cited = {fact.source for fact in facts.errors.values()}
    cited |= {fact.source for fact in facts.tags.values()}
    cited |= {fact.source for fact in facts.cuts}
    assert all(facts.sources[source]["page"] for source in cited)


@pytest.mark.parametrize(
    ("line", "changed", "sentence"),
    [
        ("  metadata: {is: 999, source: send_api}", "  metadata: {is: 999}", "cites no source"),
        ("  metadata: {is: 999, source: send_api}", "  metadata: {is: 999, source: me}", "`me`"),
        (
            "private_reply: {days: 7, source: private_replies",
            "private_reply: {days: 7",
            "no source",
        ),
    ],
)
def test_a_value_without_a_listed_source_is_refused(
    tmp_path: Any, line: str, changed: str, sentence: str
) -> None:
    source = load_facts.__wrapped__.__globals__["FACTS_FILE"].read_text(encoding="utf-8")
    assert line in source
    file = tmp_path / "facts.yaml"
    file.write_text(source.replace(line, changed), encoding="utf-8")
    with pytest.raises(FactsError, match=sentence):
        load_facts(file)


def test_a_template_type_that_is_no_text_is_refused_as_any_wrong_value() -> None:
    payload = {"template_type": [], "text": "Choose", "buttons": []}
    body = {
        "recipient": {"id": "1"},
        "messaging_type": "RESPONSE",
        "message": {"attachment": {"type": "template", "payload": payload}},
    }
    assert "template_type" in refused(body)
