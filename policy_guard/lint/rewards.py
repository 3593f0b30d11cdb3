"""Finds what is promised to people for agreeing to messages, in English and French."""

from __future__ import annotations

import re

_OPT_IN = re.compile(
    r"\b(?:subscribe|sign up|opt in|notify me|(?:turn|switch) on (?:the |our )?(?:alerts|"
    r"notifications)|(?:get|allow|accept|receive) (?:our |the )?(?:alerts|notifications|messages)|"
    r"(?:say yes|agree|reply yes) to (?:get |receive )?(?:our |the |these )?"
    r"(?:alerts|messages|news|notifications|updates)|"
    r"enable (?:our |the )?(?:alerts|notifications)|"
    r"join our (?:alerts|list|newsletter|updates)|"
    r"(?:let|allow) us (?:to )?(?:write|message|notify)|"
    r"abonne[zr](?:-vous)?|inscri(?:vez|re)(?:-vous)?|"
    r"(?:activez|acceptez|dites oui à|autorisez) (?:les |nos )?(?:alertes|messages|notifications)|"
    r"dites oui aux (?:alertes|messages|notifications)|laissez-nous vous écrire|"
    r"prévenez-moi|me prévenir|recev(?:ez|oir) (?:les |nos )?(?:alertes|notifications))\b",
    re.IGNORECASE,
)
_AMOUNT = (
    r"(?:[$€£] ?\d+(?:[.,]\d+)?|\d+(?:[.,]\d+)? ?(?:%|€|(?:euros?|dollars?|pounds?|points?)\b)|"
    r"\{\w+\} ?(?:%|€|points?\b))"
)
#: What stands between a giving verb and an amount; where something else is told, it is no gift.
_GIVEN = (
    r"(?:(?!\b(?:when|if|once|alerts?|messages?|below|under|quand|si|alertes?)\b)"
    r"[^.!?;\n]){0,25}?"
)
_INCENTIVE = re.compile(
    r"\b(?:discount|coupon|voucher|gift|prize|win|reward|bonus|free (?:shipping|delivery|gift|"
    r"sample)|promo code|réduction|remise|cadeau|bon d'achat|gagne[zr]|offerte?s?|récompense|"
    r"code promo|livraison gratuite)\b|"
    r"\b(?:get|gets|gives?|receive|earn|take|save|enjoy|credit|send you|pay you|knock|recev\w+|"
    rf"offr\w+|donn\w+|vers\w+|économis\w+|profite[zr]|obten\w+) {_GIVEN}{_AMOUNT}|"
    rf"{_AMOUNT} (?:off|discount|voucher|coupon|gift|bonus|reward|"
    r"for you|on us|in credit|de (?:moins|réduction|remise|crédit)|pour vous)\b",
    re.IGNORECASE,
)
#: More that is a reward where the same text asks people to agree.
_IN_RETURN = re.compile(
    r"\bfree (?!(?:alerts?|messages?|news\w*|notifications?|updates?|service|spots?|seats?|places?|"
    r"slots?|tables?|rooms?|parking|to|of|from|and|or|for|at|in|until|when|if|again|over|above|"
    r"on|anytime|any)\b)[a-z]+|"
    r"\b(?:(?:knock|take) .{0,15}\boff|surprise|in (?:return|exchange)|on the house|"
    r"(?:un|une|des|votre) (?!inscription|alertes?|abonnement|messages?|service)\w+ gratuite?s?|"
    r"une? (?:café|thé|dessert|verre|boisson|croissant|gâteau|glace|bon|surprise) vous attend|"
    r"en (?:échange|retour|contrepartie))\b",
    re.IGNORECASE,
)
#: What an alert is about is no reward for it: `tell me when the discount begins`.
_ITS_SUBJECT = re.compile(
    r"\b(?:when|whenever|about|once|quand|lorsqu\w*|dès qu\w*|sur (?:les?|la|nos|une?))\b"
    r"(?:(?!\b(?:you|we|vous|nous)\b)[^.!?,;:\n])*$",
    re.IGNORECASE,
)


def invites(text: str) -> bool:
    """Tell whether a text asks people to agree to messages."""
    return _OPT_IN.search(text) is not None


def reward(text: str, *, asks: bool) -> re.Match[str] | None:
    """Return the first words that promise something for agreeing.

    *asks* says that the text itself asks people to agree: then more is a reward than beside it.
    """
    patterns = (_INCENTIVE, _IN_RETURN) if asks else (_INCENTIVE,)
    firsts = [found for pattern in patterns if (found := _first(pattern, text)) is not None]
    return min(firsts, key=lambda found: found.start(), default=None)


def _first(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = pattern.finditer(text)
    return next((one for one in found if not _ITS_SUBJECT.search(text, 0, one.start())), None)
