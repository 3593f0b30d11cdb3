"""What actions say is read out of their code without running it."""

from __future__ import annotations

import pytest

from policy_guard.lint.python_calls import Code, read_code
from policy_guard.lint.source import BrokenError, of_text
from policy_guard.lint.tree import Leaf


def code(body: str, before: str = "", inside: str = "") -> Code:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = (
        f"{before}\nclass Do:\n{inside}    def name(self):\n        return 'action_do'\n"
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


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("text = 'a'\ndispatcher.utter_message(text=text)", ["a"]),
        ("if x:\n    t = 'a'\nelse:\n    t = 'b'\ndispatcher.utter_message(t)", ["a", "b"]),
        ("dispatcher.utter_message(text='a' if x else 'b')", ["a", "b"]),
        ("dispatcher.utter_message(text=x or 'b')", [None, "b"]),
        ("dispatcher.utter_message(text=self.TEXT)", ["of the class"]),
        ("dispatcher.utter_message(text=Do.TEXT)", ["of the class"]),
        ("dispatcher.utter_message(text=MENU['en'])", ["Pick"]),
        ("dispatcher.utter_message(text=MENU[tracker.language])", ["Pick", "Choisis"]),
        ("name = 'a'\ndispatcher.utter_message(text=f'hi {name}')", ["hi {name}"]),
        ("a = 'x'\nb = a + 'y'\ndispatcher.utter_message(text=b + 'z')", ["xyz"]),
        # what else may stand there is not told by the text
        ("t = 'a'\nt += 'b'\ndispatcher.utter_message(text=t)", [None]),
        ("t = 'a'\nfor t in x:\n    dispatcher.utter_message(text=t)", [None]),
        ("t = t + 'a'\ndispatcher.utter_message(text=t)", [None]),
        ("dispatcher.utter_message(text=tracker)", [None]),
        ("dispatcher.utter_message(text=self.other)", [None]),
        ("dispatcher.utter_message(text=MENU['de'])", [None]),
        ("WHO = ask()\ndispatcher.utter_message(text=WHO)", [None]),
    ],
)
def test_names_are_followed_as_far_as_the_file_tells(body: str, texts: list[str | None]) -> None:
    before = "WHO = 'you'\nMENU = {'en': 'Pick', 'fr': 'Choisis'}\n"
    found = code(body, before, "    TEXT = 'of the class'\n").calls
    messages = [call.message.text if call.message else None for call in found]
    assert [leaf.value if leaf else None for leaf in messages] == texts


def test_choices_are_followed_where_nothing_adds_to_them() -> None:
    (call,) = code("b = [{'title': 'A'}]\ndispatcher.utter_message('a', buttons=b)").calls
    assert call.message is not None
    assert [choice.title.value for choice in call.message.buttons if choice.title] == ["A"]
    (more,) = code("b = []\nb.append(x)\ndispatcher.utter_message('a', buttons=b)").calls
    assert more.message is not None
    assert more.message.body.get("buttons") is None


def test_each_response_that_a_call_may_name_is_read() -> None:
    found = code("dispatcher.utter_message(response='utter_a' if x else 'utter_b')").calls
    assert [call.response.value for call in found if call.response] == ["utter_a", "utter_b"]
    assert not any(call.open for call in found)


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("'one '\n'two!'", "two"),
        ("f'{a.b} {{x}} '\nf'two {c!r}'", "two"),
        ("'one\\n' + r'\\d two'", "two"),
        ("'\\u00e9\\x41' '''\ntwo'''", "two"),
        ("(\n'one '  # why\n'two')", "two"),
        ("'one {}'\n' two'.format(a)", "two"),
    ],
)
def test_a_word_in_one_of_several_literals_is_found_where_it_stands(
    written: str, word: str
) -> None:
    text = f"def f(d, a, c):\n    d.utter_message(text={written})\n"
    message = read_code(of_text(text, "a.py")).calls[0].message
    assert message is not None
    assert message.text is not None
    assert message.text.inside(message.text.value.index(word)) == text.index(word)


def test_a_text_of_very_many_pieces_is_read() -> None:
    text = "def f(d):\n    d.utter_message(text=" + " + ".join(["'a'"] * 900) + ")\n"
    message = read_code(of_text(text, "a.py")).calls[0].message
    assert message is not None
    assert message.text is not None
    assert message.text.value == "a" * 900
    nested = "def f(d):\n    d.utter_message(text=" + "[" * 80 + "]" * 80 + ")\n"
    assert read_code(of_text(nested, "a.py")).calls


def test_places_of_calls_tell_what_is_said_together() -> None:
    body = (
        "dispatcher.utter_message('a')\nif x:\n    dispatcher.utter_message('b')\n"
        "elif y:\n    dispatcher.utter_message('c')\n    return\n"
        "dispatcher.utter_message('d')"
    )
    found = code(body).calls
    pairs = [
        (n, m) for n, one in enumerate(found) for m, other in enumerate(found) if other.follows(one)
    ]
    assert pairs == [(0, 1), (0, 2), (0, 3), (1, 3)]


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
