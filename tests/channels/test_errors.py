"""The table of the platform's refusals, and what each tells the sender."""

from __future__ import annotations

from collections import Counter

import pytest

from channels.errors import ANY, TABLE, Fault, GraphError, Handling, MayHaveLeft, Stop, classify


def refusal(code: int | None, subcode: int | None = None) -> GraphError:
    return GraphError(status=400, code=code, subcode=subcode)


@pytest.mark.parametrize(
    ("code", "subcode", "retry", "whose", "stop", "token_unused"),
    [
        (10, 2018278, False, "ours", None, True),
        (10, 2534022, False, "ours", None, True),
        (10, 2018065, False, "ours", None, True),
        (10, 2018108, False, "person", None, True),
        (10, 1893063, False, "ours", "page", True),
        (10, 1893015, False, "person", None, False),
        (10, 1404170, False, "ours", "lane", True),
        (10, 2018336, False, "ours", None, True),
        (10, None, False, "ours", None, True),
        (10, 424242, False, "ours", None, False),
        (100, None, False, "ours", None, False),
        (100, 424242, False, "platform", None, False),
        (100, 1893061, False, "ours", "lane", True),
        (100, 2018276, False, "ours", "lane", True),
        (100, 2018001, False, "person", "person", False),
        (100, 33, False, "ours", None, False),
        (100, 2018008, True, "platform", None, True),
        (100, 2018294, True, "platform", None, True),
        (100, 2018047, False, "ours", None, True),
        (100, 2018074, False, "ours", None, True),
        (100, 2018109, False, "ours", None, True),
        (100, 2018014, False, "ours", None, True),
        (100, 2534025, False, "ours", None, False),
        (100, 2534037, False, "platform", None, True),
        (100, 2018300, False, "platform", None, True),
        (100, 2018321, True, "platform", None, True),
        (2018321, None, True, "platform", None, True),
        (551, None, False, "person", "person", True),
        (551, 1545041, False, "person", "person", True),
        (200, 1545041, False, "person", "person", True),
        (200, 2018028, False, "ours", None, True),
        (200, 2018021, False, "ours", None, True),
        (200, 2018027, False, "ours", None, True),
        (200, None, False, "ours", None, True),
        (190, None, False, "ours", "page", True),
        (190, 458, False, "ours", "page", True),
        (190, 467, False, "ours", "page", True),
        (1, 99, True, "platform", None, False),
        (1, 1357046, False, "platform", None, False),
        (1, None, False, "platform", None, False),
        (2, None, True, "platform", None, False),
        (2, 2018344, False, "ours", None, False),
        (1200, None, True, "platform", None, False),
        (4, None, True, "ours", None, True),
        (4, 2018022, True, "ours", None, True),
        (4, 2018354, True, "ours", None, True),
        (9, 2018352, False, "ours", "lane", True),
        (17, None, True, "ours", None, True),
        (32, None, True, "ours", None, True),
        (613, None, True, "ours", None, True),
        (613, 2534040, True, "ours", None, True),
        (613, 1996, True, "ours", None, True),
        (80001, None, True, "ours", None, True),
        (80006, 7, True, "ours", None, True),
        (613, 2018338, False, "ours", "page", True),
        (613, 1893016, False, "ours", None, True),
        (368, None, False, "ours", "page", True),
        (2022, None, False, "ours", "lane", True),
        (341, None, True, "ours", None, True),
        (10303, None, False, "ours", None, True),
        (2300000, None, False, "ours", None, False),
        (2300080, None, False, "ours", None, False),
        (2300081, None, False, "platform", None, False),
        (424242, 1, False, "platform", None, False),
        (None, None, False, "platform", None, False),
    ],
)
def test_a_refusal_answers_what_to_do_next(
    code: int | None,
    subcode: int | None,
    retry: bool,
    whose: str,
    stop: str | None,
    token_unused: bool,
) -> None:
    error = refusal(code, subcode)
    assert (error.retry, error.whose, error.stop, error.token_unused) == (
        retry,
        whose,
        stop,
        token_unused,
    )


def test_only_the_three_window_refusals_speak_of_the_window() -> None:
    speaking = {(row.code, row.subcode) for row in TABLE if row.outside_window}
    assert speaking == {(10, 2018278), (10, 2534022), (10, 2018065)}
    assert refusal(10, 2018278).outside_window
    assert not refusal(551, 1545041).outside_window


def test_only_the_unreadable_answer_to_something_sent_is_a_doubt() -> None:
    doubts = {(row.code, row.subcode) for row in TABLE if row.unknown_outcome}
    assert doubts == {(1, 1357046)}


def test_an_unknown_refusal_is_unclassified_and_keeps_everything() -> None:
    error = GraphError(status=400, code=31337, subcode=8, fbtrace_id="Abc", message="no idea")
    assert error.row.handling is Handling.UNCLASSIFIED
    assert (error.status, error.code, error.subcode) == (400, 31337, 8)
    assert (error.fbtrace_id, error.message) == ("Abc", "no idea")
    assert not error.retry


@pytest.mark.parametrize("code", [None, 31337])
def test_a_429_slows_the_page_and_is_tried_again_whatever_code_it_has_or_lacks(
    code: int | None,
) -> None:
    error = GraphError(status=429, code=code)
    assert error.row.handling is Handling.RETRY
    assert error.row.slows
    assert error.retry
    assert error.token_unused
    assert not GraphError(status=403, code=code).row.slows
    assert GraphError(status=429, code=190).row.everything, "a code that is known says more"


def test_a_subcode_of_minus_one_is_not_taken_for_the_tables_own_mark() -> None:
    assert classify(10, ANY).subcode == ANY
    assert classify(100, ANY).handling is Handling.UNCLASSIFIED


def test_no_row_stands_twice_in_the_table() -> None:
    counted = Counter((row.code, row.subcode) for row in TABLE)
    assert [key for key, times in counted.items() if times > 1] == []


def test_every_row_is_retried_exactly_when_its_class_says_so() -> None:
    for row in TABLE:
        assert (row.retries > 0) == (row.handling is Handling.RETRY), row


def test_every_row_that_stops_the_page_waits_for_a_person_to_look() -> None:
    for row in TABLE:
        if row.stop is Stop.PAGE:
            assert row.handling is Handling.STOP, row
            assert row.whose is Fault.OURS, row


def test_every_sentence_is_lower_case_but_for_names_and_has_no_full_stop() -> None:
    for row in TABLE:
        assert not row.sentence.endswith("."), row
        assert row.sentence[0].islower(), row


def test_a_refusal_reads_as_one_sentence() -> None:
    assert str(refusal(10, 2018278)) == (
        "the platform refused with HTTP `400`, code `10/2018278`: outside the allowed window"
    )
    assert "code `none`" in str(refusal(None))


def test_a_doubt_carries_what_the_platform_said() -> None:
    said = refusal(2)
    assert MayHaveLeft("no outcome", said).error is said
    assert MayHaveLeft("no outcome").error is None


# -- the platform's list, transcribed a second time -----------------------------------------------

#: Every code and subcode of Meta's Messenger Platform error codes (2026-06-25) and of the Graph API
#: guide, each with what it asks of us: R retry, F final, W wait for the person, P stop, C fix. A
#: note after it says what else: `person`, `lane`, `page`, `everything`, `slows`, `doubt`.
LIST = """
10/2018278 W | 10/2534022 W | 10/2018065 F | 10/2018108 F | 10/1893063 P page | 10/1893015 F
10/1404170 P lane | 10/2018336 C | 10/- C
100/- F | 100/1893061 F lane | 100/2018276 C lane | 100/2018001 F person | 100/33 C
100/2018008 R | 100/2018294 R | 100/2018047 C | 100/2018074 C | 100/2018109 F | 100/2018014 C
100/2534025 F | 100/2534037 W | 100/2018300 W | 2018321/- R
551/- F person | 551/1545041 F person | 200/1545041 F person | 200/2018028 C | 200/- C
200/2018021 C | 200/2018027 C
190/- P everything | 190/458 P everything | 190/459 P everything | 190/460 P everything
190/461 P everything | 190/462 P everything | 190/463 P everything | 190/464 P everything
190/465 P everything | 190/466 P everything | 190/467 P everything
1/99 R | 1/1357046 F doubt | 2/- R | 2/2018344 C | 1200/- R
4/- R slows | 4/2018022 R | 4/2018354 R | 9/2018352 F lane
17/- R slows | 32/- R slows | 613/- R slows | 613/2534040 R slows | 613/1996 R slows
80001/- R slows | 80006/- R slows | 613/2018338 P page | 613/1893016 F | 368/- P page
2022/- P lane | 341/- R slows | 10303/- F | 2300000/- F | 2300041/- F | 2300080/- F
"""
LETTERS = {"R": "retry", "F": "final", "W": "wait", "P": "stop", "C": "fix"}


def listed() -> list[tuple[int, int | None, str, str]]:
    """Return the list as code, subcode, handling and note."""
    rows = []
    for entry in LIST.replace("\n", "|").split("|"):
        words = entry.split()
        if words:
            code, subcode = words[0].split("/")
            note = words[2] if len(words) > 2 else ""
            rows.append(
                (int(code), None if subcode == "-" else int(subcode), LETTERS[words[1]], note)
            )
    return rows


@pytest.mark.parametrize(("code", "subcode", "handling", "note"), listed())
def test_every_code_of_the_platforms_list_is_handled_as_it_asks(
    code: int, subcode: int | None, handling: str, note: str
) -> None:
    row = classify(code, subcode)
    stop = "" if row.stop is None else row.stop.value
    if row.everything:
        stop = "everything"
    told = stop or ("slows" if row.slows else "") or ("doubt" if row.unknown_outcome else "")
    assert (row.handling.value, told) == (handling, note)


def test_the_table_knows_no_code_that_the_list_does_not() -> None:
    codes = {code for code, *_ in listed()}
    assert {row.code for row in TABLE if not 2300000 <= row.code <= 2300080} <= codes


def test_what_slows_the_page_is_retried_and_what_waits_for_a_breaker_opens_one() -> None:
    for row in TABLE:
        if row.slows:
            assert row.handling is Handling.RETRY, row
        if row.waits:
            assert row.stop in {Stop.PAGE, Stop.LANE}, row
            assert row.token_unused, row
        if row.everything:
            assert row.waits, row
