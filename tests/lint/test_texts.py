"""What is seen in one text: languages, reading ease, previews, secrets, personal data."""

from __future__ import annotations

import time

import pytest

from policy_guard.lint import checks, preview, secrets, send_time
from policy_guard.lint.model import Options, Said
from policy_guard.lint.readability import ease, english_syllables, french_syllables
from policy_guard.lint.words import language, least, sentences, units
from tests.lint.workbench import OPTIONS, judge


def seen(check: checks.TextCheck, text: str, purpose: str = "reply") -> list[str]:
    return [one.says for one in check(Said(text, OPTIONS, purpose))]


# -- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Which of these would you like to see?", "en"),
        ("You have stopped all messages. Write START to get them.", "en"),
        ("De quoi voulez-vous être informé ?", "fr"),
        ("C'est fait. Nous vous écrirons pour la livraison.", "fr"),
        ("OK!", None),
        ("Wo ist meine Bestellung?", None),
        ("", None),
    ],
)
def test_a_language_is_told_where_it_is_plain(text: str, code: str | None) -> None:
    assert language(text) == code


def test_lengths_are_those_of_the_wire() -> None:
    assert units("a😀") == 3
    assert least("Order {a_long_name_of_a_slot}") == 7
    assert least('/a{{"b": "{c}"}}') == len('/a"b": "x"')


def test_sentences_keep_their_places() -> None:
    text = "One. Two! « Trois ? » Four\nfive"
    assert [text[s.start : s.end] for s in sentences(text)] == [s.text for s in sentences(text)]
    assert [s.text for s in sentences(text)] == ["One.", "Two!", "« Trois ?", "» Four", "five"]


@pytest.mark.parametrize(
    ("word", "count"),
    [("the", 1), ("order", 2), ("delivered", 3), ("table", 2), ("stopped", 1), ("information", 4)],
)
def test_english_syllables_are_counted_about_right(word: str, count: int) -> None:
    assert english_syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [("le", 1), ("commande", 2), ("écrirons", 3), ("livraison", 3), ("colis", 2), ("messages", 2)],
)
def test_french_syllables_are_counted_about_right(word: str, count: int) -> None:
    assert french_syllables(word) == count


def test_plain_words_are_easier_than_a_contract() -> None:
    plain = (
        "Your order has left our house. It comes to you on Monday. You can see where it is here. "
    )
    contract = (
        "Notwithstanding contractual stipulations, reimbursement eligibility necessitates "
        "documentation demonstrating manufacturing irregularities within applicable notification "
        "periods established by our organisation and its numerous international subsidiaries."
    )
    easy, hard = ease(plain * 2, "en"), ease(contract, "en")
    assert easy is not None
    assert hard is not None
    assert easy > 80
    assert hard < 10


def test_a_short_text_or_another_language_is_not_judged() -> None:
    assert ease("Reimbursement necessitates documentation.", "en") is None
    assert ease("wort " * 30, "de") is None


# -- checks of one text --------------------------------------------------------------------------


def test_the_edge_of_a_long_text_is_the_number_itself() -> None:
    assert seen(checks.long_text, "a" * 320) == []
    assert seen(checks.long_text, "a" * 321) == [
        "the text has 321 characters: more than 320 are not read on a phone"
    ]


@pytest.mark.parametrize(
    ("text", "purpose", "found"),
    [
        ("x" * 70 + " {order}", "reply", []),
        ("x" * 73 + " {order}", "reply", []),
        ("x" * 73 + " {order}", "news", ["`{order}` comes after the 80 characters of a preview"]),
        ("x" * 152 + " {order}", "reply", []),
        ("x" * 153 + " {order}", "reply", ["`{order}` comes after the 80 characters of a preview"]),
        ("x" * 80 + " 42 and so on, because", "reply", []),
        ("x" * 80 + " 42", "news", ["`4` comes after the 80 characters of a preview"]),
        ("A fact. " + "x" * 90, "news", []),
        ("Please note that", "reply", []),
        ("Nous avons le plaisir de vous informer qu'elle est là.", "reply",
         ["`Nous avons le plaisir de vous informer …` says nothing: begin with what it leads to"]),
    ],
)  # fmt: skip
def test_the_preview_ends_before_the_point(text: str, purpose: str, found: list[str]) -> None:
    assert seen(checks.key_point_late, text, purpose) == found


@pytest.mark.parametrize(
    "text",
    [
        "Hi {name}!\nIt is here.",
        "Chère madame, il est là.",
        "Good morning everyone: it is here.",
        "\U0001f44b Hi Lena! It is here.",
        "Hello {name} - it is here.",
        "Hey Sam \U0001f600 it is here.",
        "Bonjour votre carte est là.",
        "Chers parents, l'école ferme.",
        "Salut tout le monde ! Il est là.",
        "Good evening your table is ready.",
    ],
)
def test_a_greeting_is_seen_in_what_was_not_asked_for(text: str) -> None:
    assert len(seen(checks.greeting_first, text, "news")) == 1
    assert seen(checks.greeting_first, text, "reply") == []


@pytest.mark.parametrize(
    "text",
    [
        "Hi!",
        "History of your order",
        "Hiking boots, here",
        "Bonjour",
        "Hi-fi speakers are here.",
        "Good day trips leave at nine.",
        "\U0001f4e6 Your parcel is here.",
    ],
)
def test_what_is_no_greeting_before_a_point_is_let_be(text: str) -> None:
    assert seen(checks.greeting_first, text, "news") == []


def test_a_greeting_without_a_mark_leaves_the_whole_point() -> None:
    (found,) = checks.greeting_first(Said("Bonjour votre carte est là. Venez.", OPTIONS, "news"))
    (change,) = found.changes
    assert (change.start, change.end, change.text) == (0, 9, "V")


@pytest.mark.parametrize(
    "text",
    [
        "There is news about your account. Tap to see.",
        "There's some news.",
        "Important message: tap here to see it.",
        "Vous avez un nouveau message.",
    ],
)
def test_a_call_without_a_point_is_unclear(text: str) -> None:
    assert len(seen(checks.value_unclear, text, "news")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "You have a new message from Dr Chen about your knee.",
        "Information importante : votre compte est fermé.",
        "Important notice: the pool is closed.",
        "Vous avez un nouveau message du docteur Petit.",
    ],
)
def test_a_call_with_its_point_is_clear(text: str) -> None:
    assert seen(checks.value_unclear, text, "news") == []


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "Write STOP, START or HELP",
        "The NATO talks",
        "{ALL_CAPS} {MORE}",
        "Show your PASSPORT at the borders of the UK and the US",
        "Le billet vaut à la SNCF comme à la RATP",
        "La CPAM et l'URSSAF",
        "ISBN or ISSN",
        "Sizes: SMALL, MEDIUM or LARGE",
        "YES or NO",
        "OUI ou STOP ALERTES",
        "PDF / JPEG",
        "A SIM with a PIN and a PUK",
    ],
)
def test_capitals_that_are_meant_are_let_be(text: str) -> None:
    assert seen(checks.shouting, text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("BUY NOW", "BUY NOW"),
        ("Come and BUY NOW, at the SNCF", "BUY NOW"),
        ("NEVER show your PASSWORD", "NEVER show your PASSWORD"),
        ("LA SNCF EST EN GRÈVE", "LA SNCF EST EN GRÈVE"),
        ("ORDER TODAY AND SAVE or REGRET", "ORDER TODAY AND SAVE or REGRET"),
        ("THE BEST, THE LAST", "THE BEST, THE LAST"),
    ],
)
def test_capitals_that_shout_are_heard(text: str, words: str) -> None:
    assert seen(checks.shouting, text) == [f"`{words}` shouts"]


def test_letters_that_stand_for_words_stay_when_the_shouting_ends() -> None:
    (found,) = checks.shouting(Said("LA SNCF EST {EN_MOT} EN GRÈVE", Options()))
    assert [change.text for change in found.changes] == ["La", "est", "en", "grève"]


def test_what_shouts_is_written_small_as_a_whole() -> None:
    (found,) = checks.shouting(Said("HI {name}! YOUR ORDER HAS SHIPPED. Write STOP.", Options()))
    (places, said) = zip(*((c.start, c.text) for c in found.changes), strict=True)
    assert said == ("Hi", "Your", "order", "has", "shipped")
    assert places == (0, 11, 16, 22, 26)


def test_a_text_with_what_was_not_filled_in_is_seen_at_the_last_moment() -> None:
    assert seen(checks.unfilled, "Your order None has shipped, {name}.") == [
        "`{name}` is not filled in",
        "`None` is not filled in",
    ]
    assert seen(checks.unfilled, "Nonetheless, none is left.") == []


# -- notifications -------------------------------------------------------------------------------


def test_a_notification_is_one_line_cut_at_its_width() -> None:
    assert preview.notification("One\n\ntwo", 20) == preview.Notification("One two", "")
    assert preview.notification("One two three", 8) == preview.Notification("One two…", " three")


def test_wide_letters_take_two_columns() -> None:
    shown = preview.notification("注文は発送されました", 9)
    assert shown == preview.Notification("注文は発…", "送されました")


# -- secrets and personal data -------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "secret: q7Zk2vX9pLm4Rt8w",
        'APP_SECRET = "q7Zk-2vX9-pLm4"',
        '{"api_key": "q7Zk-2vX9-pLm4"}',
        "EAA" + "b1C2" * 10,
        "AKIAABCDEFGHIJKLMNOP",
        "-----BEGIN RSA PRIVATE KEY-----",
        "mysql://root:hunter22@db",
        "ghp_" + "a1B2" * 9,
        "app_secret: 0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "verify_token: 8f14e45fceea167a5a36dedd4bea2543",
        'password = "correcthorse1"',
        '{"Authorization": "Bearer 9fK2jd83KsLw02mQz7aa"}',
        "Bearer eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
        "SG." + "a" * 22 + "." + "b" * 43,
    ],
)
def test_what_looks_like_a_secret_is_seen_and_hidden(text: str) -> None:
    (hit,) = secrets.secrets(text)
    shown = secrets.hidden(text)
    assert len(shown) == len(text)
    assert text[hit.start : hit.end] not in shown


@pytest.mark.parametrize(
    "text",
    [
        "secret: ${MESSENGER_APP_SECRET}",
        "secret: <the secret of the app>",
        "verify: your-verify-token",
        "token: os.environ['TOKEN']",
        "password: example-password-1A",
        "Write the token to me, please.",
        "token_url: https://auth.example/oauth2/Token",
        "verify: true",
        "payload: /verify_account",
        "secret: correcthorsebatterystaple",
    ],
)
def test_a_reference_or_a_placeholder_is_no_secret(text: str) -> None:
    assert list(secrets.secrets(text)) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("secret: correcthorsebatterystaple", "correcthorsebatterystaple"),
        ("password: correct-horse-battery # why", "correct-horse-battery"),
        ('{secret: "with two words", x: 1}', "with two words"),
        ("page-access-token: [abcdef, abcdeg]", "abcdef"),
        ("password: pa$$word", "pa$$word"),
    ],
)
def test_whatever_a_file_of_keys_keeps_under_such_a_name_is_a_secret(text: str, value: str) -> None:
    (hit,) = secrets.secrets(text, keys=True)
    assert text[hit.start : hit.end] == value
    assert value not in secrets.hidden(text, keys=True)


@pytest.mark.parametrize(
    "text",
    [
        "secret: ${MESSENGER_APP_SECRET} # a list while a secret is being rotated",
        "# secret: whatever",
        "verify: rasa-bot",
        "token: $TOKEN",
        "token:",
        "token_url: login",
        'secret: "<your app secret>"',
        "password: your-password",
    ],
)
def test_a_file_of_keys_may_name_where_they_are(text: str) -> None:
    assert list(secrets.secrets(text, keys=True)) == []


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "a" * 100_000 + "secret", "token" * 4_000], ids=len
)
def test_a_long_text_without_an_address_or_a_secret_is_soon_read(text: str) -> None:
    begin = time.perf_counter()
    assert list(secrets.personal(text)) == []
    assert list(secrets.secrets(text, keys=True)) == []
    assert time.perf_counter() - begin < 1


def test_every_secret_of_a_text_is_seen_at_its_place() -> None:
    text = "a: İ\nsecret: q7Zk2vX9pLm4Rt8w\nb: 1\ntoken: Aa1-Bb2-Cc3-Dd4\n"
    found = [text[hit.start : hit.end] for hit in secrets.secrets(text)]
    assert found == ["q7Zk2vX9pLm4Rt8w", "Aa1-Bb2-Cc3-Dd4"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("jane.roe@mail-of-jane.fr", "a person's e-mail address"),
        ("4111-1111-1111-1111", "a card's number"),
        ("DE89370400440532013000", "a bank account"),
        ("078-05-1120", "a social security number"),
        ("1 85 05 78 006 084 91", "a social security number"),
    ],
)
def test_personal_data_is_seen(text: str, what: str) -> None:
    assert [hit.what for hit in secrets.personal(f"It is {text}.")] == [what]


@pytest.mark.parametrize(
    "text",
    [
        "help@shop-mail.fr",
        "customer.care@shop-mail.fr",
        "jane@example.org",
        "4111 1111 1111 1112",
        "0000 0000 0000 0000",
        "DE00370400440532013000",
        "order 20261122-000123-77",
        "+33 1 23 45 67 89",
    ],
)
def test_what_belongs_to_nobody_is_let_be(text: str) -> None:
    assert list(secrets.personal(f"It is {text}.")) == []


# -- at the moment of sending --------------------------------------------------------------------


def rules(*texts: str, **words: object) -> list[str]:
    return [one.rule for one in send_time.findings(*texts, **words)]  # type: ignore[arg-type]


def test_a_good_message_is_sent_without_a_word() -> None:
    assert rules("Your order 42 has shipped.", purpose="post_purchase_update") == []


def test_what_is_sent_is_seen_as_it_would_be_in_the_domain() -> None:
    text = "Hi Sam! Your order None has shipped. Everything is 20% off!!!"
    found = rules(text, purpose="post_purchase_update", judge=judge)
    assert found == ["P203", "W403", "W408", "W412"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hi None, it is back.", ["None"]),
        ("Your order: None.", ["None"]),
        ("Hello {name}.", ["{name}"]),
        ("None of these", []),
        ("None", []),
        ("We have none. None is left.", []),
        ("I like None of them", []),
    ],
)
def test_what_nothing_filled_is_seen_and_plain_english_is_not(text: str, found: list[str]) -> None:
    assert [text[s.start : s.end] for s in checks.unfilled(Said(text, Options()))] == found


def test_titles_and_parts_count_too() -> None:
    found = send_time.findings(
        "It is back.",
        purpose="alert",
        buttons=["Show me every single size"],
        quick_replies=["SHOP NOW", "A title of more than twenty"],
        parts=2,
    )
    assert [one.rule for one in found] == ["L104", "L105", "P205", "W405"]


def test_no_sentence_quotes_a_secret_or_a_person() -> None:
    secret, mail = "q7Zk2vX9pLm4Rt8w", "jane.roe@mail-of-jane.fr"
    found = send_time.findings(f"Your password: {secret} went to {mail}")
    assert [one.rule for one in found] == ["S504"]
    assert not any(
        secret in said or mail in said for one in found for said in (one.says, one.words)
    )


def test_people_may_be_told_their_own_address_and_not_a_card_in_full() -> None:
    assert rules("The receipt goes to jane.roe@mail-of-jane.fr.") == []
    assert rules("We charged 4539 1488 0343 6467.") == ["S505"]


def test_a_finding_names_the_words_it_is_about() -> None:
    found = send_time.findings(
        "Hi Sam! Your order has shipped, and all shoes are 20% off.",
        purpose="post_purchase_update",
        judge=judge,
    )
    assert [(one.rule, one.words) for one in found] == [("P203", "20% off"), ("W403", "Hi Sam!")]


def test_a_finding_on_all_the_words_repeats_none_of_them() -> None:
    (found,) = (one for one in send_time.findings("word " * 70) if one.rule == "W401")
    assert found.words == ""


def test_each_running_text_is_a_message_and_card_titles_are_titles() -> None:
    assert rules("Shoes.\n" * 20, "Boots.\n" * 20) == []
    assert rules("Boots.", titles=["OUR BEST SHOES", "x" * 60]) == ["W405"]


def test_without_a_judge_nothing_is_called_promotion() -> None:
    assert rules("Everything is 20% off.", purpose="news") == []


def test_the_same_message_has_the_same_findings() -> None:
    first = send_time.findings("WE ARE HERE!!!", purpose="news")
    assert first == send_time.findings("WE ARE HERE!!!", purpose="news")
    assert first


def test_an_empty_message_has_nothing_to_say() -> None:
    assert rules("") == []
