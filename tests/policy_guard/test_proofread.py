"""What the rules see in a message when it is sent: written down, held at times, never lost."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policy_guard import cli, explain, finding_words, people_rows, privacy_rows, proofread
from policy_guard.edition import known
from policy_guard.errors import GuardError
from policy_guard.lint import send_time
from policy_guard.lint.config import ConfigError
from policy_guard.people_rows import Who
from policy_guard.proofread import Proofreader
from policy_guard.sends import Outgoing
from policy_guard.vocabulary import Author, Message, Purpose, Settings

if TYPE_CHECKING:
    from tests.conftest import Bench

HOLD = Settings(hold_promotional=True)
ALERTS = """\
- id: delivery
  titles: {en: Deliveries}
  descriptions: {en: Where your parcel is}
  purpose: post_purchase_update
  consent: preference
  push: regular
"""
PITCH = "Your order has shipped. Take 10% off your next pair of shoes!"
PLAIN = "Your order 42 has shipped."


def body(text: str, **more: Any) -> dict[str, Any]:
    """Return a message as it goes on the wire."""
    return {"message": {"text": text, **more}}


def out(*bodies: dict[str, Any], **words: Any) -> Outgoing:
    """Return a response on its way to the guard."""
    return Outgoing(Who("page-1", "person-1"), "turn-1", 0, Message(**words), bodies)


def seen(*bodies: dict[str, Any], **words: Any) -> list[str]:
    """Return the ids of the rules that see something."""
    return [one.rule for one in Proofreader().read(out(*bodies, **words))]


def update(bench: Bench, text: str = PITCH, **words: Any) -> Outgoing:
    """Return an update outside the window, for which a tag still carries the purpose."""
    bench.wrote()
    bench.clock.move(days=3)
    words = {"purpose": Purpose.POST_PURCHASE_UPDATE, "in_turn": False, **words}
    return bench.out(parts=(body(text),), text=text, **words)


# -- what is read --------------------------------------------------------------------------------


def test_a_plain_update_has_no_findings() -> None:
    assert seen(body(PLAIN), purpose=Purpose.POST_PURCHASE_UPDATE) == []


def test_a_pitch_in_an_update_is_seen_and_in_an_answer_it_is_not() -> None:
    assert seen(body(PITCH), purpose=Purpose.POST_PURCHASE_UPDATE) == ["P203"]
    assert seen(body(PITCH), purpose=Purpose.PROMOTION) == []
    assert seen(body(PITCH)) == []


def test_what_stands_on_buttons_cards_and_quick_replies_is_read_too() -> None:
    card = {"title": "SHOES FOR EVERYBODY", "buttons": [{"title": "Get 20% off everything now"}]}
    payload = {"template_type": "generic", "elements": [card]}
    message = {"message": {"attachment": {"type": "template", "payload": payload}}}
    assert seen(message, purpose=Purpose.NEWS) == ["L104", "P203", "W405"]
    assert seen(body("Which one?", quick_replies=[{"title": "x" * 21}])) == ["L105"]


def test_a_placeholder_that_nothing_filled_is_seen() -> None:
    assert seen(body("Your order {order_id} has shipped.")) == ["W408"]


def test_what_a_person_writes_is_not_told_off_for_its_style() -> None:
    text = "HELLO THERE MY FRIEND!!! It costs {price}, and 20% off if you buy now."
    by_hand = {"purpose": Purpose.HUMAN_AGENT, "author": Author.HUMAN}
    assert seen(body(text), **by_hand) == ["P203"]
    assert set(seen(body(text), purpose=Purpose.HUMAN_AGENT)) > {"W405", "W412"}


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"message": None},
        {"message": {"text": 3, "quick_replies": "no", "attachment": []}},
        {
            "message": {
                "attachment": {"payload": {"elements": [None, {"title": 1, "buttons": [7]}]}}
            }
        },
    ],
)
def test_a_body_of_another_shape_says_nothing(odd: dict[str, Any]) -> None:
    assert seen(odd) == []


def test_a_rule_that_fails_keeps_nothing_from_people(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(proofread, "findings", fail)
    assert Proofreader().read(out(body(PITCH))) == ()
    assert "could not be looked at" in caplog.text


def test_the_projects_own_selection_holds_when_sending_too(tmp_path: Path) -> None:
    lines = "[tool.policy-guard.lint]\nignore = ['W403']\nlongest-text = 40\n"
    (tmp_path / "pyproject.toml").write_text(lines, "utf-8")
    news = out(body("Hi Sam! The library opens at ten from Monday on."), purpose=Purpose.NEWS)
    assert [one.rule for one in Proofreader().read(news)] == ["W403"]
    assert [one.rule for one in proofread.configured(tmp_path).read(news)] == ["W401"]


def test_a_selection_that_cannot_be_used_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.policy-guard.lint]\nselect = ['Z9']\n", "utf-8")
    with pytest.raises(ConfigError, match="names no rule: `Z9`"):
        proofread.configured(tmp_path)


def test_a_usual_message_is_read_in_well_under_a_millisecond() -> None:
    reader = Proofreader().warm()
    text = "Your order 12345 has shipped and arrives on Tuesday between 9:00 and 12:00."
    message = out(body(text, quick_replies=[{"title": "Track"}]), purpose=Purpose.ACCOUNT_UPDATE)
    spans = []
    for _ in range(20):
        started = time.perf_counter()
        reader.read(message)
        spans.append(time.perf_counter() - started)
    assert min(spans) < 0.001


# -- what is written down ------------------------------------------------------------------------


def test_findings_are_one_line_of_the_journal_beside_the_decision(bench: Bench) -> None:
    row = bench.decided(update(bench, "Hi Sam! " + PITCH))
    assert row.state == "claimed"
    decided, found = bench.told(send_id=row.id)
    assert (decided.what, found.what) == ("decided", "finding")
    assert found.data["found"] == [
        {"rule": "P203", "text": "Take 10% off"},
        {"rule": "W403", "text": "Hi Sam!"},
    ]


def test_where_nothing_is_seen_nothing_is_written(bench: Bench) -> None:
    bench.decided(update(bench, PLAIN))
    assert bench.told(what="finding") == []


def test_a_turn_that_runs_again_is_told_of_once(bench: Bench) -> None:
    message = update(bench)
    bench.decided(message)
    assert bench.guard.authorize(message)[1] is False
    assert len(bench.told(what="finding")) == 1


def test_findings_leave_with_the_decision_or_not_at_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, written = update(bench), proofread.as_data

    def fail(found: Any) -> Any:
        written(found)
        raise RuntimeError

    monkeypatch.setattr(proofread, "as_data", fail)
    with pytest.raises(RuntimeError):
        bench.guard.authorize(message)
    assert bench.told() == []


def test_every_rule_that_may_speak_has_a_sentence_in_both_languages() -> None:
    assert set(send_time.RULES) <= set(finding_words.WORDS.table)


def test_the_journal_tells_of_findings_in_both_languages(bench: Bench) -> None:
    row = bench.decided(update(bench))
    (line,) = bench.told(send_id=row.id, what="finding")
    assert explain.happened(line) == (
        "seen in its words: `Take 10% off` reads as promotion, which the declared purpose may not "
        "carry (P203)"
    )
    assert explain.happened(line, "fr") == (
        "remarqué dans ses mots : `Take 10% off` ressemble à une promotion, que le but déclaré ne "
        "porte pas (P203)"
    )


def test_who_is_forgotten_is_quoted_no_more(bench: Bench) -> None:
    row = bench.decided(update(bench, "Hi Sam! The library opens at ten.", purpose=Purpose.NEWS))
    bench.write(privacy_rows.erase)
    (line,) = bench.told(send_id=row.id, what="finding")
    assert "Sam" not in json.dumps(line.data)
    assert explain.happened(line) == "seen in its words: something comes before the point (W403)"


# -- held, where the settings say so -------------------------------------------------------------


def held(bench: Bench) -> str:
    """Hold a pitch for its words and return the id of the send."""
    bench.under(settings=HOLD)
    row = bench.decided(update(bench))
    assert (row.state, row.decision["rule"]) == ("held", "wording_reads_as_promotion")
    return row.id


def test_a_pitch_is_held_by_our_own_caution_which_says_what_would_change_it(bench: Bench) -> None:
    row = bench.row(held(bench))
    assert row.decision["whose"] == "ours"
    assert row.decision["would_change"] == [
        "somebody reads the words and approves them",
        "the person writes or taps something",
    ]
    assert row.expires_at == bench.clock.now() + timedelta(days=2)
    told = explain.sentences(
        explain.story_of(row, [], bench.told(send_id=row.id)), known(), language="fr"
    )
    assert any("`Take 10% off` ressemble à une promotion" in line for line in told)
    assert any("quelqu'un lit les mots et les approuve" in line for line in told)


def test_a_pitch_that_its_author_says_is_none_is_neither_found_nor_held(bench: Bench) -> None:
    bench.under(settings=HOLD)
    row = bench.decided(update(bench, not_promotional=True))
    assert (row.state, row.ground) == ("claimed", "tag:POST_PURCHASE_UPDATE")
    assert bench.told(what="finding") == []
    assert not bench.guard.reconsider(row.id, "its moment came").message.promotional


def test_the_authors_word_on_promotion_excuses_nothing_else() -> None:
    loud = {"purpose": Purpose.POST_PURCHASE_UPDATE, "not_promotional": True}
    assert seen(body(f"{PITCH} BUY TODAY!!!"), **loud) == ["W405", "W412"]


def test_what_was_held_for_its_words_goes_once_the_person_writes(bench: Bench) -> None:
    send_id = held(bench)
    bench.wrote()
    assert [row.id for row in bench.guard.waiting_for(bench.who)] == [send_id]
    row = bench.guard.reconsider(send_id, "the person wrote")
    assert (row.state, row.ground) == ("claimed", "standard_window")


def test_asked_again_without_anything_new_it_is_held_still(bench: Bench) -> None:
    send_id = held(bench)
    assert bench.guard.reconsider(send_id, "its moment came").state == "held"


def test_what_was_held_for_its_words_expires_as_every_hold_does(bench: Bench) -> None:
    send_id = held(bench)
    bench.clock.move(days=2)
    assert bench.guard.expire() == 1
    assert bench.row(send_id).state == "expired"


def test_what_is_worth_nothing_later_is_refused_and_written_down(bench: Bench) -> None:
    bench.under(settings=HOLD)
    row = bench.decided(update(bench, hold_for=timedelta(0)))
    assert (row.state, row.decision["rule"]) == ("refused", "wording_reads_as_promotion")
    assert bench.told(what="finding")


def test_somebody_who_read_it_lets_it_go(bench: Bench) -> None:
    send_id = held(bench)
    row = bench.guard.approve(send_id)
    assert (row.state, row.ground) == ("claimed", "tag:POST_PURCHASE_UPDATE")
    assert [line.what for line in bench.told(send_id=send_id)][-2:] == ["approved", "asked_again"]
    assert bench.guard.begin(send_id) is not None


def test_approved_words_stay_approved_when_asked_again(bench: Bench) -> None:
    send_id = held(bench)
    bench.guard.approve(send_id)
    bench.clock.move(minutes=5)
    assert bench.guard.reconsider(send_id, "its moment came").state == "claimed"


def test_what_was_approved_may_be_taken_by_the_channel_at_once(bench: Bench) -> None:
    send_id, clerk = held(bench), bench.another_guard(settings=HOLD)
    clerk.approve(send_id)
    clerk.release()
    assert bench.row(send_id).state == "ready"
    clerk.store.close()


def test_nothing_else_is_let_go_that_way(bench: Bench) -> None:
    row = bench.decided(bench.out(in_turn=True))
    assert row.state == "held"
    with pytest.raises(GuardError, match="is held, and not held for its words"):
        bench.guard.approve(row.id)
    assert bench.row(row.id).state == "held"


def test_a_person_who_stopped_is_not_written_to_because_somebody_approved(bench: Bench) -> None:
    send_id = held(bench)
    bench.write(people_rows.record_stop, at=bench.clock.now())
    assert bench.guard.approve(send_id).state == "refused"


def test_the_command_lets_a_held_message_go(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send_id = held(bench)
    (tmp_path / "alerts.yml").write_text(ALERTS, "utf-8")
    settings = "  settings: {promotional_wording: hold}\n"
    endpoints = tmp_path / "endpoints.yml"
    lines = f"policy_guard:\n  url: {bench.url}\n  page: {{region: US}}\n{settings}"
    endpoints.write_text(lines, "utf-8")
    assert cli.main(["--endpoints", str(endpoints), "approve", "snd_no"]) == 2
    assert "nothing is known of `snd_no`" in capsys.readouterr().err
    assert cli.main(["--endpoints", str(endpoints), "outbox"]) == 0
    assert "(rule `wording_reads_as_promotion`)" in capsys.readouterr().out
    code = cli.main(["--endpoints", str(endpoints), "approve", send_id])
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    assert said.out.startswith(f"{send_id}  ")
