"""A broadcast that the platform refuses too often pauses by itself, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_guard import metrics
from policy_guard.breaker_rows import PAGE
from policy_guard.broadcast_rows import CANCELLED, DONE, PAUSED, RUNNING
from policy_guard.bulk import Bulk
from policy_guard.cli_broadcasts import as_dict, line
from policy_guard.delivery import Brake, Delivery, read_brake
from policy_guard.errors import CaseError
from policy_guard.guard import Refusal, Wire
from policy_guard.pace import UNLIMITED
from policy_guard.settings import load
from tests.conftest import Bench

from .crowds import Crowd

NO = Refusal({"code": 551, "subcode": None, "says": "the person is not available"})
OF_TEN = Brake(0.3, 10)


@pytest.fixture
def crowd(bench: Bench) -> Crowd:
    """Give forty people of one Page, and a brake that looks at the last ten messages."""
    bench.under(delivery=Delivery(UNLIMITED, brake=OF_TEN))
    made = Crowd(bench)
    made.join(*(f"p{n:02}" for n in range(40)))
    return made


def send(crowd: Crowd, made: object, arrive: int, refused: int) -> list[Wire]:
    """Send to the next people: to so many it arrives, and so many are refused; a moment apart."""
    told = []
    for n in range(arrive + refused):
        crowd.bench.clock.move(seconds=1)
        wires = crowd.take(made, 1).wires  # type: ignore[arg-type]  # a broadcast
        for wire in wires:
            if n < arrive:
                crowd.arrive([wire])
            else:
                crowd.bench.guard.rejected(wire.part, NO)
        told += wires
    return told


def test_one_refusal_too_many_pauses_it_with_a_reason_and_nothing_more_leaves(crowd: Crowd) -> None:
    made = crowd.ordered()
    send(crowd, made, arrive=7, refused=3)
    assert crowd.now(made).state == RUNNING, "three of ten are not more than 30 %"
    send(crowd, made, arrive=0, refused=1)
    halted = crowd.now(made)
    assert halted.state == PAUSED
    assert halted.why == "4 of its last 10 messages were refused by the platform"
    assert crowd.take(made).stopped
    (told,) = crowd.bench.told(what="broadcast_halted")
    assert dict(told.data) == {"broadcast": made.id, "by": "policy-guard", "why": halted.why}


def test_what_arrived_since_makes_up_for_what_was_refused_before(crowd: Crowd) -> None:
    made = crowd.ordered()
    for _ in range(3):
        send(crowd, made, arrive=0, refused=3)
        send(crowd, made, arrive=7, refused=0)
    assert crowd.now(made).state == RUNNING
    assert crowd.counts(made)["rejected"] == 9


def test_fewer_than_it_looks_at_say_nothing_yet(crowd: Crowd) -> None:
    made = crowd.ordered()
    send(crowd, made, arrive=0, refused=9)
    assert crowd.now(made).state == RUNNING
    send(crowd, made, arrive=0, refused=1)
    assert crowd.now(made).state == PAUSED


def test_who_resumes_it_is_not_paused_again_by_what_they_have_seen(crowd: Crowd) -> None:
    made = crowd.ordered()
    send(crowd, made, arrive=0, refused=10)
    crowd.bench.clock.move(seconds=1)
    resumed = crowd.move(made, RUNNING)
    assert resumed.why is None
    send(crowd, made, arrive=0, refused=9)
    assert crowd.now(made).state == RUNNING
    send(crowd, made, arrive=0, refused=1)
    assert crowd.now(made).state == PAUSED


def test_what_is_only_put_off_pauses_nothing(crowd: Crowd) -> None:
    made = crowd.ordered()
    waits = Refusal({"says": "the Page is restricted"}, stop=PAGE, waits=True)
    for _ in range(12):
        crowd.bench.clock.move(seconds=1)
        for wire in crowd.take(made, 1).wires:
            crowd.bench.guard.rejected(wire.part, waits)
    assert crowd.now(made).state == RUNNING
    assert crowd.bench.told(what="broadcast_halted") == []


def test_refusals_of_one_broadcast_do_not_pause_another(crowd: Crowd) -> None:
    first = crowd.ordered()
    second = crowd.ordered(key="k2")
    send(crowd, second, arrive=9, refused=0)
    send(crowd, first, arrive=0, refused=9)
    send(crowd, second, arrive=0, refused=1)
    assert [crowd.now(one).state for one in (first, second)] == [RUNNING, RUNNING]


def test_one_that_was_cancelled_meanwhile_stays_so(crowd: Crowd) -> None:
    made = crowd.ordered()
    send(crowd, made, arrive=0, refused=9)
    crowd.bench.clock.move(seconds=1)
    (wire,) = crowd.take(made, 1).wires
    crowd.move(made, CANCELLED)
    crowd.bench.guard.rejected(wire.part, NO)
    assert crowd.now(made).state == CANCELLED


def test_the_end_of_a_broadcast_is_no_end_of_looking(crowd: Crowd) -> None:
    """What was held comes out after it was done, and may be refused as well."""
    made = crowd.ordered()
    wires = crowd.take(made, 40).wires
    crowd.bench.sql(f"update broadcast set state = '{DONE}'")  # noqa: S608 - a word of ours
    for wire in wires[:10]:
        crowd.bench.guard.rejected(wire.part, NO)
    assert crowd.now(made).state == PAUSED


def test_without_a_brake_it_goes_on(crowd: Crowd) -> None:
    crowd.bench.under(delivery=Delivery(UNLIMITED, brake=None))
    crowd.bulk = Bulk(crowd.bench.guard)
    made = crowd.ordered()
    send(crowd, made, arrive=0, refused=20)
    assert crowd.now(made).state == RUNNING


def test_the_status_and_the_figures_tell_of_it(crowd: Crowd) -> None:
    made = crowd.ordered()
    send(crowd, made, arrive=0, refused=10)
    why = "10 of its last 10 messages were refused by the platform"
    standing = crowd.bench.guard.standing(crowd.page)
    assert standing.troubles == (f"broadcast `{made.id}` has paused by itself: {why}",)
    assert standing.as_dict()["halted"] == [{"broadcast": made.id, "why": why}]
    with crowd.bench.store.read() as tx:
        told = as_dict(tx, crowd.now(made))
        figures = {family.name: family for family in metrics.families(tx, crowd.bench.clock.now())}
    assert line(told).endswith(f", paused by itself: {why}")
    samples = figures["policy_guard_broadcasts"].samples
    counted = {sample.labels["state"]: sample.value for sample in samples}
    assert counted == {"running": 0, "paused": 0, "halted": 1}
    crowd.bench.clock.move(seconds=1)
    crowd.move(made, RUNNING)
    assert crowd.bench.guard.standing(crowd.page).troubles == ()


@pytest.mark.parametrize(
    ("said", "brake"),
    [
        (None, Brake(0.25, 100)),
        ("none", None),
        ({"share": "10%"}, Brake(0.1, 100)),
        ({"share": 0.5, "of_last": 20}, Brake(0.5, 20)),
    ],
)
def test_the_settings_say_how_many_are_too_many(said: object, brake: Brake | None) -> None:
    assert read_brake(said) == brake


@pytest.mark.parametrize(
    ("said", "path", "sentence"),
    [
        (5, "", "is `5`, neither a mapping nor `none`"),
        ({"of_last": 5}, ".of_last", ".of_last` is `5`, not a number from 10 to 1000"),
        ({"of_last": True}, ".of_last", ".of_last` is `True`, not a number from 10 to 1000"),
        ({"share": "lots"}, ".share", ".share` is `lots`, not a share from `0%` to `99%`"),
        ({"share": 25}, ".share", ".share` is `25`, not a share from `0%` to `99%`"),
        ({"last": 5}, ".last", "unknown key"),
    ],
)
def test_a_brake_that_cannot_be_is_a_sentence(said: object, path: str, sentence: str) -> None:
    with pytest.raises(CaseError) as caught:
        read_brake(said)
    assert sentence in str(caught.value)
    assert caught.value.path == f"pause_broadcast_at_refusals{path}"


def test_the_guard_is_given_what_endpoints_say(tmp_path: Path) -> None:
    file = tmp_path / "endpoints.yml"
    text = "policy_guard:\n  page: {region: US}\n"
    file.write_text(text)
    assert load(file, {}).delivery.brake == Brake()
    file.write_text(f"{text}  pause_broadcast_at_refusals: {{share: 10%, of_last: 50}}\n")
    assert load(file, {}).delivery.brake == Brake(0.1, 50)
