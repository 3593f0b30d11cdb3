"""Rasa responses as Send API messages: exact wire bodies, limits, and nothing lost in silence."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from channels.declaration import PURPOSES, PUSHES, read_declaration
from channels.measure import shorten, split, split_tail, units
from channels.render import Declaration, DeclarationError, Envelope, Part, render, wire
from channels.values import quoted
from policy_guard.durations import duration
from policy_guard.vocabulary import Purpose, Push


def rasa(text: str | None = None, **more: object) -> dict[str, Any]:
    """Return a response as Rasa 3.6 hands it to a channel: every kind of content is there."""
    absent = ("elements", "quick_replies", "buttons", "attachment", "image", "custom", "template")
    return {"text": text, **dict.fromkeys(absent), **more}


def messages(envelope: Envelope) -> list[Any]:
    return [part.body["message"] for part in envelope.parts if part.kind == "message"]


def postback(title: str, payload: str = "/p") -> dict[str, Any]:
    return {"type": "postback", "title": title, "payload": payload}


def reply(title: str, payload: str = "/p") -> dict[str, Any]:
    return {"content_type": "text", "title": title, "payload": payload}


def template(kind: str, **content: object) -> dict[str, Any]:
    payload = {"template_type": kind, **content}
    return {"attachment": {"type": "template", "payload": payload}}


def asked(*names: str) -> list[dict[str, str]]:
    return [{"title": name, "payload": f"/{name}"} for name in names]


# -- texts --------------------------------------------------------------------------------------


def test_a_text_is_one_message_and_blank_lines_do_not_split_it() -> None:
    envelope = render(rasa("One.\n\nTwo.", utter_action="utter_x"))
    assert messages(envelope) == [{"text": "One.\n\nTwo."}]
    assert envelope.single == envelope.parts[0]
    assert (envelope.text, envelope.response, envelope.notes) == ("One.\n\nTwo.", "utter_x", ())


@pytest.mark.parametrize("text", [None, "", "  \n\t", "\u200b\u200d", "\0"])
def test_nothing_to_read_and_nothing_else_is_no_part(text: str | None) -> None:
    envelope = render(rasa(text))
    assert (envelope.parts, envelope.single, envelope.text) == ((), None, "")


def test_a_number_is_a_text_and_a_list_is_a_note() -> None:
    assert messages(render(rasa(text=42))) == [{"text": "42"}]  # type: ignore[arg-type]  # an action's slip
    envelope = render(rasa(text=["a"]))  # type: ignore[arg-type]  # the same
    assert envelope.parts == ()
    assert envelope.notes == ("`text` is `list`, not a text, and was left out",)


def test_text_that_no_body_can_carry_is_repaired() -> None:
    assert messages(render(rasa("a\ud800b\0c"))) == [{"text": "a\ufffdbc"}]


def test_a_text_at_the_limit_is_one_message_and_one_more_character_is_two() -> None:
    assert len(render(rasa("x" * 1999)).parts) == 1
    envelope = render(rasa("x" * 2000))
    assert [len(message["text"]) for message in messages(envelope)] == [1999, 1]
    assert envelope.single is None
    assert envelope.notes == ("the text of 2000 characters became 2 messages: one holds 1999",)


def test_the_limit_counts_emoji_as_two_because_the_platform_may() -> None:
    parts = messages(render(rasa("😀" * 1000)))
    assert [len(part["text"]) for part in parts] == [999, 1]


def test_a_long_text_is_cut_at_a_paragraph_then_a_sentence_then_a_word() -> None:
    paragraph = "word " * 300 + "end."
    assert split(f"{paragraph}\n\n{paragraph}", 1999) == [paragraph, paragraph]
    sentence = "a" * 900 + ". "
    assert split(sentence * 3, 1999) == [(sentence * 2).strip(), sentence.strip()]
    assert split("abcd " * 5, 12) == ["abcd abcd", "abcd abcd", "abcd"]


def test_a_cut_leaves_a_family_a_flag_and_an_accent_whole() -> None:
    family = "👩‍👩‍👧"
    assert split("abc" + family, 9) == ["abc", family]
    assert split("abc🇫🇷🇩🇪", 9) == ["abc🇫🇷", "🇩🇪"]
    assert split("abcde\u0301f", 5) == ["abcd", "e\u0301f"]
    assert split("ab👍🏽", 5) == ["ab", "👍🏽"]


def test_quick_replies_stand_on_the_last_of_a_split_text() -> None:
    first, last = messages(render(rasa("x" * 2500, quick_replies=asked("Yes"))))
    assert set(first) == {"text"}
    assert last["quick_replies"] == [reply("Yes", "/Yes")]


# -- buttons ------------------------------------------------------------------------------------


def test_three_buttons_are_a_button_template() -> None:
    envelope = render(rasa("Which?", buttons=asked("A", "B", "C")))
    buttons = [postback("A", "/A"), postback("B", "/B"), postback("C", "/C")]
    assert messages(envelope) == [template("button", text="Which?", buttons=buttons)]
    assert envelope.single == envelope.parts[0]
    assert envelope.text == "Which?"
    assert envelope.declaration.template is None


def test_a_fourth_postback_button_turns_all_into_quick_replies() -> None:
    envelope = render(rasa("Which?", buttons=asked("A", "B", "C", "D")))
    quick = [reply(name, f"/{name}") for name in "ABCD"]
    assert messages(envelope) == [{"text": "Which?", "quick_replies": quick}]
    assert envelope.notes == ("4 buttons became quick replies: a message holds 3 buttons",)


def test_a_fourth_button_beside_a_link_becomes_a_second_message() -> None:
    link = {"type": "web_url", "title": "Shop", "url": "https://example.org/"}
    envelope = render(rasa("Which?", buttons=[link, *asked("A", "B", "C")]))
    first, second = messages(envelope)
    assert first == template(
        "button", text="Which?", buttons=[link, postback("A", "/A"), postback("B", "/B")]
    )
    assert second == template("button", text="…", buttons=[postback("C", "/C")])
    assert envelope.single is None
    assert envelope.notes == ("4 buttons became 2 messages: one holds 3",)


def test_fourteen_buttons_are_too_many_for_quick_replies() -> None:
    names = [f"B{number}" for number in range(14)]
    envelope = render(rasa("Which?", buttons=asked(*names)))
    found = [
        button["title"]
        for message in messages(envelope)
        for button in message["attachment"]["payload"]["buttons"]
    ]
    assert found == names
    assert len(envelope.parts) == 5


def test_buttons_without_a_text_have_an_ellipsis_over_them() -> None:
    envelope = render(rasa(None, buttons=asked("A")))
    assert messages(envelope) == [template("button", text="…", buttons=[postback("A", "/A")])]
    assert envelope.notes == ("the buttons have no text: `…` stands over them",)


def test_over_buttons_stands_the_end_of_a_long_text() -> None:
    story = "A sentence of some length, nothing more. " * 20
    envelope = render(rasa(story + "Which one?", buttons=asked("A")))
    before, last = messages(envelope)
    over = last["attachment"]["payload"]["text"]
    assert units(over) <= 640
    assert over.endswith("Which one?")
    assert f"{before['text']} {over}" == (story + "Which one?")
    assert "its beginning goes first" in envelope.notes[0]


@pytest.mark.parametrize("length", [640, 641])
def test_the_text_over_buttons_is_cut_beyond_640_characters(length: int) -> None:
    assert len(render(rasa("x" * length, buttons=asked("A"))).parts) == (1 if length == 640 else 2)


def test_a_title_over_20_characters_is_shortened_at_a_word_and_said_in_full_in_a_note() -> None:
    envelope = render(rasa("?", buttons=asked("Tell me about the delivery")))
    (message,) = messages(envelope)
    assert message["attachment"]["payload"]["buttons"][0]["title"] == "Tell me about the…"
    assert envelope.notes == (
        "the title `Tell me about the delivery` was shortened to `Tell me about the…`",
    )


def test_a_payload_over_1000_characters_leaves_the_button_out_and_keeps_the_text() -> None:
    envelope = render(rasa("Hello", buttons=[{"title": "Long", "payload": "x" * 1001}]))
    assert messages(envelope) == [{"text": "Hello"}]
    assert envelope.notes == (
        "button 1 `Long` was left out: its payload is longer than 1000 characters",
    )


@pytest.mark.parametrize(
    ("button", "wired"),
    [
        ({"title": "A"}, postback("A", "A")),
        ({"title": "A", "payload": 7}, postback("A", "7")),
        ({"title": " A \n b ", "payload": "/x"}, postback("A b", "/x")),
        ({"title": "A", "payload": "/x", "button_type": "postback"}, postback("A", "/x")),
        (
            {"title": "A", "url": "https://example.org/", "webview_height_ratio": "tall"},
            {
                "type": "web_url",
                "title": "A",
                "url": "https://example.org/",
                "webview_height_ratio": "tall",
            },
        ),
        (
            {"type": "phone_number", "title": "Call", "payload": "+15105551234"},
            {"type": "phone_number", "title": "Call", "payload": "+15105551234"},
        ),
        (
            {"type": "account_link", "url": "https://example.org/login"},
            {"type": "account_link", "url": "https://example.org/login"},
        ),
        ({"type": "account_unlink"}, {"type": "account_unlink"}),
    ],
)
def test_each_way_to_write_a_button_has_one_form_on_the_wire(
    button: dict[str, Any], wired: dict[str, Any]
) -> None:
    envelope = render(rasa("?", buttons=[button]))
    assert messages(envelope) == [template("button", text="?", buttons=[wired])]
    assert envelope.notes == ()


@pytest.mark.parametrize(
    ("button", "note"),
    [
        ("A", "button 1 `A` is not a map and was left out"),
        ({"payload": "/x"}, "button 1 `/x` was left out: it has no title"),
        (
            {"type": "web_url", "title": "A", "url": "javascript:x"},
            "button 1 `A` was left out: its address `javascript:x` is not one of the web",
        ),
        (
            {"type": "game_play", "title": "A"},
            "button 1 `A` was left out: `game_play` is no type of button",
        ),
        (
            {"title": "A", "payload": {"x": 1}},
            "button 1 `A` was left out: `dict` is not a text",
        ),
    ],
)
def test_a_button_that_cannot_be_sent_is_named_in_a_note(button: object, note: str) -> None:
    envelope = render(rasa("?", buttons=[button]))
    assert messages(envelope) == [{"text": "?"}]
    assert envelope.notes == (note,)


def test_a_button_list_of_the_wrong_kind_is_a_note() -> None:
    envelope = render(rasa("?", buttons="A"))
    assert messages(envelope) == [{"text": "?"}]
    assert envelope.notes == ("the button list is `A` and was left out",)


# -- quick replies ------------------------------------------------------------------------------


def test_quick_replies_of_every_kind() -> None:
    given_replies = [
        {"title": "Yes", "payload": "/affirm", "image_url": "https://example.org/y.png"},
        {"content_type": "user_email", "title": "ignored"},
        {"title": "No"},
    ]
    (message,) = messages(render(rasa("Well?", quick_replies=given_replies)))
    assert message == {
        "text": "Well?",
        "quick_replies": [
            {**reply("Yes", "/affirm"), "image_url": "https://example.org/y.png"},
            {"content_type": "user_email"},
            reply("No", "No"),
        ],
    }


def test_beyond_thirteen_quick_replies_the_rest_become_buttons_of_the_same_message() -> None:
    names = [f"Q{number}" for number in range(15)]
    envelope = render(rasa("Which?", quick_replies=asked(*names)))
    (message,) = messages(envelope)
    assert message["attachment"]["payload"] == {
        "template_type": "button",
        "text": "Which?",
        "buttons": [postback("Q13", "/Q13"), postback("Q14", "/Q14")],
    }
    assert [quick["title"] for quick in message["quick_replies"]] == names[:13]
    assert envelope.notes == ("2 quick replies became buttons: a message holds 13",)


def test_buttons_and_quick_replies_together_lose_neither() -> None:
    envelope = render(rasa("Which?", buttons=asked("A"), quick_replies=asked("Q")))
    assert messages(envelope) == [
        {
            **template("button", text="Which?", buttons=[postback("A", "/A")]),
            "quick_replies": [reply("Q", "/Q")],
        }
    ]


def test_quick_replies_wait_for_the_last_message_of_a_response() -> None:
    """Messenger takes them away when another message follows."""
    envelope = render(rasa("Look.", image="https://example.org/a.png", quick_replies=asked("Nice")))
    text, image = messages(envelope)
    assert text == {"text": "Look."}
    assert image["quick_replies"] == [reply("Nice", "/Nice")]


def test_quick_replies_alone_are_carried_by_an_ellipsis() -> None:
    envelope = render(rasa(None, quick_replies=asked("Yes")))
    assert messages(envelope) == [{"text": "…", "quick_replies": [reply("Yes", "/Yes")]}]
    assert envelope.notes == ("the quick replies have no message: `…` carries them",)


def test_a_custom_messages_own_quick_replies_are_joined_by_the_responses() -> None:
    custom = {"text": "Then?", "quick_replies": asked("A")}
    envelope = render(rasa("First.", custom=custom, quick_replies=asked("B")))
    assert messages(envelope)[1] == {
        "text": "Then?",
        "quick_replies": [reply("A", "/A"), reply("B", "/B")],
    }


# -- image, attachment, elements ------------------------------------------------------------------


def test_the_parts_come_in_rasas_order() -> None:
    envelope = render(
        rasa(
            "text",
            elements=[{"title": "T", "subtitle": "S"}],
            attachment="https://example.org/a.pdf",
            image="https://example.org/a.png",
            custom={"text": "custom"},
        )
    )
    assert messages(envelope) == [
        {"text": "text"},
        {"text": "custom"},
        {"attachment": {"type": "image", "payload": {"url": "https://example.org/a.png"}}},
        {"attachment": {"type": "file", "payload": {"url": "https://example.org/a.pdf"}}},
        template("generic", elements=[{"title": "T", "subtitle": "S"}]),
    ]
    assert envelope.single is None
    assert envelope.text == "text\n\ncustom\n\nT\nS"


@pytest.mark.parametrize("image", ["None", "not an address", "file:///etc/passwd", 7, "http://["])
def test_an_image_that_is_no_address_is_a_note(image: object) -> None:
    envelope = render(rasa("Look.", image=image))
    assert messages(envelope) == [{"text": "Look."}]
    assert envelope.notes[0].startswith("the image was left out: its address")


@pytest.mark.parametrize(
    ("attachment", "wired"),
    [
        ("https://example.org/a.JPG?x=1", ("image", {"url": "https://example.org/a.JPG?x=1"})),
        ("https://example.org/a.mp3", ("audio", {"url": "https://example.org/a.mp3"})),
        ("https://example.org/a.mp4", ("video", {"url": "https://example.org/a.mp4"})),
        ({"url": "https://example.org/a"}, ("file", {"url": "https://example.org/a"})),
        (
            {"type": "video", "payload": {"src": "https://example.org/v", "title": "V"}},
            ("video", {"url": "https://example.org/v"}),
        ),
        (
            {"type": "image", "payload": {"attachment_id": 12, "is_reusable": True}},
            ("image", {"attachment_id": "12", "is_reusable": True}),
        ),
    ],
)
def test_an_attachment_is_an_address_or_the_platforms_object(
    attachment: object, wired: tuple[str, dict[str, Any]]
) -> None:
    envelope = render(rasa(None, attachment=attachment))
    assert messages(envelope) == [{"attachment": {"type": wired[0], "payload": wired[1]}}]


@pytest.mark.parametrize(
    "attachment",
    [
        7,
        {"type": "image"},
        {"type": "smell", "payload": {"url": "https://example.org/"}},
        {"type": "template", "payload": {}},
        {"type": "image", "payload": {}},
        {"url": {"url": "https://example.org/"}},
        {"type": "template", "payload": {"template_type": "receipt", "x": {1, 2}}},
    ],
)
def test_an_attachment_that_cannot_be_sent_is_a_note(attachment: object) -> None:
    envelope = render(rasa("Look.", attachment=attachment))
    assert messages(envelope) == [{"text": "Look."}]
    assert envelope.notes[0].startswith("the attachment was left out: ")


def test_another_template_passes_as_it_is() -> None:
    payload = {"template_type": "media", "elements": [{"media_type": "image", "url": "u"}]}
    envelope = render(rasa(None, attachment={"type": "template", "payload": payload}))
    assert messages(envelope) == [{"attachment": {"type": "template", "payload": payload}}]
    assert envelope.declaration.template is None


def test_eleven_elements_are_two_messages() -> None:
    elements = [{"title": f"T{number}", "subtitle": "S"} for number in range(11)]
    envelope = render(rasa(None, elements=elements))
    assert messages(envelope) == [
        template("generic", elements=elements[:10]),
        template("generic", elements=elements[10:]),
    ]
    assert envelope.notes == ("the elements became several messages: one holds 10",)


def test_an_element_with_four_buttons_is_repeated_for_the_fourth() -> None:
    element = {"title": "T", "image_url": "https://example.org/t.png"}
    envelope = render(rasa(None, elements=[{**element, "buttons": asked("A", "B", "C", "D")}]))
    (message,) = messages(envelope)
    rows = message["attachment"]["payload"]["elements"]
    assert [[button["title"] for button in row["buttons"]] for row in rows] == [
        ["A", "B", "C"],
        ["D"],
    ]
    assert {row["image_url"] for row in rows} == {"https://example.org/t.png"}
    assert envelope.notes == ("the element `T` was repeated: one holds 3 buttons",)


def test_titles_and_subtitles_of_elements_are_cut_to_80_characters() -> None:
    element = {"title": "t" * 81, "subtitle": "s" * 81}
    envelope = render(rasa(None, elements=[element]))
    (row,) = messages(envelope)[0]["attachment"]["payload"]["elements"]
    assert row == {"title": "t" * 79 + "…", "subtitle": "s" * 79 + "…"}
    assert len(envelope.notes) == 2


def test_an_element_with_a_title_alone_is_a_text_in_its_place() -> None:
    elements = [
        {"title": "A", "subtitle": "a"},
        {"title": "B" * 90},
        {"subtitle": "C", "buttons": asked("D")},
    ]
    envelope = render(rasa(None, elements=elements))
    assert messages(envelope) == [
        template("generic", elements=[{"title": "A", "subtitle": "a"}]),
        {"text": "B" * 90},
        template("generic", elements=[{"title": "C", "buttons": [postback("D", "/D")]}]),
    ]


def test_what_an_element_cannot_carry_is_a_note() -> None:
    element = {
        "title": "T",
        "subtitle": "S",
        "image_url": "None",
        "default_action": {"type": "postback"},
        "item_url": "https://example.org/",
    }
    envelope = render(rasa(None, elements=[element, {}, 7]))
    assert messages(envelope) == [template("generic", elements=[{"title": "T", "subtitle": "S"}])]
    assert envelope.notes == (
        "`item_url` in an element was ignored",
        "`image_url` of an element was left out: its address `None` is not one of the web",
        "`default_action` of an element was left out: it is not a link",
        "an element with nothing to show was left out",
        "the element `int` is not a map and was left out",
    )


def test_tapping_an_element_may_open_a_link() -> None:
    action = {"type": "web_url", "url": "https://example.org/", "title": "no title here"}
    envelope = render(rasa(None, elements=[{"title": "T", "default_action": action}]))
    (row,) = messages(envelope)[0]["attachment"]["payload"]["elements"]
    assert row["default_action"] == {"type": "web_url", "url": "https://example.org/"}


# -- custom JSON ----------------------------------------------------------------------------------


def test_a_one_time_notification_request_is_recognised_and_its_title_cut_to_65() -> None:
    title = "Shall we tell you when the very comfortable blue armchair is back in stock?"
    custom = template("one_time_notif_req", title=title, payload="back_in_stock:sku-42", extra=1)
    envelope = render(rasa(None, custom=custom))
    cut = "Shall we tell you when the very comfortable blue armchair is…"
    assert messages(envelope) == [
        template("one_time_notif_req", title=cut, payload="back_in_stock:sku-42")
    ]
    assert envelope.declaration.template == "one_time_notif_req"
    assert envelope.text == cut
    assert envelope.notes == (
        "`extra` in the request was ignored",
        f"the title `{title}` was shortened to `{cut}`",
    )


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        ({"title": "Our sales", "payload": "sales"}, ("Our sales", "sales")),
        ({"payload": " sales "}, (None, "sales")),
        ({"title": 7, "payload": None}, (None, None)),
    ],
)
def test_a_request_for_recurring_notifications_says_what_it_asks_for_and_under_which_title(
    payload: dict[str, object], asked: tuple[str | None, str | None]
) -> None:
    said = render({"custom": template("notification_messages", **payload)}).declaration
    assert said.template == "notification_messages"
    assert (said.request_title, said.request_topic) == asked


def test_any_other_message_asks_for_no_recurring_notification() -> None:
    request = template("one_time_notif_req", title="Back?", payload="t:1")
    said = render({"custom": request}).declaration
    assert (said.request_title, said.request_topic) == (None, None)


def test_a_request_beside_a_text_is_still_known_as_a_request() -> None:
    custom = template("one_time_notif_req", title="Back?", payload="t:1")
    envelope = render(rasa("One more thing.", custom=custom))
    assert envelope.declaration.template == "one_time_notif_req"
    assert envelope.single is None


@pytest.mark.parametrize("payload", [None, "", "x" * 1001])
def test_a_request_without_a_usable_payload_is_not_sent(payload: str | None) -> None:
    custom = template("one_time_notif_req", title="Back?", payload=payload)
    envelope = render(rasa("Hm.", custom=custom))
    assert messages(envelope) == [{"text": "Hm."}]
    assert envelope.declaration.template is None
    assert "payload" in envelope.notes[0]


def test_a_feedback_form_is_recognised_and_its_titles_cut() -> None:
    custom = template(
        "customer_feedback",
        title="t" * 66,
        subtitle="s" * 81,
        button_title="Rate your experience now",
        feedback_screens=[{"questions": []}],
    )
    envelope = render(rasa(None, custom=custom))
    payload = messages(envelope)[0]["attachment"]["payload"]
    assert (units(payload["title"]), units(payload["subtitle"])) == (65, 80)
    assert payload["button_title"] == "Rate your…"
    assert payload["feedback_screens"] == [{"questions": []}]
    assert envelope.declaration.template == "customer_feedback"


def test_a_request_and_a_feedback_form_in_one_response_are_refused() -> None:
    request = template("one_time_notif_req", title="Back?", payload="t:1")
    feedback = template("customer_feedback", title="How was it?")["attachment"]
    with pytest.raises(DeclarationError, match="response `utter_x` holds `one_time_notif_req`"):
        render(rasa(None, custom=request, attachment=feedback, utter_action="utter_x"))


def test_templates_in_custom_json_are_brought_within_the_limits_too() -> None:
    button = template("button", text="Which?", buttons=asked("A", "B", "C", "D"))
    generic = template("generic", elements=[{"title": "T", "subtitle": "S"}], sharable=True)
    envelope = render(rasa(None, custom=[button, generic]))
    first, second, third = messages(envelope)
    assert len(first["attachment"]["payload"]["buttons"]) == 3
    assert second == template("button", text="…", buttons=[postback("D", "/D")])
    assert third == generic


def test_a_generic_template_keeps_only_what_the_platform_knows_of_it() -> None:
    elements = [{"title": "T", "subtitle": "S"}]
    custom = template("generic", elements=elements, image_aspect_ratio="square", text="stray")
    envelope = render(rasa(None, custom=custom))
    assert messages(envelope) == [
        template("generic", elements=elements, image_aspect_ratio="square")
    ]
    assert envelope.notes == ("`text` in the generic template was ignored",)


def test_custom_json_may_hold_a_whole_message_or_a_sender_action_or_both() -> None:
    envelope = render(rasa(None, custom={"sender_action": "typing_on", "message": {"text": "x"}}))
    assert envelope.parts == (
        Part("sender_action", {"sender_action": "typing_on"}),
        Part("message", {"message": {"text": "x"}}),
    )
    assert envelope.single == envelope.parts[1]


def test_a_utility_template_is_kept_and_carries_no_quick_replies() -> None:
    body = {"template": {"name": "shipped", "language": {"code": "en"}}}
    envelope = render(rasa(None, custom=body, quick_replies=asked("A")))
    assert messages(envelope) == [body, {"text": "…", "quick_replies": [reply("A", "/A")]}]


def test_pictures_together_and_a_sticker() -> None:
    picture = {"type": "image", "payload": {"url": "https://example.org/a.png"}}
    envelope = render(rasa(None, custom={"attachments": [picture] * 31, "sticker_id": 369}))
    assert messages(envelope) == [
        {"attachments": [picture] * 30},
        {"attachments": [picture]},
        {"sticker_id": "369"},
    ]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("recipient", ": the recipient always comes from the conversation"),
        ("sender", ": the recipient always comes from the conversation"),
        ("messaging_type", ": the guard chooses it from the declared purpose"),
        ("tag", ": the guard chooses it from the declared purpose"),
        ("notification_type", ": the guard chooses it from the declared purpose"),
        ("persona_id", ""),
        ("surprise", ""),
    ],
)
def test_custom_json_chooses_neither_whom_nor_how(key: str, reason: str) -> None:
    custom = {key: {"id": "stranger-9"}, "text": "x"}
    envelope = render(rasa(None, custom=custom))
    assert messages(envelope) == [{"text": "x"}]
    assert envelope.notes == (f"`{key}` in custom JSON was ignored{reason}",)


@pytest.mark.parametrize(
    "custom", ["text", 7, {"recipient": {"id": "1"}}, {"message": 7}, {"sender_action": "dance"}]
)
def test_custom_json_with_nothing_usable_is_a_note_and_no_part(custom: object) -> None:
    envelope = render(rasa(None, custom=custom))
    assert envelope.parts == ()
    assert envelope.notes != ()


def test_the_metadata_of_a_custom_message_is_the_channels_to_write() -> None:
    envelope = render(rasa(None, custom={"text": "x", "metadata": "mine"}))
    assert messages(envelope) == [{"text": "x"}]
    assert envelope.notes == ("`metadata` in a message was ignored",)


# -- one message of several -----------------------------------------------------------------------


def test_texts_are_joined_into_one_by_a_blank_line() -> None:
    envelope = render(rasa("One.", custom={"text": "Two."}, quick_replies=asked("Q")))
    assert len(envelope.parts) == 2
    assert envelope.single == Part(
        "message", {"message": {"text": "One.\n\nTwo.", "quick_replies": [reply("Q", "/Q")]}}
    )


def test_quick_replies_in_the_middle_are_not_lost_by_joining() -> None:
    custom = [{"text": "One.", "quick_replies": asked("Q")}, {"text": "Two."}]
    assert render(rasa(None, custom=custom)).single is None


@pytest.mark.parametrize(("length", "joined"), [(997, True), (998, False)])
def test_texts_are_joined_only_within_the_limit(length: int, joined: bool) -> None:
    envelope = render(rasa("x" * 1000, custom={"text": "y" * length}))
    assert (envelope.single is not None) is joined


def test_a_text_and_an_image_are_two_messages_and_never_one() -> None:
    assert render(rasa("Look.", image="https://example.org/a.png")).single is None


# -- what is declared -----------------------------------------------------------------------------


def test_nothing_declared_is_nothing() -> None:
    assert render(rasa("x")).declaration == Declaration()


def test_the_domain_declares_in_metadata_and_an_action_overrides_key_by_key() -> None:
    message = rasa(
        "x",
        metadata={
            "messenger": {"purpose": "alert", "topic": "a", "push": "silent", "hold_for": "2d"}
        },
        messenger={"topic": "back_in_stock:sku-42", "push": None},
    )
    assert render(message).declaration == Declaration(
        purpose="alert", topic="back_in_stock:sku-42", push=None, hold_for=timedelta(days=2)
    )


def test_what_the_domain_says_is_restored_where_an_action_replaced_the_metadata() -> None:
    message = rasa("x", metadata={"other": 1, "messenger": {"topic": "delivery"}})
    declaration = render(message, {"purpose": "post_purchase_update", "topic": "old"}).declaration
    assert declaration == Declaration(purpose="post_purchase_update", topic="delivery")


@pytest.mark.parametrize("metadata", [None, "text", ["messenger"], {}, {"messenger": None}])
def test_metadata_of_another_kind_declares_nothing(metadata: object) -> None:
    assert render(rasa("x", metadata=metadata)).declaration == Declaration()


@pytest.mark.parametrize(
    ("messenger", "sentence"),
    [
        ("alert", "`messenger` of response `utter_x` is `alert`, not a map"),
        (["alert"], "is `list`, not a map"),
        ({"purpose": "advert"}, "purpose `advert` of response `utter_x` is not one of `reply`"),
        ({"purpose": ["reply"]}, "purpose `list`"),
        ({"push": "loud"}, "push `loud` of response `utter_x` is not one of `regular`"),
        ({"push": False}, "push `False`"),
        ({"hold_for": "2 days"}, "hold_for `2 days` of response `utter_x` is not a duration"),
        ({"hold_for": "-2d"}, "hold_for `-2d`"),
        ({"hold_for": 7}, "hold_for `7`"),
        ({"hold_for": 10**5000}, "hold_for `a very large number`"),
        ({"hold_for": "9999999d"}, "is not a duration"),
        ({"hold_for": "٢d"}, "is not a duration"),
        ({"topic": ""}, "topic `` of response `utter_x` is not a text"),
        ({"topic": 7}, "topic `7`"),
        ({"topic": "x" * 201}, "is longer than 200 characters"),
        ({"topic": "a\nb"}, "holds a control character"),
        ({"topic": "back_in_stock:{product}"}, "is not filled in: pass the topic from an action"),
        ({"tag": "ACCOUNT_UPDATE"}, "`tag` of response `utter_x` is not one of `purpose`"),
        ({"author": "human"}, "`author` of response `utter_x` is not one of `purpose`"),
        ({7: "x"}, "`7` of response `utter_x` is not one of"),
    ],
)
def test_a_declaration_that_cannot_be_understood_is_an_error_with_the_value(
    messenger: object, sentence: str
) -> None:
    for message in (
        rasa("x", utter_action="utter_x", messenger=messenger),
        rasa("x", utter_action="utter_x", metadata={"messenger": messenger}),
    ):
        with pytest.raises(DeclarationError) as raised:
            render(message)
        assert sentence in str(raised.value)
        assert str(raised.value)[0] in "`" or str(raised.value)[0].islower()
        assert not str(raised.value).endswith(".")


def test_a_topic_of_200_characters_is_taken() -> None:
    assert render(rasa("x", messenger={"topic": "x" * 200})).declaration.topic == "x" * 200


def test_purpose_beside_the_text_is_not_read_and_said() -> None:
    envelope = render(rasa("x", purpose="alert"))
    assert envelope.declaration.purpose is None
    assert envelope.notes == (
        "`purpose` beside the text declares nothing: it belongs in `messenger`",
    )


def test_the_words_are_those_of_the_guard() -> None:
    """All but the one that only a person's own words have, which come by the agents' route."""
    humans = Purpose.HUMAN_AGENT
    assert list(PURPOSES) == [purpose.value for purpose in Purpose if purpose is not humans]


def test_no_response_of_the_bot_may_pass_for_a_persons_words() -> None:
    with pytest.raises(DeclarationError, match="`human_agent` of a response without a name is not"):
        render(rasa("x", messenger={"purpose": "human_agent"}))
    assert list(PUSHES) == [push.value for push in Push]


@given(st.from_regex(r"[0-9]{0,7}[smhdx]?", fullmatch=True))
def test_durations_are_those_of_the_guard(text: str) -> None:
    try:
        expected = duration(text)
    except ValueError:
        with pytest.raises(DeclarationError):
            read_declaration({"messenger": {"hold_for": text}})
    else:
        assert read_declaration({"messenger": {"hold_for": text}}).hold_for == expected


# -- the body of the call -------------------------------------------------------------------------


def test_a_message_is_wired_with_what_makes_it_lawful() -> None:
    (part,) = render(rasa("Hi.")).parts
    assert wire(
        part,
        recipient={"id": "1"},
        messaging_type="MESSAGE_TAG",
        tag="ACCOUNT_UPDATE",
        notification_type="SILENT_PUSH",
        metadata="key-1",
    ) == {
        "recipient": {"id": "1"},
        "messaging_type": "MESSAGE_TAG",
        "tag": "ACCOUNT_UPDATE",
        "notification_type": "SILENT_PUSH",
        "message": {"text": "Hi.", "metadata": "key-1"},
    }


def test_what_is_none_is_absent_from_the_body() -> None:
    (part,) = render(rasa("Hi.")).parts
    assert wire(part, recipient={"one_time_notif_token": "T"}) == {
        "recipient": {"one_time_notif_token": "T"},
        "message": {"text": "Hi."},
    }


def test_a_sender_action_goes_with_its_recipient_alone() -> None:
    body = wire(
        Part("sender_action", {"sender_action": "mark_seen"}),
        recipient={"id": "1"},
        messaging_type="RESPONSE",
        notification_type="NO_PUSH",
        metadata="key",
    )
    assert body == {"recipient": {"id": "1"}, "sender_action": "mark_seen"}


@pytest.mark.parametrize(("length", "fits"), [(999, True), (1000, False)])
def test_metadata_must_be_shorter_than_1000_characters(length: int, fits: bool) -> None:
    (part,) = render(rasa("Hi.")).parts
    if fits:
        body: Any = wire(part, recipient={"id": "1"}, metadata="m" * length)
        assert body["message"]["metadata"] == "m" * length
    else:
        with pytest.raises(ValueError, match="metadata of 1000 characters"):
            wire(part, recipient={"id": "1"}, metadata="m" * length)


def test_the_body_shares_nothing_with_the_part() -> None:
    (part,) = render(rasa("?", buttons=asked("A"))).parts
    body: Any = wire(part, recipient={"id": "1"}, metadata="key")
    body["message"]["attachment"]["payload"]["buttons"].clear()
    assert part == render(rasa("?", buttons=asked("A"))).parts[0]


# -- laws -----------------------------------------------------------------------------------------

_WORDS = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="ab .\n😀🇫é\u0301\u200d", max_size=60),
    st.builds(
        lambda piece, times: piece * times,
        st.sampled_from(["word ", "Sentence. ", "x", "😀", "é\u0301", "para\n\n"]),
        st.sampled_from([1, 79, 81, 641, 1001, 1999, 2000, 4100]),
    ),
)
_ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.lists(st.integers(), max_size=2)
)
_URL = st.one_of(st.sampled_from(["https://example.org/a.png", "None", "", "http://["]), _WORDS)
_OPTION = st.one_of(
    st.fixed_dictionaries({"title": _WORDS, "payload": _WORDS}),
    st.fixed_dictionaries({"title": st.text("abc", min_size=1), "payload": st.text(min_size=1)}),
    st.fixed_dictionaries({"type": st.just("web_url"), "title": _WORDS, "url": _URL}),
    st.dictionaries(
        st.sampled_from(["title", "payload", "type", "content_type", "url", "image_url"]),
        st.one_of(_WORDS, _ODD),
    ),
    _ODD,
)
_OPTIONS = st.one_of(st.none(), st.lists(_OPTION, max_size=30), _ODD)
_ELEMENT = st.one_of(
    st.fixed_dictionaries(
        {"title": _WORDS},
        optional={"subtitle": _WORDS, "image_url": _URL, "buttons": _OPTIONS},
    ),
    _ODD,
)
_PAYLOAD = st.fixed_dictionaries(
    {
        "template_type": st.sampled_from(
            ["button", "generic", "one_time_notif_req", "customer_feedback"]
        )
    },
    optional={
        "title": _WORDS,
        "subtitle": _WORDS,
        "text": _WORDS,
        "payload": _WORDS,
        "buttons": _OPTIONS,
        "elements": st.lists(_ELEMENT, max_size=14),
    },
)
_ATTACHMENT = st.one_of(
    _URL,
    _ODD,
    st.fixed_dictionaries({"type": st.just("template"), "payload": _PAYLOAD}),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["image", "audio", "video", "file", "smell"]),
            "payload": st.fixed_dictionaries({"url": _URL}),
        }
    ),
)
_CUSTOM = st.recursive(
    st.one_of(
        _ODD,
        st.dictionaries(
            st.sampled_from(
                ["text", "attachment", "quick_replies", "sender_action", "recipient", "tag", "z"]
            ),
            st.one_of(_WORDS, _ODD, _ATTACHMENT, _OPTIONS),
        ),
    ),
    lambda inner: st.one_of(st.fixed_dictionaries({"message": inner}), st.lists(inner, max_size=3)),
    max_leaves=3,
)
_RESPONSE = st.fixed_dictionaries(
    {"text": st.one_of(st.none(), _WORDS, _ODD)},
    optional={
        "buttons": _OPTIONS,
        "quick_replies": _OPTIONS,
        "custom": _CUSTOM,
        "image": st.one_of(_URL, _ODD),
        "attachment": _ATTACHMENT,
        "elements": st.one_of(st.lists(_ELEMENT, max_size=14), _ODD),
    },
)


def utf16(text: str) -> int:
    """Return the length in UTF-16, measured apart from the code under test."""
    return len(text.encode("utf-16-le")) // 2


def option_lists(message: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    payload = message.get("attachment", {}).get("payload", {})
    yield message.get("quick_replies", [])
    if payload.get("template_type") in ("button", "generic"):
        yield payload.get("buttons", [])
        for element in payload.get("elements", []):
            yield element.get("buttons", [])


def check_limits(message: dict[str, Any]) -> None:
    contents = {"text", "attachment", "attachments", "template", "sticker_id"} & set(message)
    assert len(contents) == 1
    assert set(message) <= contents | {"quick_replies"}
    if "text" in message:
        assert message["text"].strip()
        assert utf16(message["text"]) < 2000
    quick, *rows = option_lists(message)
    assert len(quick) <= 13
    assert "quick_replies" not in message or quick
    for row in rows:
        assert len(row) <= 3
    for option in [*quick, *(button for row in rows for button in row)]:
        assert 0 < utf16(option.get("title", "-")) <= 20
        assert 0 < utf16(option.get("payload", "-")) <= 1000
    payload = message.get("attachment", {}).get("payload", {})
    kind = payload.get("template_type")
    if kind == "button":
        assert payload["text"].strip()
        assert utf16(payload["text"]) <= 640
        assert 1 <= len(payload["buttons"]) <= 3
    if kind == "generic":
        assert 1 <= len(payload["elements"]) <= 10
        for element in payload["elements"]:
            assert 0 < utf16(element["title"]) <= 80
            assert utf16(element.get("subtitle", "")) <= 80
            assert len(element) > 1
    if kind == "one_time_notif_req":
        assert set(payload) == {"template_type", "title", "payload"}
        assert 0 < utf16(payload["title"]) <= 65


def render_or_none(message: dict[str, Any]) -> Envelope | None:
    try:
        return render(message)
    except DeclarationError as error:
        assert "each needs a response of its own" in str(error)  # noqa: PT017 - the only lawful one
        return None


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_RESPONSE)
@example({"text": "x" * 700, "buttons": asked(*"ABCDEFGHIJKLMNOP")})
@example({"text": None, "quick_replies": asked(*"ABCDEFGHIJKLMNOPQRSTUV")})
def test_whatever_rasa_hands_over_every_part_is_within_the_platforms_limits(
    message: dict[str, Any],
) -> None:
    before = repr(message)
    envelope = render_or_none(message)
    assert repr(message) == before
    for part in envelope.parts if envelope else ():
        json.dumps(part.body, allow_nan=False).encode()
        assert set(part.body) == {part.kind}
        if part.kind == "message":
            check_limits(copy.deepcopy(part.body["message"]))  # type: ignore[arg-type]  # a message
    if envelope and envelope.single:
        check_limits(copy.deepcopy(envelope.single.body["message"]))  # type: ignore[arg-type]  # a message


def accounted_for(option: dict[str, Any], options: list[dict[str, Any]], notes: str) -> bool:
    """Tell whether an option went out with its payload, or is named in a note."""
    title = " ".join(option["title"].replace("\0", "").split())
    went_out = any(
        sent.get("payload") == option["payload"] and shorten(title, 20) == sent.get("title")
        for sent in options
    )
    shortened = went_out and (utf16(title) <= 20 or quoted(title) in notes)
    name = option["title"] or option["payload"]
    return shortened or (quoted(name) if name else "it has no title") in notes


_PLAIN_OPTION = st.fixed_dictionaries(
    {"title": st.text("ab cd.é😀", max_size=45), "payload": st.text("/ab{}", max_size=12)}
)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.none(), st.just("Which one?"), st.just("long text. " * 90)),
    st.lists(_PLAIN_OPTION, max_size=20),
    st.lists(_PLAIN_OPTION, max_size=20),
    st.lists(
        st.fixed_dictionaries({"title": st.just("T"), "buttons": st.lists(_PLAIN_OPTION)}),
        max_size=3,
    ),
)
def test_no_button_is_ever_dropped_in_silence(
    text: str | None,
    buttons: list[dict[str, Any]],
    quick: list[dict[str, Any]],
    elements: list[dict[str, Any]],
) -> None:
    envelope = render(rasa(text, buttons=buttons, quick_replies=quick, elements=elements))
    sent = [
        option for message in messages(envelope) for row in option_lists(message) for option in row
    ]
    notes = "\n".join(envelope.notes)
    for option in [*buttons, *quick, *(b for element in elements for b in element["buttons"])]:
        wanted = {**option, "payload": option["payload"] or option["title"]}
        assert accounted_for(wanted, sent, notes), (option, envelope)


@settings(max_examples=300, deadline=None)
@given(_WORDS, st.integers(min_value=2, max_value=50))
def test_a_text_in_pieces_is_the_same_text_but_for_white_space_at_the_cuts(
    text: str, limit: int
) -> None:
    pieces = split(text, limit)
    assert all(piece and utf16(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    before, tail = split_tail(text, limit)
    assert utf16(tail) <= limit
    assert "".join((before + tail).split()) == "".join(text.split())


@given(_WORDS, st.integers(min_value=2, max_value=80))
def test_a_shortened_text_begins_as_the_text_does(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert utf16(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@given(
    st.lists(
        st.sampled_from(["a", "e\u0301", "👍🏽", "👩\u200d👩\u200d👧", "🇫🇷", "한"]), max_size=40
    ),
    st.integers(min_value=8, max_value=20),
)
def test_no_piece_ends_inside_what_a_reader_sees_as_one_character(
    characters: list[str], limit: int
) -> None:
    left = list(characters)
    for piece in split("".join(characters), limit):
        taken = ""
        while left and len(taken) < len(piece):
            taken += left.pop(0)
        assert taken == piece
    assert left == []
