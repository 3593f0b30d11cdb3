"""Reading: exact places in every style, and one sentence for whatever cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_guard.lint import reader, source, tree
from policy_guard.lint.model import Options
from policy_guard.lint.source import BrokenError, of_text
from policy_guard.lint.tree import Branch, Leaf, Row
from tests.lint.workbench import OPTIONS, read, reports, written

STYLES = (None, '"', "'", "|", ">")
LETTERS = st.sampled_from("ab é😀'\"\\:#{}-\n\t")


def parsed(text: str) -> Branch:
    found = tree.parse(of_text(text, "domain.yml"))
    assert isinstance(found, Branch)
    return found


def leaf(text: str, key: str = "text") -> Leaf:
    found = parsed(text).leaf(key)
    assert found is not None
    return found


def sentence(text: str) -> str:
    with pytest.raises(BrokenError) as caught:
        tree.parse(of_text(text, "domain.yml"))
    said = str(caught.value)
    assert "\n" not in said
    return said


# -- places --------------------------------------------------------------------------------------


def test_a_place_counts_lines_and_characters_from_one() -> None:
    found = leaf('# é 😀\nname: x\ntext: "hé 😀 you"\n')
    at = found.source.place(found.at(found.value.index("you")))
    assert at == (3, 13)


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("text: plain words here\n", "here", (1, 19)),
        ("text: plain words\n  over here\n", "here", (2, 8)),
        ('text: "one \\u00e9 \\"two\\""\n', "two", (1, 21)),
        ('text: "one \\\n   two"\n', "two", (2, 4)),
        ("text: 'it''s two'\n", "two", (1, 14)),
        ("text: |\n  one\n    two\n\n  three\n", "three", (5, 3)),
        ("text: >-\n  one\n  two\n\n  three\n", "three", (5, 3)),
        ("text: >-\r\n  one\r\n  two\r\n", "two", (3, 3)),
    ],
)
def test_a_word_is_found_where_it_was_written(text: str, word: str, place: tuple[int, int]) -> None:
    found = leaf(text)
    assert found.source.place(found.at(found.value.index(word))) == place


@given(value=st.text(LETTERS, min_size=1, max_size=40), style=st.sampled_from(STYLES))
@settings(max_examples=300, deadline=None)
def test_every_character_stands_where_the_map_says(value: str, style: str | None) -> None:
    """Whatever style YAML writes a text in, a mapped letter is that letter in the file."""
    if style in ("|", ">"):
        text = yaml.safe_dump({"text": value}, default_style=style, allow_unicode=True, width=20)
    else:
        text = yaml.safe_dump({"text": value}, default_style=style, allow_unicode=True)
    found = parsed(text).pairs[0][1]
    assert isinstance(found, Leaf)
    assert found.value == value
    for index, letter in enumerate(value):
        at = found.inside(index)
        if at is not None and letter not in " \n\t" and text[at] != "\\":
            assert text[at] == letter


def test_a_place_that_cannot_be_told_is_the_beginning_of_the_text() -> None:
    found = Leaf("words", of_text("other", "a.yml"), 0, 5, '"')
    assert found.inside(2) is None
    assert found.at(2) == 0


def test_merged_keys_and_anchors_keep_the_places_of_their_words() -> None:
    found = parsed("base: &base {text: hi}\nuse:\n  <<: *base\n  more: 1\nagain: *base\n")
    use, again = found.branch("use"), found.branch("again")
    assert use is not None
    assert again is not None
    for branch in (use, again):
        text = branch.leaf("text")
        assert text is not None
        assert text.source.place(text.start) == (1, 20)
    assert [key.value for key, _ in use.pairs] == ["more", "text"]


def test_an_own_key_wins_over_a_merged_one() -> None:
    found = parsed("a: {<<: [{text: one}, {text: two}], text: own}\n").branch("a")
    assert found is not None
    assert [(key.value, getattr(value, "value", "")) for key, value in found.pairs] == [
        ("text", "own")
    ]


def test_rows_and_nulls_are_what_yaml_says() -> None:
    found = parsed("a: [1, ~, 'null']\nb: \nc: {}\n")
    row = found.get("a")
    assert isinstance(row, Row)
    assert [isinstance(item, Leaf) and item.is_null for item in row.items] == [False, True, False]
    assert found.leaf("b") is None
    assert found.row("b") == ()
    assert found.branch("b") is None
    assert isinstance(found.get("c"), Branch)


# -- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1,\n", "domain.yml:2:1: is not valid YAML: did not find expected node content"),
        ("a: b: c\n", "domain.yml:1:5: is not valid YAML: mapping values are not allowed"),
        ("a: 1\n\tb: 2\n", "domain.yml:2:1: is not valid YAML"),
        ("a: 1\na: 2\n", "domain.yml:2:1: the key `a` is there twice"),
        ("a: 1\n---\nb: 2\n", "domain.yml:2:1: holds a second document: Rasa reads one in a file"),
        ("a: &x [*x]\n", "domain.yml:1:8: `*x` stands inside of itself"),
        ("a: *x\n", "domain.yml:1:4: `*x` refers to nothing"),
        ("? [a]\n: b\n", "domain.yml:1:3: a key is not a word: quote what has braces"),
        ("text: {{name}}\n", "domain.yml:1:8: a key is not a word: quote what has braces"),
        ("a: \x00\n", "domain.yml:1:4: is not valid YAML: the character `U+0000` is not allowed"),
        ("a: \x1b[31m\n", "domain.yml:1:4: is not valid YAML: the character `U+001B`"),
        ("a: '\n", "domain.yml:2:1: is not valid YAML: found unexpected end of stream"),
        ("a: %x\n", "domain.yml:1:4: is not valid YAML: found character that cannot start"),
        ("%YAML 9.9\n---\na: 1\n", "domain.yml:1:1: is not valid YAML: found incompatible YAML"),
    ],
)
def test_broken_yaml_is_one_sentence_with_the_place(text: str, said: str) -> None:
    assert sentence(text).startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "[" * 100_000 + "]" * 100_000,
        "- " * 100_000,
        "".join(f"{' ' * n}a:\n" for n in range(2000)),
        "{a: " * 50_000,
        "? " * 50_000,
    ],
    ids=["open", "closed", "dashes", "indented", "braces", "keys"],
)
def test_a_file_that_nests_too_deeply_is_refused_and_crashes_nothing(text: str) -> None:
    assert sentence(text).endswith("is nested too deeply to be read")


def test_aliases_that_stand_for_billions_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert sentence("\n".join(lines)).endswith("its aliases stand for too many values")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "~\n", "\n\n"])
def test_an_empty_file_is_no_problem(text: str) -> None:
    project = reader.load_text(text)
    assert project.responses == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: 1\nb: caf\xe9\n", ":2:7: is not UTF-8 text: the byte `0xe9` fits nowhere"),
        ("a: 1\n".encode("utf-16"), ":1:1: is not UTF-8 text: it looks like UTF-16"),
        (b"\x80", ":1:1: is not UTF-8 text: the byte `0x80` fits nowhere"),
    ],
)
def test_another_encoding_is_one_sentence_with_the_place(
    tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "domain.yml").write_bytes(data)
    _, problems = reader.load(reader.find([tmp_path], reader.USUAL, ()), OPTIONS)
    assert [str(problem).endswith(said) for problem in problems] == [True]


def test_a_byte_order_mark_is_read_over_and_kept(tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_bytes(b"\xef\xbb\xbfresponses:\n  utter_a: []\n")
    project = read(tmp_path)
    assert project.sources[0].bom
    name = project.responses[0].name
    assert name.source.place(name.start) == (2, 3)


def test_a_file_that_is_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "LARGEST", 10_000_000)
    (tmp_path / "domain.yml").write_bytes(b"a" * 10_000_001)
    _, problems = reader.load(reader.find([tmp_path], reader.USUAL, ()), OPTIONS)
    assert [problem.says for problem in problems] == ["is larger than 10 MB"]


def test_a_large_file_is_read(tmp_path: Path) -> None:
    body = "".join(f"  utter_{n}:\n    - text: words\n" for n in range(20_000))
    (tmp_path / "domain.yml").write_text(f"responses:\n{body}")
    assert len(read(tmp_path).responses) == 20_000


def test_a_folder_in_place_of_a_file_is_one_sentence(tmp_path: Path) -> None:
    files = [reader.File(tmp_path, "domain.yml")]
    _, problems = reader.load(files, Options())
    assert [str(problem) for problem in problems] == ["domain.yml: cannot be read: is a directory"]


def test_surrogate_escapes_are_read_as_rasa_reads_them() -> None:
    """Rasa takes a pair in a file of ASCII alone for the character; libyaml would refuse it."""
    project = reader.load_text('responses:\n  utter_a:\n    - text: "hi \\ud83d\\ude00"\n')
    text = project.responses[0].messages[0].text
    assert text is not None
    assert text.value == "hi 😀"
    assert not project.sources[0].exact


@given(st.text(st.sampled_from("aé:-{}[]&*|>'\"# \n,!?%@`~<\\"), max_size=60))
@settings(max_examples=400, deadline=None)
def test_no_text_brings_the_reader_down(text: str) -> None:
    try:
        reader.load_text(f"responses:\n  utter_a:\n{text}")
    except BrokenError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right


# -- which files, and which sections -------------------------------------------------------------


def test_a_project_is_found_where_rasa_keeps_its_files(tmp_path: Path) -> None:
    names = (
        "domain.yml",
        "domain/deep/er.yaml",
        "data/nlu/en.yml",
        "config.yml",
        "credentials.yml",
        "alerts.yml",
        "actions/do.py",
        "domain/.hidden/a.yml",
        "actions/__pycache__/a.py",
        "other/domain.yml",
        "chart/values.yml",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = reader.find([tmp_path], reader.USUAL, ["*/config.yml"])
    assert [file.path.relative_to(tmp_path).as_posix() for file in found] == [
        "actions/do.py",
        "alerts.yml",
        "credentials.yml",
        "data/nlu/en.yml",
        "domain.yml",
        "domain/deep/er.yaml",
    ]


def test_a_split_domain_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "domain").mkdir()
    (tmp_path / "domain" / "a.yml").write_text("intents: [greet, {bye: {use_entities: []}}]\n")
    (tmp_path / "domain" / "b.yml").write_text(
        "slots:\n  size: {type: text, initial_value: x, mappings: [{type: from_text}]}\n"
        "forms:\n  one: {required_slots: [size]}\n  two:\n    colour: [{type: from_text}]\n"
    )
    project = read(tmp_path)
    assert project.intent_names == {"greet", "bye"}
    assert [(slot.name.value, slot.initial) for slot in project.slots] == [("size", True)]
    assert [form.required for form in project.forms] == [("size",), ("colour",)]


def test_steps_of_every_kind_are_read() -> None:
    project = reader.load_text(
        "stories:\n"
        "- story: all\n"
        "  steps:\n"
        "  - or:\n"
        "    - intent: a\n"
        "    - intent: b\n"
        "      entities: [city, {size: 4}]\n"
        "  - slot_was_set: [{city: x}, {gone: null}, bare]\n"
        "  - active_loop: my_form\n"
        "  - active_loop: null\n"
        "  - action: utter_a\n"
        "  - user: hello\n"
        "  - bot: hi\n"
        "  - checkpoint: end\n"
        "  - ...\n"
    )
    steps = [(step.kind, step.value) for step in project.stories[0].steps]
    assert steps == [
        ("intent", "a"),
        ("intent", "b"),
        ("slot", "city"),
        ("slot", None),
        ("slot", "bare"),
        ("loop", "my_form"),
        ("loop", None),
        ("action", "utter_a"),
        ("user", "hello"),
        ("other", "hi"),
    ]
    assert project.stories[0].steps[1].entities == ("city", "size")
    assert [len(turn.intents) for turn in project.turns] == [2, 1]
    assert [turn.last for turn in project.turns] == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        "responses: []",
        "responses: {utter_a: text}",
        "responses: {utter_a: [text, [a], 1, null]}",
        "responses: {utter_a: [{buttons: x, quick_replies: {a: b}, custom: 4, elements: [1]}]}",
        "responses: {utter_a: [{custom: [[1]], condition: x, metadata: 1, channel: []}]}",
        "responses: {utter_a: [{attachment: {payload: 1}, condition: [{name: a}]}]}",
        "slots: [a]\nforms: [a, {b: c}]\nintents: {a: b}\nactions: x",
        "slots: {a: b}\nforms: {a: b}",
        "rules: [1, {rule: null, steps: 4}, {steps: [1, {}, {intent: [a]}, {action: {a: b}}]}]",
        "stories: {a: b}\nnlu: [1, {intent: [a]}, {intent: a, examples: [b]}]",
        "pipeline: x\npolicies: [1]",
        "- a\n- b",
        "just words",
    ],
)
def test_strange_shapes_are_read_over_by_every_rule(text: str, tmp_path: Path) -> None:
    from policy_guard.lint import engine  # noqa: PLC0415 - only this test needs all the rules

    for name in ("domain.yml", "alerts.yml", "credentials.yml"):
        (tmp_path / name).write_text(text)
    project, problems = reader.load(reader.find([tmp_path], reader.USUAL, ()), OPTIONS)
    assert problems == ()
    engine.run(project, engine.Plan())


@pytest.mark.parametrize(
    "value",
    ['&g "A!!!"', "!!str 'A!!!'", "&g !!str A!!!", "&g # why\n        A!!!", "&g |\n      A!!!"],
)
def test_an_anchored_or_tagged_text_begins_behind_what_marks_it(value: str) -> None:
    text = f"responses:\n  utter_a:\n  - text: {value}\n"
    (report,) = reports(reader.load_text(text, options=OPTIONS), "W412")
    assert report.finding.spot.start == text.index("!!!\n" if value[-1] == "!" else "!!!")
    assert report.finding.fix is not None


def test_an_anchor_of_nothing_is_nothing() -> None:
    project = reader.load_text("responses:\n  utter_a: &a\n  utter_b: !!null\n", options=OPTIONS)
    assert [response.messages for response in project.responses] == [(), ()]


def test_a_day_that_no_month_has_is_read_as_a_word(tmp_path: Path) -> None:
    files = {
        "endpoints.yml": "policy_guard: {page: {country: 2020-13-45, region: =}}\n",
        "alerts.yml": "- {id: a, titles: {en: A}, purpose: news, consent: preference}\n",
        "domain.yml": "responses:\n  utter_a: [{text: Hi}]\n",
    }
    assert not reports(written(tmp_path, files), "P219")


def test_the_column_of_a_byte_that_fits_nowhere_counts_characters(tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_bytes("\ufeffa: b\nc: éé".encode() + b"\xff")
    _, problems = reader.load(reader.find([tmp_path], reader.USUAL, ()), OPTIONS)
    assert [(one.line, one.column) for one in problems] == [(2, 6)]
