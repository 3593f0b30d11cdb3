"""The case tables pass row by row, every rule decides somewhere, and bad rows are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_guard import cases, rules
from policy_guard.decisions import findings_of
from policy_guard.errors import CaseError

TABLES = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))
ROWS = [row for table in TABLES for row in cases.read_file(table)]

#: What these need cannot be said in a row; test_rules.py asks them of the rules themselves.
BEYOND_ROWS = {"facts_are_readable", "notification_complete", "reply_needs_its_turn"}
#: It tells what would carry a promotion elsewhere, and carries nothing itself.
NEVER_DECIDES = {"sponsored_message"}


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_answer_is_what_the_row_expects(row: cases.Row) -> None:
    result = cases.run(row)
    assert not result.wrong, f"{row.file}:{row.line}: {result.wrong}: {result.decision.reason.says}"


def test_there_are_tables_to_run() -> None:
    assert len(TABLES) > 7
    assert len(ROWS) > 200


@pytest.mark.parametrize(
    "rule",
    sorted(
        {
            r.__name__
            for group in (rules.FORBIDS, rules.GROUNDS, rules.POSTPONES, rules.LAST)
            for r in group
        }
        - BEYOND_ROWS
        - NEVER_DECIDES
    ),
)
def test_every_rule_decides_a_row_that_names_it(rule: str) -> None:
    named = [row for row in ROWS if row.expect.get("rule") == (rule,)]
    assert named, f"no row expects the rule {rule}"
    assert all(cases.run(row).decision.reason.rule == rule for row in named)


@pytest.mark.parametrize("ground", [g.__name__ for g in rules.GROUNDS])
def test_every_ground_is_found_missing_by_a_row(ground: str) -> None:
    answers = [cases.run(row).decision for row in ROWS if row.expect.get("rule") == ("no_ground",)]
    assert any(f.rule == ground for a in answers for f in findings_of(a))


@pytest.mark.parametrize("rule", sorted(BEYOND_ROWS | NEVER_DECIDES))
def test_what_is_beyond_rows_decides_none(rule: str) -> None:
    assert not any(cases.run(row).decision.reason.rule == rule for row in ROWS)


def test_a_refusal_without_ground_says_what_every_ground_lacks() -> None:
    answers = [cases.run(row).decision for row in ROWS if row.expect.get("rule") == ("no_ground",)]
    assert answers
    for decision in answers:
        assert [f.rule for f in findings_of(decision)] == [g.__name__ for g in rules.GROUNDS]


# --- what the runner says of a wrong row ---------------------------------------------------------

PLAIN = """\
- name: an answer in the window goes
  at: 2021-07-01T12:00:00Z
  message: {purpose: reply}
  person: {opened: {by: message, at: 2021-07-01T11:00:00Z}}
  expect: {decision: send}
"""


def table(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "table.yaml"
    file.write_text(text, "utf-8")
    return file


def test_a_plain_row_is_read_and_passes(tmp_path: Path) -> None:
    (row,) = cases.read_file(table(tmp_path, PLAIN))
    assert row.line == 1
    assert cases.run(row).wrong == ()


def test_each_expected_key_that_differs_is_told_with_both_values(tmp_path: Path) -> None:
    text = PLAIN.replace(
        "{decision: send}",
        "{decision: [hold, refuse], tag: ACCOUNT_UPDATE, messaging_type: RESPONSE, "
        "until: 2021-07-02T00:00:00+02:00}",
    )
    (row,) = cases.read_file(table(tmp_path, text))
    assert cases.run(row).wrong == (
        "decision: expected `hold` or `refuse`, got `send`",
        "tag: expected `ACCOUNT_UPDATE`, got nothing",
        "until: expected `2021-07-01T22:00:00+00:00`, got nothing",
    )


def test_a_null_asserts_that_a_value_is_absent(tmp_path: Path) -> None:
    (row,) = cases.read_file(table(tmp_path, PLAIN.replace("send}", "send, ground: null}")))
    assert cases.run(row).wrong == ("ground: expected nothing, got `standard_window`",)


def test_a_moment_before_the_first_edition_is_refused(tmp_path: Path) -> None:
    text = PLAIN.replace("2021-07-01", "2017-12-31")
    (row,) = cases.read_file(table(tmp_path, text))
    decision = cases.run(row).decision
    assert decision.reason.rule == "edition_in_force"
    assert decision.reason.says == (
        "no edition covers `2017-12-31 12:00:00 UTC`: the first is 2018-01-01"
    )
    assert cases.run(row).wrong == ("decision: expected `send`, got `refuse`",)


# --- what is wrong with a row is named by file, row and key --------------------------------------

UNKNOWN_KEYS = [
    ("row", "  autor: bot\n", "autor"),
    ("message", "  message: {purpse: reply}\n", "message.purpse"),
    ("person", "  person: {stoped: true}\n", "person.stoped"),
    ("opened", "  person: {opened: {by: message, at: 2021-07-01T11:00:00Z, on: x}}\n", None),
    ("tokens", "  person: {tokens: [{topic: a, granted_at: 2021-07-01T11:00:00Z, x: 1}]}\n", None),
    ("page", "  page: {reigon: US}\n", "page.reigon"),
    ("settings", "  settings: {window_margn: 0s}\n", "settings.window_margn"),
    ("expect", "  expect: {decision: send, grond: x}\n", "expect.grond"),
]


def with_line(line: str) -> str:
    """Return the plain row with *line* in place of its own line of that key, or added."""
    key = line.split(":", maxsplit=1)[0]
    kept = [own for own in PLAIN.splitlines(keepends=True) if own.split(":")[0] != key]
    return "".join(kept) + line


@pytest.mark.parametrize(("where", "line", "key"), UNKNOWN_KEYS, ids=[u[0] for u in UNKNOWN_KEYS])
def test_an_unknown_key_anywhere_names_file_row_and_key(
    tmp_path: Path, where: str, line: str, key: str | None
) -> None:
    named = {"opened": "person.opened.on", "tokens": "person.tokens.x"}.get(where, key)
    file = table(tmp_path, PLAIN.replace("goes", "goes too") + with_line(line))
    with pytest.raises(CaseError) as caught:
        cases.read_file(file)
    assert str(caught.value) == (
        f"{file}:6: row `an answer in the window goes`: unknown key `{named}`"
    )


BAD_VALUES = [
    ("  at: 2021-07-01T12:00:00\n", "`at`: `2021-07-01T12:00:00` is not a moment such as"),
    ("  at: 2021-07-01\n", "`at`: `2021-07-01` is not a moment such as"),
    ("  at: 2021-02-30T12:00:00Z\n", "`at`: `2021-02-30T12:00:00Z` is not a moment: "),
    ("  at: 1625140800\n", "`at`: `1625140800` is not a moment such as"),
    ("  author: robot\n", "`author`: `robot` is not one of bot, human"),
    ("  message: {purpose: replay}\n", "`message.purpose`: `replay` is not one of reply, promo"),
    ("  message: {parts: 0}\n", "`message.parts`: `0` is not a whole number from 1 on"),
    ("  message: {parts: true}\n", "`message.parts`: `True` is not a whole number from 1 on"),
    ("  message: {push: loud}\n", "`message.push`: `loud` is not one of regular, silent, none"),
    ("  message: {topic: ''}\n", "`message.topic`: `` is not a text"),
    ("  message: hello\n", "`message` must be a mapping, not `hello`"),
    ("  person: {opened: {at: 2021-07-01T11:00:00Z}}\n", "`person.opened.by` is missing"),
    ("  person: {opened: {by: message}}\n", "`person.opened.at` is missing"),
    ("  person: {opened: {by: wink, at: 2021-07-01T11:00:00Z}}\n", "`person.opened.by`: `wink`"),
    ("  person: {opened: sometimes}\n", "`person.opened` must be a mapping, not `sometimes`"),
    ("  person: {tokens: {topic: a}}\n", "`person.tokens`: `{'topic': 'a'}` is not a list of"),
    ("  person: {tokens: [{topic: a}]}\n", "`person.tokens.granted_at` is missing"),
    ("  person: {alerts: delivery}\n", "`person.alerts`: `delivery` is not a list"),
    ("  person: {stopped: 'yes'}\n", "`person.stopped`: `yes` is not true or false"),
    ("  person: {region: Europe}\n", "`person.region`: `Europe` is not an ISO 3166 country code"),
    ("  person: {time_zone: Paris}\n", "`person.time_zone`: `Paris` is not a time zone such as"),
    ("  person: {stopped_at: 2021-07-01T11:00:00}\n", "`person.stopped_at`: `2021-07-01T11:00:00`"),
    ("  page: {thread_owner: them}\n", "`page.thread_owner`: `them` is not us or other"),
    ("  settings: {window_margin: 5}\n", "`settings.window_margin`: `5` is not a duration such"),
    ("  settings: {window_margin: 5 m}\n", "`settings.window_margin`: `5 m` is not a duration"),
    ("  settings: {quiet_hours: at night}\n", "`settings.quiet_hours`: `at night` is not quiet"),
    ("  settings: {quiet_hours: '22:00-25:00'}\n", "`settings.quiet_hours`: `22:00-25:00` is not"),
    ("  settings: {proactive_per_day: -1}\n", "`settings.proactive_per_day`: `-1` is not a whole"),
    (
        "  settings: {promotional_wording: maybe}\n",
        "`settings.promotional_wording`: `maybe` is not finding or hold",
    ),
    ("  settings: {proactive_per_day: many}\n", "`settings.proactive_per_day`: `many` is not a"),
    ("  settings: later\n", "`settings` must be a mapping, not `later`"),
    ("  expect: {decision: sent}\n", "`expect.decision`: `sent` is not send, hold or refuse"),
    ("  expect: {decision: [send, no]}\n", "`expect.decision`: `no` is not send, hold or refuse"),
    ("  expect: {decision: []}\n", "`expect.decision` names nothing that is expected"),
    ("  expect: {decision: hold, rule: []}\n", "`expect.rule` names nothing that is expected"),
    ("  expect: {ground: standard_window}\n", "`expect.decision` is missing"),
    ("  expect: {decision: hold, until: soon}\n", "`expect.until`: `soon` is not a moment such"),
    ("  expect: send\n", "`expect`: `send` is not a mapping"),
]


@pytest.mark.parametrize(("line", "said"), BAD_VALUES, ids=[b[0].strip() for b in BAD_VALUES])
def test_a_bad_value_names_file_row_key_and_value(tmp_path: Path, line: str, said: str) -> None:
    file = table(tmp_path, with_line(line))
    with pytest.raises(CaseError) as caught:
        cases.read_file(file)
    assert str(caught.value).startswith(f"{file}:1: row `an answer in the window goes`: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["at", "message", "expect"])
def test_a_row_without_a_required_key_says_which(tmp_path: Path, key: str) -> None:
    lines = [own for own in PLAIN.splitlines(keepends=True) if own.split(":")[0] != f"  {key}"]
    file = table(tmp_path, "".join(lines))
    with pytest.raises(CaseError, match=f"`{key}` is missing"):
        cases.read_file(file)


def test_a_row_without_a_name_is_named_by_its_number(tmp_path: Path) -> None:
    nameless = PLAIN.replace("- name: an answer in the window goes\n  at", "- at")
    file = table(tmp_path, PLAIN + nameless)
    with pytest.raises(CaseError) as caught:
        cases.read_file(file)
    assert str(caught.value) == f"{file}:6: row 2: `name` is missing"


def test_a_name_used_twice_in_a_file_names_both_lines(tmp_path: Path) -> None:
    file = table(tmp_path, PLAIN + PLAIN)
    with pytest.raises(CaseError) as caught:
        cases.read_file(file)
    assert str(caught.value) == (
        f"{file}:6: row `an answer in the window goes`: has the name of line 1"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: a case file is a list of rows"),
        ("name: x\n", ":1: a case file is a list of rows"),
        ("- hello\n", ":1: row 1: `row` must be a mapping, not `hello`"),
        ("- name: [a\n", ":2: is not valid YAML: "),
        ("- {name: a, name: b}\n", ":1: the key `name` is there twice"),
    ],
    ids=["empty", "a mapping", "a word", "broken", "a key twice"],
)
def test_what_is_not_a_table_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = table(tmp_path, text)
    with pytest.raises(CaseError) as caught:
        cases.read_file(file)
    assert str(caught.value).startswith(f"{file}{said}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="cannot be read: No such file or directory"):
        cases.read_file(tmp_path / "none.yaml")


def test_a_file_that_is_not_text_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "table.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CaseError, match="is not UTF-8 text"):
        cases.read_file(file)


# --- what a left-out key means -------------------------------------------------------------------


def test_a_left_out_key_means_the_value_of_the_format() -> None:
    row = cases.read_row(
        {"name": "x", "at": "2021-07-01T12:00:00Z", "message": {}, "expect": {"decision": "hold"}}
    )
    assert (row.message.author.value, row.message.purpose.value) == ("bot", "reply")
    assert (row.message.parts, row.message.topic, row.message.push) == (1, None, None)
    assert (row.person.openers, row.person.tokens, row.person.alerts) == ((), (), frozenset())
    assert (row.person.stopped, row.person.blocked, row.person.region) == (False, False, None)
    assert (row.page.region, row.page.time_zone, row.page.ours) == ("US", "UTC", True)
    assert (row.page.one_time_notification, row.page.human_agent) == (False, False)
    assert row.settings.window_margin.total_seconds() == 300
    assert (row.settings.quiet_hours, row.settings.proactive_per_day) == (None, None)
    assert row.settings.ad_click_window.total_seconds() == 86400


@pytest.mark.parametrize("by", ["message", "postback", "ad_click_message"])
def test_who_opened_by_writing_or_tapping_has_written(by: str) -> None:
    row = opened_by(by)
    assert row.person.last_message_at == row.person.openers[0].at


@pytest.mark.parametrize("by", ["referral", "reaction", "comment", "send_to_messenger", "read"])
def test_who_opened_otherwise_has_not_written(by: str) -> None:
    assert opened_by(by).person.last_message_at is None


def opened_by(by: str) -> cases.Row:
    return cases.read_row(
        {
            "at": "2021-07-01T12:00:00Z",
            "message": {},
            "person": {"opened": {"by": by, "at": "2021-07-01T11:00:00Z"}},
        },
        question_only=True,
    )


def test_a_moment_of_a_stop_means_stopped() -> None:
    row = cases.read_row(
        {
            "at": "2021-07-01T12:00:00Z",
            "message": {},
            "person": {"stopped_at": "2021-07-01T11:00:00Z"},
        },
        question_only=True,
    )
    assert row.person.stopped


def test_uk_is_read_as_the_united_kingdom() -> None:
    row = cases.read_row(
        {"at": "2021-07-01T12:00:00Z", "message": {}, "person": {"region": "UK"}},
        question_only=True,
    )
    assert row.person.region == "GB"


def test_quiet_hours_off_is_a_word_and_not_false(tmp_path: Path) -> None:
    file = table(tmp_path, PLAIN + "  settings: {quiet_hours: off, proactive_per_day: unlimited}\n")
    (row,) = cases.read_file(file)
    assert (row.settings.quiet_hours, row.settings.proactive_per_day) == (None, None)
