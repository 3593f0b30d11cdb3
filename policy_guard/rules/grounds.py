"""The grounds that rest on what the person did: the window, tags, a comment, one message more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..decisions import Finding, Send, Whose
from ..sentences import Said, said
from ..vocabulary import OpenerKind, Question
from .answers import send
from .windows import ad_could_open, closed_to, conversed, untagged_type, window_until

if TYPE_CHECKING:
    from ..edition import TagRule

#: The value of a tag's rule that each sentence is about; every other is about what it accepts.
_ABOUT = {
    "tag_needs_template": "template",
    "tag_parts": "template",
    "tag_closed": "closed_in",
    "tag_not_the_bots": "authors",
    "tag_not_approved": "needs",
    "tag_never_wrote": "within",
    "tag_too_late": "within",
}


_DID = {kind: said(f"by_{kind.value}") for kind in OpenerKind}


def window_open(q: Question) -> Send | Finding:
    """Inside the standard messaging window anything may be said, within the platform's terms.

    Answers go as RESPONSE, everything else as UPDATE; the window is 24 hours from the person's
    last opening action (Messenger Platform policy).
    """
    name, opened = "window_open", window_until(q)
    if opened is None:
        source, change = q.edition.window_source, said("if_writes_or_taps")
        return Finding(name, said("window_never"), source=source, change=change)
    kind, until, source = opened
    opener = _DID[kind]
    if q.at >= until - q.settings.window_margin:
        change = said("if_writes_or_taps")
        if ad_could_open(q):
            change = said("if_ad_click_window", longest=q.edition.ad_click_longest)
        if q.at < until:
            return Finding(name, said("window_margin", until=until), Whose.OURS, source, change)
        words = said("window_closed", until=until, opener=opener)
        return Finding(name, words, source=source, change=change)
    reason = Finding(name, said("window_open", until=until, opener=opener), source=source)
    return send(q, "standard_window", reason, messaging_type=untagged_type(q))


def tag_covers_purpose(q: Question) -> Send | Finding:
    """A message tag carries its one purpose outside the window, while the platform takes it."""
    name = "tag_covers_purpose"
    tag = q.edition.tag_for(q.message.purpose)
    if tag is None:
        return Finding(name, said("tag_none", purpose=q.message.purpose))
    lacks = _tag_lacks(q, tag)
    if lacks is not None:
        words, change = lacks
        source = tag.source_of(_ABOUT.get(words.key, "accepted"))
        return Finding(name, words, source=source, change=change)
    words = said("tag_carries", tag=tag.wire, purpose=q.message.purpose)
    reason = Finding(name, words, source=tag.source_of("carries"))
    return send(q, f"tag:{tag.name}", reason, messaging_type="MESSAGE_TAG", tag=tag.wire)


def _tag_lacks(q: Question, tag: TagRule) -> tuple[Said, Said | None] | None:
    """Return what keeps the tag from carrying the message, and what would change that."""
    m = q.message
    if not tag.accepted:
        key = "tag_refused" if tag.taken_before else "tag_not_yet"
        return said(key, tag=tag.name, since=tag.since), None
    if tag.template is not None and m.template != tag.template:
        change = said("if_feedback_template", template=tag.template)
        return said("tag_needs_template", tag=tag.name, template=tag.template), change
    if tag.template is not None and m.parts != 1:
        return said("tag_parts", tag=tag.name, parts=m.parts), said("if_one_message")
    if tag.template is None and m.governed is not None:
        return said("tag_wrong_template", tag=tag.name, template=m.governed), None
    where = closed_to(q, tag.closed_in)
    if where is not None:
        return said("tag_closed", tag=tag.name, **where), None
    if m.author not in tag.authors:
        return said("tag_not_the_bots", tag=tag.name), None
    if tag.needs is not None and not getattr(q.page, tag.needs):
        return said("tag_not_approved", tag=tag.name), said("if_approved", what=tag.needs)
    if not conversed(q):
        return said("tag_no_conversation"), said("if_writes")
    if tag.within is None:
        return None
    wrote = q.person.last_message_at
    if wrote is None:
        return said("tag_never_wrote"), said("if_writes")
    ends = min(wrote, q.at) + tag.within
    if q.at >= ends:
        return said("tag_too_late", tag=tag.name, until=ends), said("if_writes_again")
    return None


def private_reply_owed(q: Question) -> Send | Finding:
    """A comment may be answered in private once, within seven days (Private Replies page)."""
    name, rule = "private_reply_owed", q.edition.private_reply

    def lacks(words: Said, change: Said | None = None) -> Finding:
        return Finding(name, words, source=rule.source, change=change)

    comments = [o.at for o in q.person.openers if o.kind is OpenerKind.COMMENT]
    if not comments:
        return lacks(said("private_none"))
    at = min(max(comments), q.at)
    if q.message.purpose not in rule.serves:
        return lacks(said("private_wrong_purpose", purpose=q.message.purpose))
    if not q.message.in_turn:
        return lacks(said("not_an_answer"), said("if_comments"))
    if q.message.governed is not None:
        return lacks(said("private_is_template", template=q.message.governed))
    if q.person.private_reply_used:
        return lacks(said("private_used"), said("if_comments"))
    if q.at >= at + rule.within:
        return lacks(said("private_too_late", until=at + rule.within), said("if_comments"))
    if q.message.parts != 1:
        return lacks(said("private_parts", parts=q.message.parts), said("if_one_message"))
    reason = Finding(name, said("private_pays", at=at), source=rule.source)
    return send(q, "private_reply", reason, token_id=q.person.private_reply_id)


def plus_one_left(q: Question) -> Send | Finding:
    """Before 2020-03-04 one further message might follow the window, promotional or not."""
    name, source = "plus_one_left", q.edition.plus_one_source

    def lacks(words: Said, change: Said | None = None) -> Finding:
        return Finding(name, words, source=source, change=change)

    if not q.edition.plus_one:
        return lacks(said("plus_one_gone", since=q.edition.plus_one_since))
    opened = window_until(q)
    if opened is None:
        return lacks(said("plus_one_never"), said("if_writes_or_taps"))
    if q.person.plus_one_used:
        return lacks(said("plus_one_used"), said("if_writes_or_taps"))
    if q.message.governed is not None:
        return lacks(said("plus_one_is_template", template=q.message.governed))
    if q.message.parts != 1:
        return lacks(said("plus_one_parts", parts=q.message.parts), said("if_one_message"))
    reason = Finding(name, said("plus_one_pays", until=opened[1]), source=source)
    return send(q, "plus_one", reason, messaging_type=untagged_type(q))
