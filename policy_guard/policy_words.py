"""The sentences of `policy show`, `diff` and `forecast`, in English and in French."""

from __future__ import annotations

from .sentences import SENTENCES
from .wording import Wording

WORDS = Wording(
    {
        # what a person did, in the words of the rules
        **{key: form for key, form in SENTENCES.items() if key.startswith("by_")},
        # -- of what an edition speaks
        "about_window": ("the standard messaging window", "la fenêtre de messagerie standard"),
        "about_plus_one": (
            "one further message after the window",
            "un message supplémentaire après la fenêtre",
        ),
        "about_any_tag": ("every message tag", "toute étiquette de message"),
        "about_tag": ("the message tag `{name}`", "l'étiquette de message `{name}`"),
        "about_one_time": ("one-time notifications", "les notifications uniques"),
        "about_recurring": ("recurring notifications", "les notifications récurrentes"),
        "about_utility": ("utility templates", "les modèles utilitaires"),
        "about_private_reply": ("the private reply", "la réponse privée"),
        "about_sponsored": ("sponsored messages", "les messages sponsorisés"),
        "about_marketing": (
            "the paid Marketing Message API, no part of the Send API",
            "la Marketing Message API payante, hors de l'API d'envoi",
        ),
        "about_feature": ("{what} (`{name}`)", "{what} (`{name}`)"),
        "feature_sender_actions": (
            "typing and seen signals",
            "les signes de frappe et de lecture",
        ),
        "feature_media": (
            "audio, video and file messages",
            "les messages audio, vidéo et fichiers",
        ),
        "feature_customer_feedback": (
            "the customer feedback template",
            "le modèle d'avis client",
        ),
        "feature_personas": ("personas", "les personas"),
        "feature_persistent_menu": ("the persistent menu", "le menu permanent"),
        # -- what it says of them
        "hours": ("{n} hours", "{n} heures"),
        "length": (
            "lasts {length} from the person's last opening action",
            "dure {length} à partir de la dernière action de la personne qui l'ouvre",
        ),
        "opened_by": ("is opened by {what}", "s'ouvre par {what}"),
        "by_referral_with_ref": (
            "an m.me link that carries a `ref`",
            "un lien m.me qui porte un `ref`",
        ),
        "ad_click": (
            "may last up to {longest} after a click on an ad, as far as "
            "`settings.ad_click_window` counts on it",
            "peut durer jusqu'à {longest} après un clic sur une publicité, autant que "
            "`settings.ad_click_window` y compte",
        ),
        "allowed": ("is allowed", "est permis"),
        "not_allowed": ("is not allowed", "n'est pas permis"),
        "accepted": ("is accepted by the platform", "est acceptée par la plateforme"),
        "refused": ("is refused by the platform", "est refusée par la plateforme"),
        "not_yet": (
            "is not taken by the platform yet",
            "n'est pas encore prise par la plateforme",
        ),
        "carries": ("carries the purpose `{purpose}`", "porte le but `{purpose}`"),
        "bot_and_human": (
            "is for the bot's words and for a person's",
            "est pour les mots du bot comme pour ceux d'un humain",
        ),
        "human_only": (
            "is for the words of a person of the business, not for the bot's",
            "est pour les mots d'un humain de l'entreprise, pas pour ceux du bot",
        ),
        "bot_only": ("is for the bot's words", "est pour les mots du bot"),
        "within": (
            "until {span} after the person's last message",
            "jusqu'à {span} après le dernier message de la personne",
        ),
        "needs": (
            "needs the approval `page.{needs}` of the Page",
            "a besoin de l'approbation `page.{needs}` de la Page",
        ),
        "template": (
            "carries only the template `{template}`",
            "ne porte que le modèle `{template}`",
        ),
        "wire": ("goes out as `{wire}`", "part sous le nom `{wire}`"),
        "formerly": ("takes the place of {what}", "remplace {what}"),
        "by_api": (
            "a misuse is refused by the API itself",
            "un mauvais usage est refusé par l'API elle-même",
        ),
        "by_review": (
            "a misuse is found by the platform's review, not by the API",
            "un mauvais usage est trouvé par la revue de la plateforme, pas par l'API",
        ),
        "closed_in": ("closed in {areas}", "pas dans : {areas}"),
        "open_everywhere": ("open everywhere", "partout"),
        "open_in": ("open only in {areas}", "seulement dans : {areas}"),
        "open_nowhere": ("open nowhere", "nulle part"),
        "offered": ("the platform offers them", "la plateforme en propose"),
        "not_offered": (
            "the platform does not offer them",
            "la plateforme n'en propose pas",
        ),
        "is_open": (
            "is open to technology providers",
            "est ouverte aux fournisseurs de technologie",
        ),
        "is_not_open": ("is not open", "n'est pas ouverte"),
        "business_in": ("for businesses in {areas}", "pour les entreprises de : {areas}"),
        "people_not_in": (
            "to people anywhere but in {areas}",
            "vers des personnes partout sauf dans : {areas}",
        ),
        "may_begin": (
            "a business may begin with them",
            "une entreprise peut s'y mettre",
        ),
        "may_not_begin": (
            "no new business may begin with them",
            "aucune nouvelle entreprise ne peut s'y mettre",
        ),
        "life": (
            "a permission is good for {span}",
            "une permission vaut {span}",
        ),
        "gap": (
            "two to one person lie at least {span} apart",
            "deux à la même personne sont séparées d'au moins {span}",
        ),
        "often_daily": (
            "two on one daily agreement lie at least {span} apart",
            "deux sur un même accord quotidien sont séparées d'au moins {span}",
        ),
        "often_weekly": (
            "two on one weekly agreement lie at least {span} apart",
            "deux sur un même accord hebdomadaire sont séparées d'au moins {span}",
        ),
        "often_monthly": (
            "two on one monthly agreement lie at least {span} apart",
            "deux sur un même accord mensuel sont séparées d'au moins {span}",
        ),
        "same_title": (
            "a request with the same title may go again after {span}",
            "une demande au même titre peut repartir après {span}",
        ),
        "agreement_ends": (
            "an agreement ends on the day the platform names",
            "un accord prend fin le jour que la plateforme nomme",
        ),
        "agreement_lasts": (
            "an agreement that had not ended by {day} does not end",
            "un accord qui n'avait pas pris fin le {day} ne prend pas fin",
        ),
        "may": ("may carry: {what}", "peut porter : {what}"),
        "may_not": ("may not carry: {what}", "ne peut pas porter : {what}"),
        "serves": ("purposes: {what}", "buts : {what}"),
        "reply_within": (
            "one to each comment or post, within {span}",
            "une par commentaire ou publication, dans les {span}",
        ),
        # -- policy show
        "show_title": (
            "The platform's rules of {day}: the edition {edition}, last checked on {checked_on}.",
            "Les règles de la plateforme du {day} : l'édition {edition}, vérifiée pour la "
            "dernière fois le {checked_on}.",
        ),
        "stale": (
            "Nobody has compared it with the platform's pages for {days} days, more than "
            "{most}: read its sources again.",
            "Personne ne l'a comparée aux pages de la plateforme depuis {days} jours, plus de "
            "{most} : relisez ses sources.",
        ),
        "what_changed": ("What changed on {edition}: {says}.", "Le {edition} : {says}."),
        "next": (
            "The next known change comes on {edition}.",
            "Le prochain changement connu vient le {edition}.",
        ),
        "section_window": ("The window:", "La fenêtre :"),
        "section_tags": ("Message tags:", "Étiquettes de message :"),
        "section_beyond": (
            "What else may carry a message:",
            "Ce qui peut encore porter un message :",
        ),
        "section_terms": (
            "What they may carry, after the platform's pages:",
            "Ce qu'ils peuvent porter, d'après les pages de la plateforme :",
        ),
        "section_features": ("By region:", "Par région :"),
        "section_switches": (
            "Not established, so assumed (`policy_guard.switches` in endpoints.yml turns it):",
            "Non établi, donc supposé (`policy_guard.switches` dans endpoints.yml le change) :",
        ),
        "section_notes": ("Notes of this edition:", "Notes de cette édition :"),
        "section_sources": ("Sources:", "Sources :"),
        "line": ("- {about}: {clauses}", "- {about} : {clauses}"),
        "switch_off": (
            "- `{name}`, off: {assumes}; turned on: {on}",
            "- `{name}`, éteint : {assumes} ; allumé : {on}",
        ),
        "switch_on": (
            "- `{name}`, turned on: {on}; off: {assumes}",
            "- `{name}`, allumé : {on} ; éteint : {assumes}",
        ),
        "source": (
            "{title} <{address}>, read {read_on}",
            "{title} <{address}>, lu le {read_on}",
        ),
        # -- policy diff
        "diff_same": (
            "Nothing differs between {first} and {second}: the edition {edition} was in force on "
            "both days.",
            "Rien ne diffère entre le {first} et le {second} : l'édition {edition} valait les "
            "deux jours.",
        ),
        "diff_title": (
            "From {first} (edition {before}) to {second} (edition {after}):",
            "Du {first} (édition {before}) au {second} (édition {after}) :",
        ),
        "diff_back_title": (
            "Back from {first} (edition {before}) to {second} (edition {after}):",
            "En revenant du {first} (édition {before}) au {second} (édition {after}) :",
        ),
        "diff_days": ("What was announced or happened:", "Ce qui s'est passé ou a été annoncé :"),
        "diff_day": ("- {edition}: {says}", "- {edition} : {says}"),
        "diff_note": ("  note: {says}", "  note : {says}"),
        "diff_rules": ("What differs in the rules:", "Ce qui diffère dans les règles :"),
        "diff_none": (
            "No rule differs: these editions only tell of things beside the rules.",
            "Aucune règle ne diffère : ces éditions ne parlent que de choses à côté.",
        ),
        "diff_since": (
            "- since {day}, {about}: {now}; before: {then}",
            "- depuis le {day}, {about} : {now} ; avant : {then}",
        ),
        "diff_new": ("- since {day}, {about}: {now}", "- depuis le {day}, {about} : {now}"),
        "diff_gone": (
            "- since {day}, {about}: no longer: {then}",
            "- depuis le {day}, {about} : ne vaut plus : {then}",
        ),
        "diff_until": (
            "- until {day}, {about}: {now}; from then on: {then}",
            "- jusqu'au {day}, {about} : {now} ; ensuite : {then}",
        ),
        "diff_back_new": ("- until {day}, {about}: {now}", "- jusqu'au {day}, {about} : {now}"),
        "diff_back_gone": (
            "- until {day}, {about}: not yet: {then}",
            "- jusqu'au {day}, {about} : pas encore : {then}",
        ),
        "diff_switches": (
            "What is assumed because it is not established:",
            "Ce qui est supposé parce que non établi :",
        ),
        "diff_switch": (
            "- on {day} only, `{name}`: {assumes}",
            "- le {day} seulement, `{name}` : {assumes}",
        ),
        # -- forecast
        "forecast_title": (
            "{many} known changes of the platform's rules touch this project; its {asked} "
            "responses, alert types and words of actions were asked about.",
            "{many} changements connus des règles de la plateforme touchent ce projet ; ses "
            "{asked} réponses, types d'alerte et mots d'actions ont été examinés.",
        ),
        "forecast_one": (
            "One known change of the platform's rules touches this project; its {asked} "
            "responses, alert types and words of actions were asked about.",
            "Un changement connu des règles de la plateforme touche ce projet ; ses {asked} "
            "réponses, types d'alerte et mots d'actions ont été examinés.",
        ),
        "forecast_none": (
            "No known change of the platform's rules touches this project; its {asked} "
            "responses, alert types and words of actions were asked about.",
            "Aucun changement connu des règles de la plateforme ne touche ce projet ; ses {asked} "
            "réponses, types d'alerte et mots d'actions ont été examinés.",
        ),
        "day_past": ("{day}: {says}", "{day} : {says}"),
        "day_announced": ("{day}, announced: {says}", "{day}, annoncé : {says}"),
        "touch": (
            "from {day} {subject} ({places}) {answer} ({instead}, {case})",
            "à partir du {day} {subject} ({places}) {answer} ({instead}, {case})",
        ),
        "said_by": ("; said by {places}", " ; dit par {places}"),
        "subject_response": ("`{name}`", "`{name}`"),
        "subject_alert": ("the alert type `{name}`", "le type d'alerte `{name}`"),
        "subject_action": (
            "`{response}`, as `{name}` says it,",
            "`{response}`, dit par `{name}`,",
        ),
        "subject_own_words": ("what `{name}` says itself", "le texte propre de `{name}`"),
        "case_turn": ("in answer to the person", "en réponse à la personne"),
        "case_comment": (
            "in answer to a comment of {span} ago",
            "en réponse à un commentaire d'il y a {span}",
        ),
        "case_wrote": (
            "where the person wrote {span} ago",
            "si la personne a écrit il y a {span}",
        ),
        "case_chosen": (
            "where the person chose `{topic}` and wrote {span} ago",
            "si la personne a choisi `{topic}` et écrit il y a {span}",
        ),
        "case_asked_once": (
            "where the person asked once for `{topic}` and wrote {span} ago",
            "si la personne a demandé une fois `{topic}` et écrit il y a {span}",
        ),
        "case_agreed": (
            "where the person agreed to recurring notifications of `{topic}` and wrote {span} ago",
            "si la personne a accepté des notifications récurrentes sur `{topic}` et écrit il y a "
            "{span}",
        ),
        "goes": ("goes {ground}", "part {ground}"),
        "is_refused": ("is refused", "est refusé"),
        "is_held": (
            "waits at most {span} for the person to write and is then let go",
            "attend au plus {span} que la personne écrive, puis est abandonné,",
        ),
        "is_held_until": (
            "waits for {until}, when a ground opens",
            "attend le {until}, quand un fondement s'ouvre",
        ),
        "unless": (" unless {changes}", " sauf si {changes}"),
        "or": (", or ", ", ou si "),
        "because": (" because {reason}", " parce que {reason}"),
        "instead_of_going": ("instead of going {ground}", "au lieu de partir {ground}"),
        "instead_of_hold": ("instead of waiting", "au lieu d'attendre"),
        "instead_of_refuse": ("instead of being refused", "au lieu d'être refusé"),
        "ground_standard_window": (
            "inside the standard messaging window",
            "dans la fenêtre de messagerie standard",
        ),
        "ground_tag": ("with the tag `{name}`", "avec l'étiquette `{name}`"),
        "ground_utility_template": (
            "as an approved utility template",
            "comme modèle utilitaire approuvé",
        ),
        "ground_recurring_notification": (
            "as a recurring notification",
            "comme notification récurrente",
        ),
        "ground_one_time_notification": (
            "as a one-time notification",
            "comme notification unique",
        ),
        "ground_private_reply": ("as a private reply", "comme réponse privée"),
        "ground_plus_one": (
            "as the one further message after the window",
            "comme l'unique message supplémentaire après la fenêtre",
        ),
        "ground_other": ("on the ground `{name}`", "sur le fondement `{name}`"),
        "sayer_rule": ("the rule `{name}` ({place})", "la règle `{name}` ({place})"),
        "sayer_story": ("the story `{name}` ({place})", "l'histoire `{name}` ({place})"),
        "sayer_action": ("the action `{name}` ({place})", "l'action `{name}` ({place})"),
    }
)
