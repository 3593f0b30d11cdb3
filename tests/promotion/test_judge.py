"""What is promotional and what is not, sentence by sentence, and what a verdict says for itself."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_guard.promotion import Verdict, judge_text, lookup
from policy_guard.promotion.cues import CUES
from policy_guard.promotion.features import whole
from policy_guard.promotion.judge import learned_model
from policy_guard.promotion.words import read

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Take 20% off any order with the code HELLO20."),
        ("en", "Our winter sale has started, up to half off everything."),
        ("en", "Upgrade to Premium and listen without ads for $4.99 a month."),
        ("en", "Only three left at this price, order yours before midnight!"),
        ("en", "Refer a friend and you both get $10."),
        ("en", "You may also like these matching gloves, just $15."),
        ("en", "Tickets for the spring tour are on sale now."),
        ("en", "Meet our new espresso range, in store from Friday."),
        ("en", "Spend your 400 points before they expire and get a free mug."),
        ("en", "Answer two questions and get a $5 voucher."),
        ("en", "You left the lamp in your cart. Check out now and we'll pay the shipping."),
        ("en", "Your frame is ready. Our new prints would look great in it."),
        ("en", "Come back and finish your order, your bag is still full."),
        ("en", "Thanks for coming. Use ENCORE10 at checkout next time."),
        ("en", "Last chance: booking for the cheese tour closes tonight."),
        ("en", "You also qualify for our travel insurance."),
        ("en", "Our prices go up after Sunday."),
        ("fr", "Profitez de -20 % sur toute la boutique avec le code BONJOUR20."),
        ("fr", "Les soldes d'hiver ont commencé, jusqu'à moitié prix."),
        ("fr", "Passez à Premium : plus de publicité pour 4,99 € par mois."),
        ("fr", "Plus que trois à ce prix, commandez avant minuit !"),
        ("fr", "Parrainez un ami et recevez chacun 10 €."),
        ("fr", "Ces gants assortis pourraient vous plaire, 15 € seulement."),
        ("fr", "Les billets de la tournée de printemps sont en vente."),
        ("fr", "Découvrez notre nouvelle gamme de cafés, en magasin dès vendredi."),
        ("fr", "Utilisez vos 400 points avant qu'ils n'expirent : un mug offert."),
        ("fr", "Répondez à deux questions et recevez un bon d'achat de 5 €."),
        ("fr", "La lampe est toujours dans votre panier, nous vous offrons la livraison."),
        ("fr", "Votre crédit est accordé. Pensez aussi à notre assurance auto."),
        ("fr", "Complétez votre salle avec nos rideaux assortis."),
        ("fr", "Revenez finaliser votre achat, votre panier vous attend."),
        ("fr", "Nos tarifs augmentent lundi, c'est le moment."),
        ("fr", "Les French Days commencent à minuit."),
    ],
)
def test_this_is_promotional(lang: str, text: str) -> None:
    verdict = judge_text(text, lang)
    assert verdict.promotional, verdict
    assert verdict.reasons


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Your order {order_id} has shipped."),
        ("en", "Your discount of $5 was applied. Total: $42.10, paid by card."),
        ("en", "We have refunded $19.90 to your card."),
        ("en", "Your card was declined. Please update it before 3 May to keep your plan."),
        ("en", "The lamp you asked about is back in stock."),
        ("en", "What would you like to hear about: deliveries, account, news and offers?"),
        ("en", "Your verification code is 55 102."),
        ("en", "The company sent you a job offer."),
        ("en", "Your settings are saved."),
        ("en", "The sale of your bike is complete, the buyer has paid."),
        ("en", "I can't deal with that, but a colleague can."),
        ("en", "Feel free to ask me anything."),
        ("en", "How was our answer, from 1 to 5?"),
        ("en", "We use your number to deliver your order and never sell it."),
        ("en", "Reminder: your appointment is tomorrow at 10."),
        ("en", "Order {number} has left with {carrier} and arrives in three days."),
        ("en", "Order now on the van."),
        ("en", "Would you like to be told about this order here?"),
        ("en", "The tickets for your visit are attached."),
        ("en", "Your cake order is ready, pay at the counter: $31."),
        ("en", "Upgrade of the app done, please log in again."),
        ("en", "Your fare changed: the ferry charges $25 instead of $22."),
        ("fr", "Votre commande {order_id} est expédiée."),
        ("fr", "Votre remise de 5 € a été appliquée. Total : 42,10 €, payé par carte."),
        ("fr", "19,90 € vous ont été remboursés."),
        ("fr", "Votre carte a été refusée. Mettez-la à jour avant le 3 mai."),
        ("fr", "La lampe dont vous parliez est de nouveau en stock."),
        ("fr", "De quoi voulez-vous être informé : livraisons, compte, nouveautés et promos ?"),
        ("fr", "Votre code de vérification est 55 102."),
        ("fr", "L'entreprise vous a envoyé une offre d'emploi."),
        ("fr", "Vos réglages sont enregistrés."),
        ("fr", "La vente de votre vélo est conclue, l'acheteur a payé."),
        ("fr", "Le solde de votre compte est de 20 €."),
        ("fr", "N'hésitez pas à me poser une question."),
        ("fr", "Quelle note donnez-vous à notre réponse, de 1 à 5 ?"),
        ("fr", "Votre numéro sert à livrer votre commande, il n'est jamais vendu."),
        ("fr", "Rappel : votre rendez-vous est demain à 10 h."),
        ("fr", "Votre commande vous attend à la boutique jusqu'à mardi."),
        ("fr", "La commande {numero} est livrée, elle vous attend chez le gardien."),
        ("fr", "Votre médecin vous attend au deuxième étage."),
        ("fr", "Les frais de livraison sont offerts pour cette commande."),
        ("fr", "Le prix change : le garage demande 80 € au lieu de 70 €."),
    ],
)
def test_this_is_not_promotional(lang: str, text: str) -> None:
    verdict = judge_text(text, lang)
    assert not verdict.promotional, verdict


@pytest.mark.parametrize(
    ("lang", "fact", "pitch"),
    [
        ("en", "Your parcel was delivered at 11:02.", "Shop now and save 20% on your next order."),
        ("en", "Your appointment is on Monday at 9.", "Add a massage for only $25!"),
        ("fr", "Votre colis est livré.", "Commandez maintenant et économisez 20 %."),
        ("fr", "Votre rendez-vous est lundi à 9 h.", "Ajoutez un massage pour 25 € seulement !"),
    ],
)
def test_a_fact_with_a_pitch_behind_it_is_promotional(lang: str, fact: str, pitch: str) -> None:
    assert not judge_text(fact, lang).promotional
    assert judge_text(f"{fact} {pitch}", lang).promotional


def test_a_verdict_names_the_words_that_spoke_the_weightiest_first() -> None:
    verdict = judge_text("Get 20% off with STYLE20!", "en")
    assert verdict.promotional
    assert "`STYLE20` is a coupon or a code that pays" in verdict.reasons
    assert "`20% off` is a price cut" in verdict.reasons


def test_words_speak_where_the_cues_are_few() -> None:
    verdict = judge_text("Our new oat range is ready to taste at your nearest store.", "en")
    assert verdict.promotional
    assert verdict.reasons == ("promotion often uses `new` and `taste` and `store`",)


def test_a_text_that_is_not_promotional_says_what_spoke_against_it() -> None:
    verdict = judge_text("Your discount of $5 was applied.", "en")
    assert "`discount of $5 was` tells of a reduction that was already given, or was not" in (
        verdict.reasons
    )


def test_the_promotional_sense_of_a_word_is_swallowed_by_its_other_sense() -> None:
    for text, counted in (("a discount of $5", True), ("the discount of $5 was applied", False)):
        words = read(text)
        found = lookup.hits(words, "en")
        assert "discount" in {hit.name for hit in found}
        assert ("discount" in {hit.name for hit in whole(words, found).hits}) == counted


@pytest.mark.parametrize(
    ("said", "same_as"), [("fr-CA", "fr"), ("fr_FR", "fr"), ("EN", "en"), ("en-GB", "en")]
)
def test_a_language_may_be_said_with_its_country(said: str, same_as: str) -> None:
    for text in ("Soldes : -20 %", "20% off today"):
        assert judge_text(text, said) == judge_text(text, same_as)


@pytest.mark.parametrize("lang", [None, "", "de", "xx-YY"])
def test_a_language_that_is_not_said_is_told_by_the_small_words(lang: str | None) -> None:
    for text, told in (
        ("Your order is on the way.", "en"),
        ("Votre commande est en route.", "fr"),
        ("Take 20% off your order with the code HELLO20.", "en"),
        ("Prenez la vôtre avec le code BONJOUR20 !", "fr"),
    ):
        assert judge_text(text, lang) == judge_text(text, told)


def test_phrases_of_both_languages_are_looked_for_where_nothing_tells() -> None:
    words = read("Black Friday")
    assert len(lookup.hits(words, None)) == 2 * len(lookup.hits(words, "en"))


def test_case_and_missing_accents_do_not_change_a_verdict() -> None:
    text = "Économisez 20 € dès maintenant : les soldes ont commencé"
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    score = judge_text(text, "fr").score
    assert judge_text(plain, "fr").score == judge_text(text.upper(), "fr").score == score


@pytest.mark.parametrize("text", ["", " ", "\n", "{name}", "…", "👍"])
def test_a_text_of_no_words_is_not_promotional(text: str) -> None:
    assert judge_text(text) == judge_text(text, "en") == judge_text(text, "fr")
    assert not judge_text(text).promotional


def test_a_verdict_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        judge_text("Hello").promotional = True  # type: ignore[misc] # that is what is tested


PIECES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        "sale 20% off! $5 your order is {x} . now\n offre soldes <b> HELLO20 🎁".split(" ")
    ),
)


@given(st.lists(PIECES, max_size=20).map(" ".join), st.sampled_from([None, "en", "fr"]))
def test_whatever_the_text_the_verdict_agrees_with_itself(text: str, lang: str | None) -> None:
    verdict = judge_text(text, lang)
    assert isinstance(verdict, Verdict)
    assert 0 <= verdict.score <= 1
    assert verdict.promotional == (verdict.score >= 0.5)
    assert judge_text(text, lang) == verdict
    if verdict.promotional:
        assert verdict.reasons
    whole = " ".join(unicodedata.normalize("NFKC", text).split())
    for reason in verdict.reasons:
        for quoted in re.findall(r"`([^`]+)`", reason):
            assert quoted in whole or "`" in whole


def test_every_cue_counts_on_the_side_it_is_meant_for() -> None:
    learned = learned_model().cues
    assert set(learned) == set(CUES)
    assert all(learned[name] * cue.weight > 0 for name, cue in CUES.items())


def test_a_verdict_loads_nothing_beyond_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "from policy_guard.promotion import judge_text; judge_text('Hello'); judge_text('20 %')\n"
        "print('\\n'.join(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "policy_guard.promotion.judge" in loaded
    ours = {name for name in loaded if name.startswith("policy_guard")}
    assert {n for n in ours if not n.startswith("policy_guard.promotion")} == {"policy_guard"}
    assert {n.split(".")[0] for n in loaded - ours} <= set(sys.stdlib_module_names)
