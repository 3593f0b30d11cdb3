"""What speaks for promotion and what speaks against it, by name.

The weight is how much a person would say that the cue counts; training starts from it. `says`
completes a sentence that begins with the words found.
"""

from __future__ import annotations

from typing import NamedTuple


class Cue(NamedTuple):
    """One kind of wording; a negative weight speaks against promotion."""

    weight: float
    says: str


CUES: dict[str, Cue] = {
    "discount": Cue(2.0, "is a price cut"),
    "sale": Cue(2.0, "is a sale or a clearance"),
    "coupon": Cue(2.0, "is a coupon or a code that pays"),
    "offer": Cue(1.6, "is an offer or a deal"),
    "multibuy": Cue(2.2, "is more for the same price"),
    "gift": Cue(2.0, "is a gift that comes with buying"),
    "buy_now": Cue(2.0, "invites to buy"),
    "buy_soft": Cue(1.0, "invites to come, look or take"),
    "upgrade": Cue(2.0, "invites to upgrade"),
    "subscribe": Cue(1.6, "invites to subscribe or to join"),
    "price_lure": Cue(1.6, "praises a price"),
    "surcharge": Cue(1.6, "sells an addition"),
    "add_on": Cue(1.6, "invites to add something to what was bought"),
    "recommend": Cue(2.0, "recommends goods nobody asked about"),
    "urgency": Cue(1.4, "hurries the person"),
    "deadline": Cue(0.5, "sets a day or an hour"),
    "scarcity": Cue(1.6, "says that little is left"),
    "launch": Cue(1.6, "announces something new for sale"),
    "newness": Cue(0.5, "speaks of something new"),
    "exclusive": Cue(1.2, "makes it exclusive"),
    "loyalty": Cue(1.4, "is bait for loyalty"),
    "referral": Cue(2.0, "rewards bringing others"),
    "tickets": Cue(2.0, "sells tickets or places"),
    "lure": Cue(1.2, "flatters or tempts"),
    "come_back": Cue(1.2, "calls a customer back"),
    "finance": Cue(2.0, "sells a financial product"),
    "contest": Cue(2.0, "is a prize to win"),
    "trial": Cue(1.4, "invites to a trial"),
    "season": Cue(0.8, "is an occasion for selling"),
    "praise": Cue(0.8, "praises goods"),
    "order_fact": Cue(-1.0, "tells a fact about an order"),
    "money_fact": Cue(-1.6, "tells what was paid, is due or comes back"),
    "price_told": Cue(-1.2, "states a price and no more"),
    "applied": Cue(-3.0, "tells of a reduction that was already given, or was not"),
    "account_fact": Cue(-1.6, "tells a fact about an account"),
    "visit_fact": Cue(-1.0, "tells a fact about a visit or a trip"),
    "asked_for": Cue(-2.0, "answers what was asked"),
    "choice": Cue(-3.0, "is about choosing messages"),
    "question": Cue(-1.2, "asks for what is needed to go on"),
    "service": Cue(-1.2, "is service, help or politeness"),
    "hours": Cue(-1.0, "tells when or where"),
    "other_sense": Cue(-1.5, "has another sense than selling"),
}

#: Where one of these is found, a cue for promotion within its words is not counted: the `offer` in
#: a `job offer` offers nothing for sale.
SWALLOWS = frozenset({"price_told", "applied", "asked_for", "choice", "other_sense"})
