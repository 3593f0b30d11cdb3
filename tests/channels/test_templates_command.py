"""`policy-guard templates`: built from a response, checked, created, listed and kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from channels import cli_templates
from channels.cli import main
from channels.utility_templates import Template, TemplateError, from_text, from_variation, problems
from policy_guard import template_rows
from policy_guard.people import PAGE_ID
from policy_guard.sql_store import SqlStore, get_meta, set_meta
from simulator.pytest_plugin import messenger
from simulator.testing import Simulator

from .platforms import Call, FakePlatform, serving

__all__ = ["messenger"]

# -- built and checked ------------------------------------------------------------------------


def test_a_response_becomes_a_template_with_numbered_parameters() -> None:
    template = from_variation(
        "order_shipped",
        "en",
        {"text": " Your order {order_id} leaves on {day} as order {order_id}, today. "},
        "utter_order_shipped",
    )
    assert template.text == "Your order {{1}} leaves on {{2}} as order {{1}}, today."
    assert template.parameters == ("order_id", "day")
    assert template.as_json() == {
        "name": "order_shipped",
        "language": "en",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": template.text}],
    }


def test_its_buttons_are_kept_in_the_words_of_templates() -> None:
    variation = {
        "text": "Your order has left.",
        "buttons": [
            {"title": "Where is it?", "payload": "/order_status"},
            {"title": "Track", "type": "web_url", "url": "https://shop.example/track"},
        ],
    }
    template = from_variation("left", "en", variation, "utter_left")
    assert template.as_json()["components"] == [
        {"type": "BODY", "text": "Your order has left."},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "POSTBACK", "text": "Where is it?", "payload": "/order_status"},
                {"type": "URL", "text": "Track", "url": "https://shop.example/track"},
            ],
        },
    ]
    assert template.same_words(template.as_json()["components"])


def test_other_words_or_other_buttons_are_not_the_same() -> None:
    buttons = [{"title": "Why?", "payload": "/explain"}]
    template = from_variation("left", "en", {"text": "It has left.", "buttons": buttons}, "utter")
    listed: Any = template.as_json()["components"]
    assert not template.same_words([{**listed[0], "text": "It has gone."}, listed[1]])
    assert not template.same_words(listed[:1])
    assert not template.same_words(None)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"image": "https://shop.example/a.png"}, "has `image`"),
        ({"custom": {"text": "hi"}}, "has `custom`"),
        ({"buttons": [{"title": str(n), "payload": "/greet"} for n in range(4)]}, "4 buttons"),
        ({"buttons": [{"title": "Call", "type": "phone_number", "payload": "+1"}]}, "phone_number"),
        ({"buttons": [{"title": "Far too long a title for it", "payload": "/greet"}]}, "shortened"),
        ({"buttons": [{"title": "See", "url": "https://shop.example/{id}"}]}, "has a brace"),
        ({"buttons": "none"}, "button list"),
    ],
)
def test_what_no_template_can_carry_is_named(content: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError, match=f"`utter_left`.*{says}|{says}.*`utter_left`"):
        from_variation("left", "en", {"text": "It has left.", **content}, "utter_left")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there are no words"),
        ("   ", "there are no words"),
        ("{name}, your order has left us today.", "begins with the parameter `{name}`"),
        ("We sent you today the order {order_id}", "ends with the parameter `{order_id}`"),
        ("It left {a} and {b} now.", "2 parameters among 4 words"),
        ("Your order {order id} has left today.", "a brace that belongs to no parameter"),
        ("ab cd " * 333 + "ef", "the text has 2000 characters, and a message holds 1999"),
    ],
)
def test_what_the_platform_would_reject_is_found_before_it_is_asked(text: str, says: str) -> None:
    found = problems(from_text("shipped", "en", text))
    assert any(says in sentence for sentence in found), found


def test_a_text_that_just_fits_a_message_is_well() -> None:
    assert problems(from_text("shipped", "en", "ab cd " * 333 + "e")) == []


def test_a_parameter_to_three_words_is_still_well() -> None:
    assert problems(from_text("shipped", "en", "Order {a} left today.")) == []
    assert problems(from_text("shipped", "en", "Order {a} left.")) != []


@pytest.mark.parametrize(
    ("name", "language", "says"),
    [("Order-Shipped", "en", "the name `Order-Shipped`"), ("shipped", "english", "`english`")],
)
def test_a_name_or_a_language_that_the_platform_does_not_know(
    name: str, language: str, says: str
) -> None:
    (found,) = problems(from_text(name, language, "Your order has left."))
    assert says in found


def test_promotional_wording_is_found_in_text_and_buttons_in_their_language() -> None:
    asked: list[tuple[str, str]] = []

    def judge(text: str, language: str) -> str | None:
        asked.append((text, language))
        return "`-20%`" if "-20%" in text else None

    variation = {"text": "It has left.", "buttons": [{"title": "-20%", "payload": "/greet"}]}
    (found,) = problems(from_variation("left", "fr", variation, "utter"), judge)
    assert found.endswith("`-20%`")
    assert asked == [("It has left.\n-20%", "fr")]


# -- the command, against the simulator -------------------------------------------------------

DOMAIN = """
responses:
  utter_order_shipped:
    - text: "Your order {order_id} has shipped today."
      metadata: {messenger: {purpose: post_purchase_update, topic: delivery}}
    - text: "Votre commande {order_id} est partie hier."
      condition: [{type: slot, name: language, value: fr}]
      metadata: {messenger: {purpose: post_purchase_update, topic: delivery}}
  utter_signed_in:
    - text: "Somebody signed in to your account today."
      metadata: {messenger: {purpose: account_update, utility_template: signed_in}}
  utter_sale:
    - text: "Everything is on sale today, buy now and save 50%!"
  utter_greet:
    - text: "Hi!"
    - text: "Hello!"
"""
ALERTS = """
- id: delivery
  titles: {en: Deliveries, fr: Livraisons}
  descriptions: {en: your parcel, fr: votre colis}
  purpose: post_purchase_update
  consent: preference
  push: silent
  utility_template: order_shipped
"""
CREDENTIALS = """
channels.messenger.MessengerInput:
  verify: sim-verify-token
  secret: sim-app-secret
  page-access-token: "%s"
  graph_url: %s
"""


class Project:
    """A project folder whose Page is the simulator's."""

    def __init__(self, folder: Path, url: str, token: str) -> None:
        self.folder = folder
        self.store = SqlStore(f"sqlite:///{folder / 'guard.db'}")
        (folder / "endpoints.yml").write_text(
            "policy_guard:\n  url: sqlite:///guard.db\n  page: {region: US}\n"
        )
        (folder / "alerts.yml").write_text(ALERTS)
        (folder / "domain.yml").write_text(DOMAIN)
        (folder / "credentials.yml").write_text(CREDENTIALS % (token, url))

    def change(self, file: str, before: str, after: str) -> None:
        path = self.folder / file
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))

    def kept(self) -> dict[tuple[str, str], tuple[str, str | None]]:
        """Return the templates in the store: (name, language) to (status, reason)."""
        with self.store.read() as tx:
            rows = template_rows.listed(tx, get_meta(tx, PAGE_ID) or "")
        return {(row.name, row.language): (row.status, row.reason) for row in rows}


@pytest.fixture
def project(
    tmp_path: Path, messenger: Simulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    monkeypatch.chdir(tmp_path)
    # the wording is judged elsewhere; here it is what the platform says that is looked at
    monkeypatch.setattr(cli_templates, "_judge", lambda: None)
    made = Project(tmp_path, messenger.url, "sim-page-token")
    yield made
    made.store.close()


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of a `templates` command."""
    code = main(["templates", *args])
    said = capsys.readouterr()
    return code, said.out, said.err


SHIPPED = ("create", "order_shipped", "--response", "utter_order_shipped")


def test_a_template_is_created_in_each_language_and_kept_with_its_status(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *SHIPPED)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "order_shipped  en  APPROVED",
        "order_shipped  fr  APPROVED",
    ]
    bodies = {t["language"]: t["components"][0]["text"] for t in messenger.templates()}
    assert bodies == {
        "en": "Your order {{1}} has shipped today.",
        "fr": "Votre commande {{1}} est partie hier.",
    }
    assert project.kept() == {
        ("order_shipped", "en"): ("APPROVED", None),
        ("order_shipped", "fr"): ("APPROVED", None),
    }
    with project.store.read() as tx:
        assert template_rows.approved(tx, "1234567890", "order_shipped", "fr")


def test_what_is_there_already_is_not_created_again(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, *SHIPPED, "--language", "en")
    code, out, _ = run(capsys, *SHIPPED)
    assert code == 0
    assert out.splitlines() == [
        "order_shipped  en  APPROVED: exists",
        "order_shipped  fr  APPROVED",
    ]
    assert len(messenger.templates()) == 2


def test_a_template_that_exists_with_other_words_is_a_refusal(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, *SHIPPED)
    project.change("domain.yml", "has shipped today", "left our shop today")
    code, out, _ = run(capsys, *SHIPPED)
    assert code == 1
    assert "en  APPROVED: exists with other words: give this one another name" in out
    assert len(messenger.templates()) == 2


def test_a_wider_code_takes_the_wording_of_its_language(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, *SHIPPED, "--language", "fr_FR")
    assert (code, out) == (0, "order_shipped  fr_FR  APPROVED\n")
    assert messenger.templates()[0]["components"][0]["text"].startswith("Votre commande")


def test_a_rejected_template_ends_with_1_and_its_reason_is_kept(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "create", "sale", "--response", "utter_sale")
    assert (code, out) == (1, "sale  en  REJECTED: TAG_SHOULD_BE_MARKETING\n")
    assert project.kept() == {("sale", "en"): ("REJECTED", "TAG_SHOULD_BE_MARKETING")}
    code, out, _ = run(capsys, "status", "sale")
    assert code == 1
    assert "REJECTED: TAG_SHOULD_BE_MARKETING" in out
    again, _, _ = run(capsys, "create", "sale", "--response", "utter_sale")
    assert again == 1


def test_plain_words_become_a_template_in_the_first_language(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "create", "closed", "--text", "We are closed {day} for once.")
    assert (code, out) == (0, "closed  en  APPROVED\n")
    assert messenger.templates()[0]["components"][0]["text"] == "We are closed {{1}} for once."


def test_all_takes_every_template_that_a_response_or_its_alert_type_names(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "create", "--all")
    assert code == 0
    assert [line.split("  ")[:2] for line in out.splitlines()] == [
        ["order_shipped", "en"],
        ["order_shipped", "fr"],
        ["signed_in", "en"],
    ]


def test_all_in_one_language_passes_over_responses_that_do_not_have_it(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "create", "--all", "--language", "fr")
    assert (code, err) == (0, "")
    assert out == "order_shipped  fr  APPROVED\n"


def test_a_template_that_two_responses_name_is_not_created(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    project.change("domain.yml", "utility_template: signed_in", "utility_template: order_shipped")
    code, out, err = run(capsys, "create", "--all")
    assert (code, out) == (1, "")
    assert "`order_shipped` is named by `utter_order_shipped`, `utter_signed_in`" in err
    assert messenger.templates() == []


def test_an_alert_types_template_that_nobody_says_is_told(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.change("alerts.yml", "order_shipped", "parcel_left")
    project.change("domain.yml", "topic: delivery", "utility_template: order_shipped")
    code, _, err = run(capsys, "create", "--all")
    assert code == 1
    assert err == "`parcel_left` of the alert type `delivery` is said by no response\n"


def test_a_dry_run_shows_what_would_be_created_and_asks_nobody(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    messenger.stop()
    code, out, _ = run(capsys, *SHIPPED, "--dry-run")
    assert code == 0
    assert "`order_shipped` in `en` would be created: Your order {{1}} has shipped today." in out
    code, out, _ = run(capsys, *SHIPPED, "--dry-run", "--json")
    assert [t["language"] for t in json.loads(out)] == ["en", "fr"]


def test_nothing_is_sent_where_one_template_would_be_rejected(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    project.change("domain.yml", " est partie hier", "")
    code, out, err = run(capsys, *SHIPPED)
    assert (code, out) == (1, "")
    assert err.startswith("`order_shipped` in `fr`: 1 parameters among 2 words")
    assert messenger.templates() == []


def test_promotional_wording_is_refused_before_the_platform_is_asked(
    project: Project,
    messenger: Simulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli_templates, "_judge", lambda: lambda text, language: "`on sale`")
    code, _, err = run(capsys, "create", "sale", "--response", "utter_sale")
    assert code == 1
    assert "`sale` in `en`: it sounds like promotion" in err
    assert messenger.templates() == []


def test_the_judge_of_wording_speaks_through_its_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge_text(text: str, language: str) -> SimpleNamespace:
        return SimpleNamespace(
            promotional="sale" in text and language == "en", score=1.0, reasons=("`sale`",)
        )

    monkeypatch.setattr("policy_guard.promotion.judge_text", judge_text)
    judge = cli_templates._judge()
    assert judge("a sale", "en_US") == "`sale`"
    assert judge("an order", "en_US") is None


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["create", "x"], "give one of `--response`, `--text` and `--all`"),
        (["create", "x", "--response", "a", "--text", "b"], "give one of"),
        (["create", "--response", "utter_greet"], "the template's name is missing"),
        (["create", "Foo!", "--text", "Well."], "the name `Foo!` may only have a-z, digits"),
        (["create", "Foo!", "--response", "utter_none"], "the name `Foo!` may only have a-z"),
        (
            ["create", "x", "--text", "Well.", "--language", "english"],
            "`english` is not a language such as `en`",
        ),
        (["create", "x", "--all"], "`--all` takes no name"),
        (["create", "x", "--response", "utter_none"], "domain.yml: has no response `utter_none`"),
        (["create", "x", "--response", "utter_greet"], "`utter_greet` has several texts in `en`"),
        (["create", "x", "--text", "a", "--language", "en", "--language", "fr"], "one `--text`"),
        (["create", "x", "--text", "Well said.", "--credentials", "no.yml"], "cannot be read"),
        (["list", "--credentials", "no.yml"], "no.yml: cannot be read"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence(
    project: Project, capsys: pytest.CaptureFixture[str], args: list[str], says: str
) -> None:
    code, out, err = run(capsys, *args)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_a_language_that_the_response_does_not_have_is_a_refusal(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, *SHIPPED, "--language", "de")
    assert (code, err) == (1, "`utter_order_shipped` has no text in `de`\n")


# -- list and status --------------------------------------------------------------------------


def test_the_list_is_the_platforms_and_what_it_no_longer_names_is_gone(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, *SHIPPED)
    (known, _) = messenger.templates()
    messenger.review_template(known["id"], "PAUSED")
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert [line.split("  ")[:3] for line in out.splitlines()] == [
        ["order_shipped", "en", "PAUSED"],
        ["order_shipped", "fr", "APPROVED"],
    ]
    assert project.kept()[("order_shipped", "en")] == ("PAUSED", None)
    messenger.reset()
    code, out, _ = run(capsys, "list")
    assert (code, out) == (0, "the Page has no utility template\n")
    assert project.kept() == {}


def test_offline_reads_the_store_only(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, *SHIPPED)
    messenger.reset()
    (project.folder / "credentials.yml").unlink()
    code, out, _ = run(capsys, "list", "--offline", "--json")
    assert code == 0
    assert [(row["name"], row["language"], row["status"]) for row in json.loads(out)] == [
        ("order_shipped", "en", "APPROVED"),
        ("order_shipped", "fr", "APPROVED"),
    ]
    code, out, _ = run(capsys, "status", "order_shipped", "--offline")
    assert (code, out.count("APPROVED")) == (0, 2)


def test_the_status_of_an_unknown_template_ends_with_1(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "status", "nothing")
    assert (code, out) == (1, "the Page has no utility template `nothing`\n")


def test_what_the_platform_says_is_dated_by_the_clock_that_the_store_goes_by(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    with project.store.write() as tx:
        set_meta(tx, "clock_offset_ms", str(86_400_000 * 400))
    run(capsys, *SHIPPED)
    messenger.advance(days=400)
    with project.store.read() as tx:
        (row, _) = template_rows.listed(tx, "1234567890")
    assert abs((row.told_at - messenger.now()).total_seconds()) < 60


def test_the_store_of_another_page_is_not_touched(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    with project.store.write() as tx:
        set_meta(tx, PAGE_ID, "another-page")
    code, _, err = run(capsys, "list")
    assert code == 2
    assert "belongs to the Page `another-page`, the token to `1234567890`" in err


def test_without_a_store_nothing_is_asked(
    project: Project, messenger: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    project.change("endpoints.yml", "guard.db", "none.db")
    code, _, err = run(capsys, *SHIPPED)
    assert code == 2
    assert "does not exist: the channel makes it when it starts" in err
    assert messenger.templates() == []


# -- when the platform does not answer well ---------------------------------------------------


class Platform(FakePlatform):
    """A platform that answers what a test wants, one after the other."""

    answers: list[tuple[int, bytes]]

    def answer(self, call: Call) -> tuple[int, bytes]:
        return self.answers.pop(0)


@pytest.fixture
def platform() -> Iterator[Platform]:
    server = Platform()
    server.answers = []
    with serving(server):
        yield server


@pytest.fixture
def strange(
    tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """A project whose platform is the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli_templates, "_judge", lambda: None)
    made = Project(tmp_path, f"http://127.0.0.1:{platform.server_port}", "page-token-secret")
    yield made
    made.store.close()


def answer(value: object, status: int = 200) -> tuple[int, bytes]:
    return status, value if isinstance(value, bytes) else json.dumps(value).encode()


ME = answer({"id": "page-9"})
NONE = answer({"data": []})


def test_each_call_has_the_token_in_its_header_and_the_proof_beside_it(
    strange: Project, platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.answers = [ME, NONE, answer({"id": "t1", "status": "PENDING"})]
    code, out, _ = run(capsys, *SHIPPED, "--language", "en")
    assert (code, out) == (0, "order_shipped  en  PENDING\n")
    assert {one.token for one in platform.asked} == {"Bearer page-token-secret"}
    who, listing, created = platform.asked
    assert who.path.startswith("/v26.0/me?fields=id&appsecret_proof=")
    assert listing.path.startswith("/v26.0/page-9/message_templates?")
    assert "appsecret_proof=" in listing.path
    assert created.path == "/v26.0/page-9/message_templates"
    assert len(created.body["appsecret_proof"]) == 64
    assert not any("page-token-secret" in one.path for one in platform.asked)


def test_a_long_list_is_read_to_its_end(
    strange: Project, platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    def row(n: int) -> dict[str, str]:
        return {"id": str(n), "name": f"t{n}", "language": "en", "status": "approved"}

    more = {"cursors": {"after": "mark"}, "next": "http://192.0.2.1/elsewhere"}
    marketing = {**row(7), "category": "MARKETING"}
    platform.answers = [
        ME,
        answer({"data": [row(1), marketing], "paging": more}),
        answer({"data": [row(2)], "paging": {"cursors": {"after": "end"}}}),
    ]
    code, _, _ = run(capsys, "list")
    assert code == 0
    assert "after=mark" in platform.asked[2].path
    assert set(strange.kept()) == {("t1", "en"), ("t2", "en")}


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([answer(b"<html>", 502)], "answered `502`, which tells nothing"),
        ([answer({"id": "page-9"}, 302)], "answered `302`, which tells nothing"),
        ([answer([])], "answered `200`, which tells nothing"),
        ([answer({})], "has no `id`"),
        ([ME, answer({"data": None})], "is no list"),
        ([ME, answer({"data": [{"id": "1", "name": "t"}]})], "has no `language`"),
        (
            [answer({"error": {"code": 190, "message": "bad token page-token-secret"}}, 400)],
            "the platform refused with code `190`: bad token ***",
        ),
    ],
)
def test_an_answer_that_cannot_be_used_is_one_sentence_without_secrets(
    strange: Project,
    platform: Platform,
    capsys: pytest.CaptureFixture[str],
    answers: list[tuple[int, bytes]],
    says: str,
) -> None:
    platform.answers = list(answers)
    code, _, err = run(capsys, "list")
    assert code == 2
    assert says in err
    assert err.count("\n") == 1
    assert "page-token-secret" not in err


def test_a_refused_template_does_not_keep_the_others_from_being_created(
    strange: Project, platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"error": {"code": 100, "message": "(#100) no"}}
    made = {"id": "t2", "status": "APPROVED"}
    platform.answers = [ME, NONE, answer(wrong, 400), answer(made)]
    code, out, _ = run(capsys, *SHIPPED)
    assert code == 1
    assert out.splitlines() == [
        "order_shipped  en  not created: the platform refused with code `100`: (#100) no",
        "order_shipped  fr  APPROVED",
    ]
    assert strange.kept() == {("order_shipped", "fr"): ("APPROVED", None)}


def test_where_the_outcome_is_not_known_it_is_said(
    strange: Project, platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.answers = [ME, NONE, answer(b"", 500)]
    code, _, err = run(capsys, *SHIPPED)
    assert code == 2
    assert "it is not known whether the template was created: `policy-guard templates list`" in err


def test_a_platform_that_is_not_there_is_one_sentence(
    strange: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (strange.folder / "credentials.yml").read_text()
    port = text.rsplit(":", 1)[1].strip()
    strange.change("credentials.yml", port, "9")
    code, _, err = run(capsys, "list")
    assert code == 2
    assert "`http://127.0.0.1:9/v26.0` does not answer: `ConnectionError`" in err


def test_a_template_shows_the_same_words_however_it_was_made() -> None:
    assert from_text("a", "en", "Order {x} left today.") == Template(
        "a", "en", "Order {{1}} left today.", ("x",)
    )
