"""What actions say is read out of their code without running it."""

from __future__ import annotations

import pytest

from policy_guard.lint.python_calls import Code, read_code
from policy_guard.lint.source import BrokenError, of_text
from policy_guard.lint.tree import Leaf


def code(body: str, before: str = "") -> Code:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = (
        f"{before}\nclass Do:\n    def name(self):\n        return 'action_do'\n"
        f"    def run(self, dispatcher, tracker, domain):\n{lines}"
    )
    return read_code(of_text(text, "actions.py"))


def text_of(body: str, before: str = "") -> str | None:
    message = code(body, before).calls[0].message
    return message.text.value if message is not None and message.text is not None else None


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("dispatcher.utter_message('hi')", "hi"),
        ("dispatcher.utter_message(text='hi ' 'you')", "hi you"),
        ("dispatcher.utter_message(text='hi ' + WHO)", "hi you"),
        ("dispatcher.utter_message(text=WHO)", "you"),
        ("dispatcher.utter_message(text=f'hi {name} {a.b}')", "hi {name} {...}"),
        ("dispatcher.utter_message(text='hi {}, {b}'.format(a, b=1))", "hi {}, {b}"),
        ("dispatcher.utter_message(text='hi %s, %(b)s' % x)", "hi {...}, {b}"),
        ("self.d.utter_message(text='''hi''')", "hi"),
        ("dispatcher.utter_message(text=unknown)", None),
        ("dispatcher.utter_message(text=call())", None),
        ("dispatcher.utter_message(text=unknown + 'x')", None),
        ("dispatcher.utter_message()", None),
    ],
)
def test_a_text_is_read_as_far_as_it_is_known(call: str, text: str | None) -> None:
    assert text_of(call, "WHO: str = 'you'") == text


def test_a_call_knows_its_action_response_and_words() -> None:
    (call,) = code("dispatcher.utter_message(response='utter_a', price=1, metadata={})").calls
    assert call.action == "action_do"
    assert call.response is not None
    assert call.response.value == "utter_a"
    assert [leaf.value for leaf in call.keywords] == ["price", "metadata"]
    assert call.message is None
    assert not call.open


@pytest.mark.parametrize(
    "call",
    [
        "dispatcher.utter_message(response=name)",
        "dispatcher.utter_message(response='utter_a', **words)",
        "dispatcher.utter_message(*given)",
    ],
)
def test_a_call_that_is_only_known_when_it_runs_is_open(call: str) -> None:
    assert code(call).calls[0].open


def test_what_a_call_declares_is_read() -> None:
    (call,) = code("dispatcher.utter_message(text='a', messenger={'purpose': 'news'})").calls
    assert call.declared.purpose == "news"
    (unknown,) = code("dispatcher.utter_message(text='a', messenger=given)").calls
    assert unknown.declared.purpose == "reply"


def test_choices_and_custom_json_are_read_like_those_of_the_domain() -> None:
    (call,) = code(
        "dispatcher.utter_message(text='a', buttons=[{'title': 'A', 'payload': '/a'}],\n"
        "    json_message={'message': {'text': 'b'}, 'flag': True, 'n': 1, 'none': None})"
    ).calls
    message = call.message
    assert message is not None
    assert [leaf.value for leaf in message.texts] == ["a", "b"]
    assert message.buttons[0].title is not None
    custom = message.customs[0]
    assert [getattr(value, "value", "") for _, value in custom.pairs[1:]] == ["true", "1", "null"]


def test_places_are_counted_in_characters_not_in_bytes() -> None:
    found = code("x = 'é😀'; dispatcher.utter_message(text='hé, Sam')").calls[0].message
    assert found is not None
    assert isinstance(found.text, Leaf)
    line = found.text.source.place(found.text.start)
    assert line == (6, 49)
    assert found.text.source.place(found.text.at(4))[1] == 54


def test_a_class_without_a_name_stands_for_itself() -> None:
    found = read_code(
        of_text("class Do:\n    def run(self, d):\n        d.utter_message('a')\n", "a.py")
    )
    assert found.calls[0].action == "Do"
    loose = read_code(of_text("def f(d):\n    d.utter_message('a')\n", "a.py"))
    assert loose.calls[0].action is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "actions.py:1:7: is not valid Python: invalid syntax"),
        ("x = 1\n  y = 2\n", "actions.py:2:2: is not valid Python: unexpected indent"),
        ("x = '", "actions.py:1:5: is not valid Python: unterminated string literal"),
        ("x = '\0'", "actions.py:1:1: is not valid Python: source code string cannot contain"),
        ("x = " + "(" * 500, "actions.py:1"),
        ("x = " + "-" * 100_000 + "1", "actions.py:1:1: is not valid Python: is nested too deeply"),
    ],
)
def test_broken_python_is_one_sentence_with_the_place(text: str, said: str) -> None:
    with pytest.raises(BrokenError) as caught:
        read_code(of_text(text, "actions.py"))
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
