"""What every rule says, in English and in French: plain data, so that a decision reads no file.

A sentence is lower case, without a full stop, its values in backticks; both languages name the same
values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from .durations import clock_text, span_text

LANGUAGES = ("en", "fr")
_SECONDS = "seconds"  # how a stretch of time is kept
_COLUMN = {language: column for column, language in enumerate(LANGUAGES)}


@dataclass(frozen=True)
class Said:
    """A sentence by its key, with the values that it names."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str = "en") -> str:
        """Return the sentence in `en` or `fr`; raises KeyError for another language."""
        form = SENTENCES[self.key][_COLUMN[language]]
        values = {k: _shown(v, language) for k, v in self.values.items()}
        if language == "fr" and "area" in values:
            values["area"] = area_in_french(str(values["area"]))
        return form.format_map(values)


def area_in_french(area: str) -> str:
    """Return what a group of countries is called in French; a country's code is everybody's."""
    return {"EEA": "EEE", "EU": "UE"}.get(area, area)


def said(key: str, **values: object) -> Said:
    """Return the sentence *key* with its values."""
    return Said(key, values)


def plain(text: str) -> Said:
    """Return a sentence that stands as it is in every language, such as a reader's complaint."""
    return Said("plain", {"text": text})


def as_json(sentence: Said | None) -> dict[str, object] | None:
    """Return a sentence as JSON-ready values."""
    if sentence is None:
        return None
    return {"key": sentence.key, **{k: _json(v) for k, v in sentence.values.items()}}


def from_json(data: object) -> Said | None:
    """Return what `as_json` wrote, None for anything that is no known sentence."""
    if not isinstance(data, Mapping) or data.get("key") not in SENTENCES:
        return None
    values = {k: _unjson(v) for k, v in data.items() if k != "key"}
    found = Said(str(data["key"]), values)
    try:
        found.text()
    except KeyError:
        return None  # another version's, with other values
    return found


def _shown(value: object, language: str) -> object:
    if isinstance(value, datetime):
        return clock_text(value)
    if isinstance(value, Said):
        return value.text(language)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return "; ".join(str(_shown(item, language)) for item in value)
    return span_text(value, language)


def _json(value: object) -> object:
    if isinstance(value, Said):
        return as_json(value)
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    if isinstance(value, timedelta):
        return {_SECONDS: value.total_seconds()}
    if isinstance(value, int) and not isinstance(value, Enum):
        return value
    return str(_shown(value, "en"))


def _unjson(value: object) -> object:
    if isinstance(value, Mapping) and set(value) == {_SECONDS}:
        return timedelta(seconds=value[_SECONDS])
    if isinstance(value, Mapping):
        return from_json(value) or plain(str(value))
    if isinstance(value, list):
        return tuple(_unjson(item) for item in value)
    return value


#: key: (English, French)
SENTENCES: Mapping[str, tuple[str, str]] = {
    "plain": ("{text}", "{text}"),
    # -- what forbids
    "unreadable": (
        "a fact cannot be read: {what}",
        "un fait ne peut pas être lu : {what}",
    ),
    "from_the_future": (
        "the {what} is dated {at}, ahead of the clock",
        "un fait ({what}) est daté du {at}, en avance sur l'horloge",
    ),
    "last_message": ("person's last message", "le dernier message de la personne"),
    "persons_stop": ("person's STOP", "le STOP de la personne"),
    "persons_action": ("person's action ({action})", "une action de la personne, {action}"),
    "token_for": ("token for `{topic}`", "le jeton pour `{topic}`"),
    "no_edition": (
        "no edition covers `{at}`: the first is {first}",
        "aucune édition ne couvre `{at}` : la première est {first}",
    ),
    "cannot_be_reached": (
        "the platform said that this person cannot be reached",
        "la plateforme a dit que cette personne ne peut pas être jointe",
    ),
    "stopped": (
        "the person stopped all messages",
        "la personne a arrêté tous les messages",
    ),
    "stopped_silent": (
        "the person stopped all messages and has not written since",
        "la personne a arrêté tous les messages et n'a rien écrit depuis",
    ),
    "not_chosen": (
        "the person has not chosen alerts of the type `{topic}`",
        "la personne n'a pas choisi les alertes du type `{topic}`",
    ),
    "told_once": (
        "what the person asked of `{topic}` is settled: told once, or taken back",
        "la demande de la personne sur `{topic}` est close : satisfaite une fois, ou retirée",
    ),
    "turn_paid": (
        "an earlier message of this turn was paid with a single-use permission",
        "un message précédent de ce tour a été payé par une permission à usage unique",
    ),
    "feature_nowhere": (
        "the platform has no `{feature}` at this time",
        "la plateforme n'a pas de `{feature}` à cette date",
    ),
    "feature_closed": (
        "`{feature}` is closed in {area}, where the {who} is",
        "`{feature}` est fermé dans la zone {area}, celle de {who_fr}",
    ),
    "owned_by_other": (
        "another app or a person in the inbox has this conversation",
        "une autre application ou une personne dans la boîte de réception tient cette conversation",
    ),
    "person_answers": (
        "a person answers for the Page until {until}",
        "une personne répond au nom de la Page jusqu'au {until}",
    ),
    # -- one-time notifications
    "otn_not_offered": (
        "the platform offers no one-time notifications",
        "la plateforme ne propose pas de notifications uniques",
    ),
    "otn_not_permitted": (
        "the Page is not permitted one-time notifications",
        "la Page n'a pas le droit aux notifications uniques",
    ),
    "otn_closed": (
        "one-time notifications are closed in {area}, where the {who} is",
        "les notifications uniques sont fermées dans la zone {area}, celle de {who_fr}",
    ),
    "otn_wrong_purpose": (
        "a one-time notification does not serve the purpose `{purpose}`",
        "une notification unique ne sert pas le but `{purpose}`",
    ),
    "otn_no_topic": (
        "a one-time notification needs a topic, and the message names none",
        "une notification unique a besoin d'un sujet, et le message n'en nomme aucun",
    ),
    "otn_no_token": (
        "the person holds no token for `{topic}`",
        "la personne n'a donné aucun jeton pour `{topic}`",
    ),
    "otn_spent": (
        "the token for `{topic}` is spent",
        "le jeton pour `{topic}` est dépensé",
    ),
    "otn_expired": (
        "the token for `{topic}` expired at {at}",
        "le jeton pour `{topic}` a expiré le {at}",
    ),
    "otn_request_outside": (
        "a request for a one-time notification is made inside the window only",
        "une notification unique ne se demande que dans la fenêtre",
    ),
    "otn_parts": (
        "a token pays for one message, and this would be {parts}",
        "un jeton paie un seul message, et il y en aurait {parts}",
    ),
    "otn_pays": (
        "the person asked once to be told of `{topic}`",
        "la personne a demandé une fois à être prévenue de `{topic}`",
    ),
    # -- what a person did, where another sentence names it
    "by_message": ("a message", "un message"),
    "by_postback": ("a tap on a button", "l'appui sur un bouton"),
    "by_referral": ("an m.me link", "un lien m.me"),
    "by_reaction": ("a reaction", "une réaction"),
    "by_comment": ("a comment on the Page", "un commentaire sur la Page"),
    "by_ad_click_message": (
        "the first message after a click on an ad",
        "le premier message après un clic sur une publicité",
    ),
    "by_send_to_messenger": (
        "the Send to Messenger plugin",
        "le module Send to Messenger",
    ),
    "by_unreact": ("a reaction that is taken back", "une réaction retirée"),
    "by_account_linking": ("an account that is linked", "un compte qui est relié"),
    "by_messaging_feedback": (
        "a feedback form that is filled in",
        "un formulaire d'avis rempli",
    ),
    "by_response_feedback": (
        "an answer that is rated",
        "une réponse notée",
    ),
    "by_message_edit": ("an edited message", "un message modifié"),
    "by_one_time_notification_optin": (
        'a tap on "Notify me"',
        "l'appui sur « Notify me »",
    ),
    "by_recurring_notification_optin": (
        "an agreement to recurring notifications",
        "un accord pour des notifications récurrentes",
    ),
    "by_ad_click_without_message": (
        "a click on an ad, without a message",
        "un clic sur une publicité, sans message",
    ),
    "by_read": ("the reading of a message", "la lecture d'un message"),
    "by_delivery": ("the delivery of a message", "la remise d'un message"),
    "by_echo": ("a message of the Page", "un message de la Page"),
    # -- the standard messaging window
    "window_never": (
        "the person has done nothing that opens the standard messaging window",
        "la personne n'a rien fait qui ouvre la fenêtre de messagerie standard",
    ),
    "window_closed": (
        "the standard messaging window closed at {until} ({opener})",
        "la fenêtre de messagerie standard s'est fermée le {until} ({opener})",
    ),
    "window_margin": (
        "the standard messaging window closes at {until}, within our margin",
        "la fenêtre de messagerie standard se ferme le {until}, dans notre marge",
    ),
    "window_open": (
        "the standard messaging window is open until {until} ({opener})",
        "la fenêtre de messagerie standard est ouverte jusqu'au {until} ({opener})",
    ),
    # -- message tags
    "tag_none": (
        "no message tag carries the purpose `{purpose}`",
        "aucune étiquette de message ne porte le but `{purpose}`",
    ),
    "tag_refused": (
        "the platform refuses the tag {tag} since {since}",
        "la plateforme refuse l'étiquette {tag} depuis le {since}",
    ),
    "tag_not_yet": (
        "the platform does not take the tag {tag} yet",
        "la plateforme ne prend pas encore l'étiquette {tag}",
    ),
    "tag_wrong_template": (
        "the tag {tag} does not carry a `{template}` template",
        "l'étiquette {tag} ne porte pas un modèle `{template}`",
    ),
    "tag_needs_template": (
        "the tag {tag} carries only the `{template}` template",
        "l'étiquette {tag} ne porte que le modèle `{template}`",
    ),
    "tag_parts": (
        "the tag {tag} carries its template alone, and this would be {parts} messages",
        "l'étiquette {tag} ne porte que son modèle seul, et il y aurait {parts} messages",
    ),
    "tag_closed": (
        "the tag {tag} is closed in {area}, where the {who} is",
        "l'étiquette {tag} est fermée dans la zone {area}, celle de {who_fr}",
    ),
    "tag_not_the_bots": (
        "the tag {tag} is for a person's own words, not for the bot's",
        "l'étiquette {tag} est pour les mots d'un humain, pas pour ceux du bot",
    ),
    "tag_not_approved": (
        "the Page is not approved for the tag {tag}",
        "la Page n'est pas approuvée pour l'étiquette {tag}",
    ),
    "tag_no_conversation": (
        "the person never started a conversation",
        "la personne n'a jamais commencé de conversation",
    ),
    "tag_never_wrote": (
        "the person has never written",
        "la personne n'a jamais écrit",
    ),
    "tag_too_late": (
        "the tag {tag} could be used until {until}",
        "l'étiquette {tag} pouvait servir jusqu'au {until}",
    ),
    "tag_carries": (
        "the tag {tag} carries the purpose `{purpose}`",
        "l'étiquette {tag} porte le but `{purpose}`",
    ),
    # -- utility templates
    "utility_not_offered": (
        "the platform has no utility templates yet",
        "la plateforme n'a pas encore de modèles utilitaires",
    ),
    "utility_wrong_purpose": (
        "a utility template does not serve the purpose `{purpose}`",
        "un modèle utilitaire ne sert pas le but `{purpose}`",
    ),
    "utility_none_named": (
        "no utility template is named for this message",
        "aucun modèle utilitaire n'est nommé pour ce message",
    ),
    "utility_closed": (
        "utility templates are not known to be open where the {who} is (`{region}`)",
        "rien ne dit que les modèles utilitaires soient ouverts là où est {who_fr} (`{region}`)",
    ),
    "utility_not_approved": (
        "the utility template `{template}` is not approved for this Page and language",
        "le modèle utilitaire `{template}` n'est pas approuvé pour cette Page et cette langue",
    ),
    "utility_unfilled": (
        "the utility template `{template}` lacks a value for `{missing}`",
        "il manque au modèle utilitaire `{template}` une valeur pour `{missing}`",
    ),
    "utility_parts": (
        "a utility template is one message, and this would be {parts}",
        "un modèle utilitaire est un seul message, et il y en aurait {parts}",
    ),
    "utility_is_template": (
        "a `{template}` template cannot be sent as a utility template",
        "un modèle `{template}` ne peut pas partir comme modèle utilitaire",
    ),
    "utility_no_conversation": (
        "the person never started a conversation",
        "la personne n'a jamais commencé de conversation",
    ),
    "utility_carries": (
        "the approved utility template `{template}` carries the purpose `{purpose}`",
        "le modèle utilitaire approuvé `{template}` porte le but `{purpose}`",
    ),
    # -- recurring notifications
    "recurring_not_offered": (
        "the platform offers no recurring notifications",
        "la plateforme ne propose pas de notifications récurrentes",
    ),
    "recurring_not_permitted": (
        "the Page has no recurring notifications",
        "la Page n'a pas de notifications récurrentes",
    ),
    "recurring_not_begun": (
        "the Page has no recurring notifications, and no new business may begin with them",
        "la Page n'a pas de notifications récurrentes, et aucune nouvelle entreprise ne peut s'y "
        "mettre",
    ),
    "recurring_closed": (
        "recurring notifications have ended where the {who} is (`{region}`)",
        "les notifications récurrentes ont pris fin là où est {who_fr} (`{region}`)",
    ),
    "recurring_wrong_purpose": (
        "a recurring notification does not serve the purpose `{purpose}`",
        "une notification récurrente ne sert pas le but `{purpose}`",
    ),
    "recurring_no_topic": (
        "a recurring notification needs a topic, and the message names none",
        "une notification récurrente a besoin d'un sujet, et le message n'en nomme aucun",
    ),
    "recurring_no_token": (
        "the person has not agreed to recurring notifications of `{topic}`",
        "la personne n'a pas accepté de notifications récurrentes sur `{topic}`",
    ),
    "recurring_expired": (
        "the agreement to recurring notifications of `{topic}` ended at {at}",
        "l'accord pour des notifications récurrentes sur `{topic}` a pris fin le {at}",
    ),
    "recurring_gap": (
        "the next recurring notification of `{topic}` may go at {at}",
        "la prochaine notification récurrente sur `{topic}` peut partir le {at}",
    ),
    "request_repeated": (
        "a request with the title `{title}` may go again at {at}, a week after the last",
        "une demande au titre `{title}` peut repartir le {at}, une semaine après la dernière",
    ),
    "request_agreed": (
        "the person has agreed to recurring notifications of `{topic}` already",
        "la personne a déjà accepté des notifications récurrentes sur `{topic}`",
    ),
    "recurring_parts": (
        "a recurring notification is one message, and this would be {parts}",
        "une notification récurrente est un seul message, et il y en aurait {parts}",
    ),
    "recurring_is_template": (
        "a `{template}` template is sent inside the window only",
        "un modèle `{template}` ne part que dans la fenêtre",
    ),
    "recurring_pays": (
        "the person agreed to recurring notifications of `{topic}`",
        "la personne a accepté des notifications récurrentes sur `{topic}`",
    ),
    # -- private replies
    "private_none": (
        "the person has not commented on or posted to the Page",
        "la personne n'a ni commenté ni publié sur la Page",
    ),
    "private_wrong_purpose": (
        "a private reply does not serve the purpose `{purpose}`",
        "une réponse privée ne sert pas le but `{purpose}`",
    ),
    "private_used": (
        "the comment has had its one private reply",
        "le commentaire a eu son unique réponse privée",
    ),
    "private_too_late": (
        "the comment could be answered in private until {until}",
        "le commentaire pouvait recevoir une réponse privée jusqu'au {until}",
    ),
    "private_parts": (
        "a private reply is one message, and this would be {parts}",
        "une réponse privée est un seul message, et il y en aurait {parts}",
    ),
    "private_is_template": (
        "a `{template}` template is sent inside the window only",
        "un modèle `{template}` ne part que dans la fenêtre",
    ),
    "private_pays": (
        "a comment of {at} may have one private reply",
        "un commentaire du {at} peut avoir une réponse privée",
    ),
    # -- one further message, before 2020-03-04
    "plus_one_gone": (
        "the one further message after the window is gone since {since}",
        "l'unique message supplémentaire après la fenêtre n'existe plus depuis le {since}",
    ),
    "plus_one_used": (
        "the one further message after the window is used",
        "l'unique message supplémentaire après la fenêtre est déjà parti",
    ),
    "plus_one_never": (
        "the person never opened a window that one further message could follow",
        "la personne n'a jamais ouvert de fenêtre qu'un message supplémentaire pourrait suivre",
    ),
    "plus_one_parts": (
        "only one further message may follow the window, and this would be {parts}",
        "un seul message peut suivre la fenêtre, et il y en aurait {parts}",
    ),
    "plus_one_is_template": (
        "a `{template}` template is sent inside the window only",
        "un modèle `{template}` ne part que dans la fenêtre",
    ),
    "plus_one_pays": (
        "one further message may follow the window that ends at {until}",
        "un message supplémentaire peut suivre la fenêtre qui finit le {until}",
    ),
    # -- promotion elsewhere
    "ad_carries": (
        "promotion outside the window is never sent by the Send API; a sponsored message, an ad, "
        "may carry it",
        "hors de la fenêtre, l'API d'envoi ne porte jamais de promotion ; un message sponsorisé, "
        "une publicité, peut la porter",
    ),
    "ad_gone": (
        "promotion outside the window is never sent by the Send API, and sponsored messages are "
        "counted as ended since {since}",
        "hors de la fenêtre, l'API d'envoi ne porte jamais de promotion, et les messages "
        "sponsorisés sont comptés comme terminés depuis le {since}",
    ),
    "ad_not_for_this": (
        "an ad does not serve the purpose `{purpose}`",
        "une publicité ne sert pas le but `{purpose}`",
    ),
    # -- postponing
    "lane_stopped": (
        "the platform has stopped `{lane}` for this Page",
        "la plateforme a arrêté `{lane}` pour cette Page",
    ),
    "page_restricted": (
        "the platform has restricted this Page",
        "la plateforme a restreint cette Page",
    ),
    "paused": (
        "the person paused alerts until {until}",
        "la personne a mis les alertes en pause jusqu'au {until}",
    ),
    "quiet_hours": (
        "it is quiet hours where the person is, until {until}",
        "ce sont les heures calmes là où est la personne, jusqu'au {until}",
    ),
    "daily_cap": (
        "the person has had {had} proactive messages today, our cap is {cap}",
        "la personne a reçu {had} messages spontanés aujourd'hui, notre plafond est {cap}",
    ),
    "reads_as_promotion": (
        "its words read as promotion, which `{purpose}` may not carry outside the window",
        "ses mots ressemblent à une promotion, que le but `{purpose}` ne porte pas hors de la "
        "fenêtre",
    ),
    # -- no ground
    "not_an_answer": (
        "it is declared as an answer, but the person did not start this turn",
        "le message est déclaré comme une réponse, mais la personne n'a pas commencé ce tour",
    ),
    "waits": (
        "no ground is open now; it is kept until the person writes",
        "aucun fondement n'est ouvert ; le message attend que la personne écrive",
    ),
    "waits_until": (
        "no ground is open now; it is kept until {until}, when one opens",
        "aucun fondement n'est ouvert ; le message attend le {until}, quand il s'en ouvre un",
    ),
    "no_ground": (
        "no ground is open: {findings}",
        "aucun fondement n'est ouvert : {findings}",
    ),
    # -- what would change the answer
    "if_writes": ("the person writes", "la personne écrit"),
    "if_writes_again": ("the person writes again", "la personne écrit de nouveau"),
    "if_writes_or_taps": (
        "the person writes or taps something",
        "la personne écrit ou touche un bouton",
    ),
    "if_ad_click_window": (
        "the person writes or taps something, or `settings.ad_click_window` counts on the "
        "{longest} that may follow a click on an ad",
        "la personne écrit ou touche un bouton, ou `settings.ad_click_window` compte sur les "
        "{longest} qui peuvent suivre un clic sur une publicité",
    ),
    "if_start": ("the person writes START", "la personne écrit START"),
    "if_chooses": (
        "the person chooses `{topic}` alerts",
        "la personne choisit les alertes `{topic}`",
    ),
    "if_asks_again": ("the person asks again", "la personne le demande de nouveau"),
    "if_asks": (
        "the person asks to be notified of it",
        "la personne demande à en être prévenue",
    ),
    "if_thread_back": (
        "the thread comes back to us",
        "la conversation nous revient",
    ),
    "if_person_is_done": (
        "the person who answers is done",
        "la personne qui répond a terminé",
    ),
    "if_approved": (
        "the platform approves `{what}` for the Page",
        "la plateforme approuve `{what}` pour la Page",
    ),
    "if_feedback_template": (
        "the message is a `{template}` template",
        "le message est un modèle `{template}`",
    ),
    "if_template_named": (
        "alerts.yml or the response names an approved utility template",
        "alerts.yml ou la réponse nomme un modèle utilitaire approuvé",
    ),
    "if_utility_everywhere": (
        "the switch `utility_everywhere` in endpoints.yml counts on templates there too",
        "l'option `utility_everywhere` dans endpoints.yml y compte sur les modèles aussi",
    ),
    "if_template_approved": (
        "the platform approves the template `{template}` for the Page and the language",
        "la plateforme approuve le modèle `{template}` pour la Page et la langue",
    ),
    "if_filled": (
        "the response gives a value for `{missing}`",
        "la réponse donne une valeur pour `{missing}`",
    ),
    "if_one_message": (
        "the response fits in one message",
        "la réponse tient en un seul message",
    ),
    "if_agrees": (
        "the person agrees to recurring notifications of it",
        "la personne accepte des notifications récurrentes sur ce sujet",
    ),
    "if_later": ("it is {at}", "on est le {at}"),
    "if_comments": ("the person comments again", "la personne commente de nouveau"),
    "if_sponsored": (
        "it is planned as an ad with `policy-guard sponsored plan`",
        "le message est prévu comme publicité avec `policy-guard sponsored plan`",
    ),
    "if_marketing_api": (
        "it goes through the paid Marketing Message API, open to technology providers",
        "le message passe par la Marketing Message API payante, ouverte aux fournisseurs",
    ),
    "if_lifted": ("the restriction is lifted", "la restriction est levée"),
    "if_approves": (
        "somebody reads the words and approves them",
        "quelqu'un lit les mots et les approuve",
    ),
    "if_resumes": ("the person resumes", "la personne reprend les alertes"),
    "if_purpose": (
        "the response declares a purpose other than `reply`",
        "la réponse déclare un autre but que `reply`",
    ),
}
