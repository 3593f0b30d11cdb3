"""The grounds that the platform approves or sells: utility templates, and ads that are none."""

from __future__ import annotations

from ..decisions import Finding, Send
from ..sentences import Said, said
from ..vocabulary import Purpose, Question
from .answers import send
from .windows import conversed, not_open_to

#: The switch of the editions that counts on utility templates in every country.
UTILITY_EVERYWHERE = "utility_everywhere"


def template_approved(q: Question) -> Send | Finding:
    """An approved utility template carries an update, filled only with its parameters.

    Utility Messages page; approved per Page and language, open in the countries that are known.
    """
    name, rule, m = "template_approved", q.edition.utility, q.message

    def lacks(words: Said, change: Said | None = None) -> Finding:
        return Finding(name, words, source=rule.source, change=change)

    if m.purpose not in rule.serves:
        return lacks(said("utility_wrong_purpose", purpose=m.purpose))
    if not rule.offered:
        return lacks(said("utility_not_offered"))
    where = not_open_to(q, rule.open_in)
    if where is not None:
        # a template alone would change nothing there
        counts_on_it = UTILITY_EVERYWHERE in q.edition.switches
        change = said("if_utility_everywhere") if counts_on_it else None
        return lacks(said("utility_closed", **where), change)
    if m.utility_template is None:
        return lacks(said("utility_none_named"), said("if_template_named"))
    if m.governed is not None:
        return lacks(said("utility_is_template", template=m.governed))
    if m.utility_template not in q.page.utility_templates:
        change = said("if_template_approved", template=m.utility_template)
        return lacks(said("utility_not_approved", template=m.utility_template), change)
    if m.unfilled:
        missing = m.unfilled[0]
        words = said("utility_unfilled", template=m.utility_template, missing=missing)
        return lacks(words, said("if_filled", missing=missing))
    if m.parts != 1:
        return lacks(said("utility_parts", parts=m.parts), said("if_one_message"))
    if not conversed(q):
        return lacks(said("utility_no_conversation"), said("if_writes"))
    words = said("utility_carries", template=m.utility_template, purpose=m.purpose)
    reason = Finding(name, words, source=rule.source)
    return send(q, "utility_template", reason, messaging_type="UTILITY")


def sponsored_message(q: Question) -> Send | Finding:
    """Promotion outside the window never goes from here: an ad may carry it, while there are any.

    Messenger Platform policy; the end of sponsored messages is one vendor's word.
    """
    name, rule = "sponsored_message", q.edition.sponsored
    if q.message.purpose is not Purpose.PROMOTION:
        # no page says so: it is for promotion that there are ads
        return Finding(name, said("ad_not_for_this", purpose=q.message.purpose))
    if rule.offered:
        return Finding(name, said("ad_carries"), source=rule.source, change=said("if_sponsored"))
    open_there = q.edition.marketing.takes(q.page.region, q.person_region)
    change = said("if_marketing_api") if open_there else None
    return Finding(name, said("ad_gone", since=rule.since), source=rule.source, change=change)
