"""What can be said of one text alone; the same when it is designed and when it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import capitals, table
from .model import Said
from .readability import FEWEST_WORDS, ease
from .words import PLACEHOLDER, paragraphs, sentences, units, words


@dataclass(frozen=True)
class Change:
    """Replaces the characters *start* to *end* of a text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Seen:
    """What one check saw in the characters *start* to *end*, and how it could be mended.

    *words* are those that speak where that is not the whole span.
    """

    start: int
    end: int
    says: str
    changes: tuple[Change, ...] = ()
    mends: str = ""
    safe: bool = False
    words: str | None = None


TextCheck = Callable[[Said], Iterator[Seen]]

_OPENING = re.compile(
    r"\s*(?:we(?:'re| are| would)? (?:like|pleased|happy|writing|delighted|excited) to "
    r"(?:inform|tell|let|announce|advise)(?: you)?(?: know)?(?: that)?"
    r"|(?:please (?:be (?:informed|advised)|note)|kindly note|this is to "
    r"(?:let you know|inform you)"
    r"|(?:this is )?just a (?:quick )?(?:note|message|word)(?: to (?:say|tell you|let you know))?"
    r"|as you (?:may )?(?:already )?know|for your information|we wanted to (?:let you know|say)"
    r"|i (?:would like|wanted) to (?:let you know|inform you))(?: that)?"
    r"|(?:nous (?:vous informons|avons le plaisir de vous (?:informer|annoncer)"
    r"|tenons à vous (?:informer|dire)|souhaitons vous informer)|veuillez noter|sachez"
    r"|pour (?:votre )?information|comme vous le savez|un petit (?:mot|message) pour vous dire)"
    r"(?: qu[e'])?)[\s,:]*",
    re.IGNORECASE,
)
_EMOJI = r"[\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]"
#: Words that begin what a message has to say, behind a greeting that no mark ends.
_POINT = (
    r"(?:a|an|are|c'est|ce|cette|elle|est|has|i|il|is|it|je|l[ae]|les|nos|notre|nous|on|our|sont|"
    r"the|this|une?|vos|votre|vous|we|you|your)\b"
)
_GREETING = re.compile(
    rf"(?:{_EMOJI}|\s)*(?:hi|hello|hey|hiya|dear|greetings"
    r"|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|coucou|ch[eè]re?s?)"
    rf"(?: (?:tout le monde|les amis|{{[^{{}}]*}}|(?!{_POINT})[^\W\d_]+)){{0,3}}"
    rf"(?:\s*(?:[,!.:;…\n]|{_EMOJI}|\s[-\u2013\u2014]+\s)[\s,!.:;…-]*|\s+(?={_POINT}))",
    re.IGNORECASE,
)
_GREETING_NAMES = re.compile(
    r"greet|welcome|hello|bienvenue|bonjour|accueil|(?:^|_)(?:hi|start)(?:_|$)"
)
_VAGUE = re.compile(
    r"\b(?:(?:big |great |good |exciting |important )?news (?:for|awaits)|"
    r"there(?:'s| is) (?:(?:some|big|good|great) )?news|something (?:special|new|"
    r"exciting|for you|big)|a surprise|check (?:it|this) out|don'?t miss|you(?:'ve| have) (?:got )?"
    r"(?:a|an|one|1) (?:new |important )?(?:message|update|notification|alert)|"
    r"an update (?:for|on)|"
    r"important (?:information|message|update|notice)|stay tuned|guess what|"
    r"du nouveau|une (?:bonne |grande )?(?:nouvelle|surprise)|à ne pas manquer|"
    r"(?:message|information|avis) importante?|une mise à jour|un nouveau message|"
    r"vous avez (?:un|une|1) (?:nouveau |nouvelle )?(?:message|notification|alerte)|"
    r"devinez quoi)\b",
    re.IGNORECASE,
)
#: Who writes, or the point itself behind a colon, makes it clear; `tap here` does not.
_CLEARED = re.compile(
    r"\s+(?:from|de la part|du? (?:docteur|dr|prof\w*))\b|"
    r"\s*:\s*(?!tap|click|come|open|read|see|check|touchez|cliquez|ouvrez|lisez|venez|voyez|voir|découvr)"
    r"\S+(?:\s+\S+){2}",
    re.IGNORECASE,
)
_CONCRETE = re.compile(r"\d")
_FAR_INTO_AN_ANSWER = 2  # previews
_MARKS = re.compile(r"!{2,}|\?{2,}|(?:[!?]){3,}")
_SPACES = re.compile(r"(?<=\S)[ \t]{2,}(?=\S)|[ \t]+(?=\n)|^\s+|[ \t]+$")
_SURVEY = re.compile(
    r"\b(?:rate (?:us|your|our|this)|how would you rate|how was your|on a scale|survey(?! of the)|"
    r"poll\b|(?:leave|write|give)(?: us)? (?:a |your )?(?:review|feedback|rating)|your feedback|"
    r"how (?:satisfied|happy|pleased) (?:are|were) you|how did we do|"
    r"tell us (?:what you think|how (?:we|it|your|our))|"
    r"(?:(?:are|were) you (?:satisfied|happy|pleased) with|what (?:do|did) you think (?:of|about)) "
    r"(?:us|it|our|your|the)(?! (?:\w+ ){0,2}(?:date|time|day|slot|address|appointment)\b)|"
    r"would you recommend (?:us|it|our|your|this)|"
    # in French one also notes a date, and the police has inquiries
    r"notez(?:-nous| nous| (?:(?:cette|ce|la|le|notre|votre) \w+ )?(?:de [01] à|sur (?:5|10|20))|"
    r" (?:notre|votre) (?:accueil|achat|chauffeur|conseiller|échange|équipe|expérience|livraison|"
    r"livreur|prestation|séjour|service|trajet|visite))|"
    r"enquête de (?:satisfaction|qualité)|"
    r"(?:notre|courte|petite|rapide|cette|à l')\s?enquête(?! (?:sur|est|a été)\b)|"
    r"évaluez|sondage|donnez(?:-nous)? votre avis|votre avis (?:nous|compte)|"
    r"dites-nous (?:ce que vous (?:en )?pensez|si vous avez aimé)|"
    r"(?:que pensez-vous|qu'avez-vous pensé) (?:de|d')\s?(?:nous|notre|nos|votre|vos|la|le|l')"
    r"(?! ?(?:\w+ ){0,2}(?:date|heure|horaire|créneau|jour|adresse|rendez)\b)|"
    r"(?:êtes|étiez)-vous (?:satisfait|content)e?s?|nous recommander|recommanderiez-vous|"
    r"laissez(?:-nous)? (?:un|votre) avis|note de (?:1|0) à|comment s'est passée?)\b",
    re.IGNORECASE,
)
_RECURRING = re.compile(
    r"\b(?:(?:monthly|weekly|daily|quarterly) (?:statement|bill|summary|report|invoice|digest)|"
    r"statement is (?:ready|available)|(?:bill|payment|invoice|rent|premium|subscription) is due|"
    r"bill is (?:ready|available)|new job (?:listing|posting|offer)s?|"
    r"relevé (?:mensuel|de compte|est disponible)|(?:facture|cotisation|mensualité) "
    r"(?:est )?(?:due|disponible|à payer|à régler)|échéance|"
    r"(?:bilan|résumé|rapport) (?:mensuel|hebdomadaire)|nouvelles offres d'emploi)\b",
    re.IGNORECASE,
)
#: A warning of mails that only pretend names what they pretend.
_ABOUT_FRAUD = re.compile(
    r"\b(?:fakes?|fraud\w*|phishing|scam\w*|arnaque\w*|hameçonnage|faux|fausses?|frauduleu\w+)\b",
    re.IGNORECASE,
)
#: Python's nothing in a sentence; at the beginning of one it is English, as in `None of these`.
_NOTHING = re.compile(r"(?<=[\w,:#(] )None(?![\w'])(?! of\b)")
_PHONE_APOSTROPHE = "\u2019"
_SHOWN = 40  # characters of a text that a sentence quotes


def long_text(said: Said) -> Iterator[Seen]:
    """See a text that is longer than a few lines on a phone."""
    length, most = units(said.text.strip()), said.options.longest_text
    if length > most:
        says = f"the text has {length} characters: more than {most} are not read on a phone"
        yield Seen(0, len(said.text), says)


def key_point_late(said: Said) -> Iterator[Seen]:
    """See a preview that is over before anything was said."""
    width, text = said.options.preview_width, said.text
    opening = _OPENING.match(text)
    if opening and opening.end() < len(text):
        rest = text[opening.end() : opening.end() + 1]
        says = f"`{cut(opening[0].strip(' ,:'))}` says nothing: begin with what it leads to"
        change = Change(0, opening.end() + 1, rest.upper())
        yield Seen(0, len(opening[0].rstrip()), says, (change,), "begin with the point")
        return
    if len(text) <= width:
        return
    fact = PLACEHOLDER.search(text) or _CONCRETE.search(text)
    # an answer is read in the open chat: there only what comes very late is lost
    far = width if said.proactive else _FAR_INTO_AN_ANSWER * width
    if fact and fact.end() > far and (said.proactive or fact.re is PLACEHOLDER):
        says = f"`{cut(fact[0])}` comes after the {width} characters of a preview"
        yield Seen(fact.start(), fact.end(), says)
        return
    first = sentences(text)[0]
    if said.proactive and first.end > width:
        says = f"the first sentence has {len(first.text)} characters, and a preview shows {width}"
        yield Seen(first.start, first.end, says)


def greeting_first(said: Said) -> Iterator[Seen]:
    """See a message that says hello before it says why it comes."""
    found = _GREETING.match(said.text)
    if not found or found.end() >= len(said.text):
        return
    wordy = len(said.text) > said.options.preview_width
    if said.proactive or (wordy and not _GREETING_NAMES.search(said.name)):
        rest = said.text[found.end()]
        says = f"`{cut(found[0].strip())}` comes before the point, and takes its place in a preview"
        change = Change(0, found.end() + 1, rest.upper())
        yield Seen(0, len(found[0].rstrip()), says, (change,), "leave the greeting out")


def value_unclear(said: Said) -> Iterator[Seen]:
    """See a message that calls without saying what for."""
    found = _VAGUE.search(said.text)
    if not said.proactive or not found or _CLEARED.match(said.text, found.end()):
        return
    if not PLACEHOLDER.search(said.text) and not _CONCRETE.search(said.text):
        yield Seen(found.start(), found.end(), f"`{found[0]}` does not say what it is about")


def shouting(said: Said) -> Iterator[Seen]:
    """See words in capitals."""
    loud = capitals.loud(said.text)
    if not loud:
        return
    start, end = loud[0].start(), loud[-1].end()
    starts = {piece.start for piece in sentences(said.text)}
    changes = tuple(
        Change(w.start(), w.end(), w[0].capitalize() if w.start() in starts else w[0].lower())
        for w in capitals.every_loud(said.text, start, end)
    )
    says = f"`{cut(said.text[start:end])}` shouts"
    yield Seen(start, end, says, changes, "write it in small letters")


def wall_of_text(said: Said) -> Iterator[Seen]:
    """See a paragraph that runs on."""
    most = said.options.longest_paragraph
    for paragraph in paragraphs(said.text):
        count = len(words(paragraph.text)) if paragraph.text.count(" ") >= most else 0
        if count > most:
            says = f"{count} words without a break: after {most} they are a wall"
            yield Seen(paragraph.start, paragraph.end, says)


def hard_to_read(said: Said) -> Iterator[Seen]:
    """See a text that needs more schooling than a chat should."""
    if said.text.count(" ") < FEWEST_WORDS - 1:
        return
    tongue = said.tongue
    measured = ease(said.text, tongue) if tongue else None
    if measured is not None and measured < said.options.easiest:
        says = (
            f"the reading ease is {measured} of 100, below {said.options.easiest}: "
            "shorter sentences and plainer words help"
        )
        yield Seen(0, len(said.text), says)


def stray_space(said: Said) -> Iterator[Seen]:
    """See white space that a person would not have meant."""
    body = said.text.rstrip("\n")  # a block scalar ends in a line break
    found = [m for m in _SPACES.finditer(body) if m[0]]
    if found and body.strip():
        changes = tuple(Change(m.start(), m.end(), _left_of(m, body)) for m in found)
        says = "there is more white space than was meant"
        yield Seen(found[0].start(), found[0].end(), says, changes, "take it out", safe=True)


def _left_of(run: re.Match[str], body: str) -> str:
    """Return what is left of a run of white space: one space between two words of a line."""
    at_an_end = not run.start() or run.end() == len(body)
    return "" if at_an_end or body[run.end()] == "\n" else " "


def many_marks(said: Said) -> Iterator[Seen]:
    """See marks that are repeated."""
    found = list(_MARKS.finditer(said.text))
    if found:
        changes = tuple(Change(m.start(), m.end(), _one_mark(m[0])) for m in found)
        says = f"`{found[0][0]}` is louder than it is clear"
        yield Seen(found[0].start(), found[0].end(), says, changes, "leave one mark", safe=True)


def _one_mark(marks: str) -> str:
    return "?" if "?" in marks else "!"


def promotional(said: Said) -> Iterator[Seen]:
    """See wording that sells under a purpose whose grounds may carry no promotion."""
    judge = said.options.judge
    if judge is None or said.not_promotional or said.purpose not in table.NON_PROMOTIONAL:
        return
    verdict = judge(said.text, said.tongue)
    if verdict.promotional:
        why = f": {verdict.reasons[0]}" if verdict.reasons else ""
        says = f"this reads as promotion, which `{said.purpose}` may not carry{why}"
        yield Seen(0, len(said.text), says, words=next(iter(verdict.words), None))


def survey_under_update(said: Said) -> Iterator[Seen]:
    """See a survey in a message that is meant to be an update."""
    found = _SURVEY.search(said.text.replace(_PHONE_APOSTROPHE, "'"))
    if found and said.purpose in table.UPDATES:
        words = said.text[found.start() : found.end()]
        says = f"`{words}` asks for an opinion, which `{said.purpose}` may not carry"
        yield Seen(found.start(), found.end(), says)


def recurring_account(said: Said) -> Iterator[Seen]:
    """See what comes every month in a message that must not recur."""
    found = _RECURRING.search(said.text)
    if found and said.purpose == "account_update" and not _ABOUT_FRAUD.search(said.text):
        says = f"`{found[0]}` comes again and again, which `account_update` may not"
        yield Seen(found.start(), found.end(), says)


def unfilled(said: Said) -> Iterator[Seen]:
    """See, in a text about to be sent, a placeholder that is still there or has become `None`."""
    for pattern in (PLACEHOLDER, _NOTHING):
        for found in pattern.finditer(said.text):
            says = f"`{cut(found[0])}` is not filled in"
            yield Seen(found.start(), found.end(), says)


def cut(text: str) -> str:
    """Return a text on one line, as much of it as a sentence may quote."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
