"""The sentences of `explain` and `journal` around those of the rules, in English and in French."""

from __future__ import annotations

from .wording import Wording

WORDS = Wording(
    {
        # -- what was to be said
        "named": ("The response `{name}`", "La réponse `{name}`"),
        "unnamed": ("A message without a name", "Un message sans nom"),
        "topic": ("the topic `{topic}`", "le sujet `{topic}`"),
        "no_topic": ("no topic", "qui n'a pas de sujet"),
        "was_for": (
            "{name}, with the purpose `{purpose}` and {topic}, was for the person `{psid}`.",
            "{name}, dont le but est `{purpose}` et {topic}, était pour la personne `{psid}`.",
        ),
        "it_says": ('It says: "{text}"', "Le texte : « {text} »"),
        # -- the decision
        "platform": ("a rule of the platform", "une règle de la plateforme"),
        "ours": (
            "our own caution or the person's choice",
            "notre propre prudence ou le choix de la personne",
        ),
        "send": ("to send it", "de l'envoyer"),
        "hold": ("to hold it", "de le retenir"),
        "refuse": ("to refuse it", "de le refuser"),
        "nothing": ("nothing", "rien"),
        "between": ("; ", " ; "),
        "on_ground": (" on the ground `{ground}`", " sur le fondement `{ground}`"),
        "under_edition": (
            "under the edition {edition}, last checked on {checked_on}",
            "selon l'édition {edition}, vérifiée pour la dernière fois le {checked_on}",
        ),
        "under_none": (
            "under no edition of the platform's rules",
            "selon aucune édition des règles de la plateforme",
        ),
        "under_foreign": (
            "under the edition {edition}, which this program does not have",
            "selon l'édition {edition}, que ce programme n'a pas",
        ),
        "decided": (
            "At {at} it was decided {what}{ground}, {under}.",
            "Le {at} il a été décidé {what}{ground}, {under}.",
        ),
        "gave_reason": (
            "The rule `{rule}`, {whose}, gave the reason: {reason}.",
            "La règle `{rule}`, {whose}, a donné la raison : {reason}.",
        ),
        "no_ground": ("no ground is open", "aucun fondement n'est ouvert"),
        "no_edition": (
            "no edition covers `{at}`: the first is {first}",
            "aucune édition ne couvre `{at}` : la première est {first}",
        ),
        "paid": (
            "It is paid with the single-use permission `{token}`.",
            "Il est payé par la permission à usage unique `{token}`.",
        ),
        "agreed": (
            "It rests on the standing agreement `{token}`, which may serve again later.",
            "Il repose sur l'accord durable `{token}`, qui pourra servir de nouveau.",
        ),
        # -- what is taken for true: which switch says so
        "assumed_off": (
            "This is assumed, because the switch `{name}` is off{what}.",
            "C'est une hypothèse, parce que l'interrupteur `{name}` est éteint{what}.",
        ),
        "assumed_on": (
            "This is assumed, because the switch `{name}` is on{what}.",
            "C'est une hypothèse, parce que l'interrupteur `{name}` est allumé{what}.",
        ),
        "assumed_short_off": (
            "assumed, because the switch `{name}` is off{what}",
            "hypothèse, parce que l'interrupteur `{name}` est éteint{what}",
        ),
        "assumed_short_on": (
            "assumed, because the switch `{name}` is on{what}",
            "hypothèse, parce que l'interrupteur `{name}` est allumé{what}",
        ),
        "may_carry": (
            "What goes on this ground may be: {what}.",
            "Ce qui part sur ce fondement peut être : {what}.",
        ),
        "may_not_carry": (
            "It may not be: {what}.",
            "Cela ne peut pas être : {what}.",
        ),
        "source": ("Source: {source}.", "Source : {source}."),
        "source_read": (
            "{title} <{address}>, read {read_on}",
            "{title} <{address}>, lu le {read_on}",
        ),
        "source_foreign": (
            "`{name}`, which this program does not describe",
            "`{name}`, que ce programme ne décrit pas",
        ),
        # -- whose region
        "region_told": (
            "The person is in `{person}`, as they said themselves; the Page is in `{page}`.",
            "La personne est dans `{person}`, comme elle l'a dit ; la Page est dans `{page}`.",
        ),
        "region_settings": (
            "The person has not said where they are, so `{person}` was taken, from "
            "`default_person_region` in endpoints.yml; the Page is in `{page}`.",
            "La personne n'a pas dit où elle est ; `{person}` a été pris, de "
            "`default_person_region` dans endpoints.yml ; la Page est dans `{page}`.",
        ),
        "region_page": (
            "The person has not said where they are, so the Page's own region `{person}` was "
            "taken; the Page is in `{page}`.",
            "La personne n'a pas dit où elle est ; la région de la Page, `{person}`, a été prise ; "
            "la Page est dans `{page}`.",
        ),
        # -- waiting
        "until": ("until {at}", "jusqu'au {at}"),
        "until_writes": ("until the person writes", "que la personne écrive"),
        "until_page_restricted": (
            "until the restriction is lifted",
            "que la restriction soit levée",
        ),
        "until_lane_stopped": (
            "until the platform takes it again",
            "que la plateforme le prenne de nouveau",
        ),
        "until_thread_is_ours": (
            "until the conversation comes back to us",
            "que la conversation nous revienne",
        ),
        "until_wording_reads_as_promotion": (
            "until the person writes, or somebody approves its words",
            "que la personne écrive, ou que quelqu'un approuve ses mots",
        ),
        "at_the_latest": (", at the latest until {at}", ", au plus tard jusqu'au {at}"),
        "waits": ("It waits {how}{last}.", "Il attend {how}{last}."),
        # -- what the grounds lacked
        "unasked": (
            "No ground was asked for: this rule comes before all of them.",
            "Aucun fondement n'a été cherché : cette règle passe avant tous.",
        ),
        "every_lacked": ("What every ground lacked:", "Ce qui manquait à chaque fondement :"),
        "before_lacked": (
            "What the grounds asked before it lacked:",
            "Ce qui manquait aux fondements cherchés avant lui :",
        ),
        "others": (
            "What the other grounds would have said:",
            "Ce que les autres fondements auraient dit :",
        ),
        "would_carry": (
            "- `{rule}`, {whose}: it would have carried the message, as {says}{source}",
            "- `{rule}`, {whose} : il aurait porté le message, car {says}{source}",
        ),
        "lacked": ("- `{rule}`, {whose}: {says}{source}", "- `{rule}`, {whose} : {says}{source}"),
        # -- what would change the answer
        "would_change": ("What would change the answer:", "Ce qui changerait la réponse :"),
        "no_change": (
            "The rules name nothing that would change the answer.",
            "Les règles ne nomment rien qui changerait la réponse.",
        ),
        # -- what came of it
        "came_of_it": ("What came of it:", "Ce qui s'est passé :"),
        "then": ("- {at}: {what}", "- {at} : {what}"),
        "now": ("Now {state}.", "Maintenant {state}."),
        "not_before": (", not before {at}", ", pas avant le {at}"),
        "state_ready": ("it is ready to leave", "il est prêt à partir"),
        "state_claimed": ("it is about to leave", "il est sur le point de partir"),
        "state_committed": ("it is on its way", "il est en route"),
        "state_sent": ("it has arrived", "il est arrivé"),
        "state_rejected": ("the platform refused it", "la plateforme l'a refusé"),
        "state_unknown": (
            "it may have arrived: nothing tells, and it is never sent again on its own",
            "il est peut-être arrivé : rien ne le dit, et il n'est jamais renvoyé de lui-même",
        ),
        "state_held_how": (
            "it is held {how}{last}",
            "il est retenu et attend {how}{last}",
        ),
        "state_refused": (
            "it was refused, and nothing of it has left",
            "il a été refusé, et rien n'en est parti",
        ),
        "state_expired": (
            "it was let go, because its last useful moment passed",
            "il a été abandonné, parce que son dernier moment utile est passé",
        ),
        "state_cancelled": ("it was cancelled", "il a été annulé"),
        "state_cancelled_superseded": (
            "it was let go, because the same response has gone out since",
            "il a été abandonné, parce que la même réponse est partie depuis",
        ),
        "state_cancelled_dropped": (
            "it was dropped, and nothing of it will leave",
            "il a été écarté, et rien n'en partira",
        ),
        "state_cancelled_operator": (
            "an operator cancelled it, and nothing more of it will leave",
            "un opérateur l'a annulé, et plus rien n'en partira",
        ),
        "state_other": ("its state is `{state}`", "son état est `{state}`"),
        # -- a line of the journal
        "it": ("it", "le message"),
        "message_n": ("message {n}", "le message {n}"),
        "line_decided": (
            "decided {what}{ground}: {reason} (rule `{rule}`)",
            "décidé {what}{ground} : {reason} (règle `{rule}`)",
        ),
        "line_asked_again": (
            "asked again ({why}): {what}{ground}: {reason} (rule `{rule}`)",
            "demandé de nouveau ({why}) : {what}{ground} : {reason} (règle `{rule}`)",
        ),
        "line_sent": (
            "{it} arrived as `{mid}`, told by {teller}",
            "{it} est arrivé sous `{mid}`, dit par {teller}",
        ),
        "told_answered": ("the platform's answer", "la réponse de la plateforme"),
        "told_delivery": ("a receipt of delivery", "un accusé de réception"),
        "told_read": ("a receipt of reading", "un accusé de lecture"),
        "told_operator": ("an operator", "un opérateur"),
        "told_echo": ("the platform's echo", "l'écho de la plateforme"),
        "line_disagreement": (
            "the guard allowed {it} on the ground `{ground}` under the edition {edition} "
            "({guard}), and the platform refused: {platform}",
            "le gardien a permis {it} sur le fondement `{ground}` selon l'édition {edition} "
            "({guard}), et la plateforme a refusé : {platform}",
        ),
        "line_unknown": ("{it} may have arrived", "{it} est peut-être arrivé"),
        "line_never_left": ("{it} never left", "{it} n'est jamais parti"),
        "line_put_off": ("the platform put {it} off", "la plateforme a remis {it} à plus tard"),
        "line_rejected": ("the platform refused {it}", "la plateforme a refusé {it}"),
        "line_held": ("{it} is held", "{it} est retenu"),
        "line_expired": ("{it} was let go", "{it} a été abandonné"),
        "line_cancelled": ("{it} was cancelled", "{it} a été annulé"),
        "line_resolved": ("an operator settled it", "un opérateur l'a réglé"),
        "line_breaker_opened": ("sending was stopped", "l'envoi a été arrêté"),
        "line_breaker_closed": ("sending was taken up again", "l'envoi a repris"),
        "line_slowed_down": ("the Page goes slower", "la Page ralentit"),
        "line_broadcast_created": ("a broadcast was ordered", "une diffusion a été demandée"),
        "line_broadcast_paused": ("a broadcast was paused", "une diffusion a été suspendue"),
        "line_broadcast_halted": (
            "a broadcast has paused by itself",
            "une diffusion s'est suspendue d'elle-même",
        ),
        "line_broadcast_resumed": ("a broadcast was resumed", "une diffusion a été reprise"),
        "line_broadcast_cancelled": ("a broadcast was cancelled", "une diffusion a été annulée"),
        "line_broadcast_done": ("a broadcast was done", "une diffusion a été terminée"),
        "line_person_wrote_stop": ("the person wrote STOP", "la personne a écrit STOP"),
        "line_person_wrote_start": ("the person wrote START", "la personne a écrit START"),
        "line_token_granted": (
            "the person gave a permission to write",
            "la personne a donné une permission d'écrire",
        ),
        "line_agreement_ended": (
            "the person ended an agreement to be written to",
            "la personne a mis fin à un accord de lui écrire",
        ),
        "line_template_status": (
            "the platform told the state of a utility template",
            "la plateforme a dit l'état d'un modèle utilitaire",
        ),
        "line_policy_enforcement": (
            "the platform acted against the Page",
            "la plateforme a agi contre la Page",
        ),
        "line_human_wrote": (
            "a person wrote for the Page",
            "quelqu'un a écrit pour la Page",
        ),
        "line_left_to_a_person": (
            "what the person wrote is left to somebody else",
            "ce que la personne a écrit est laissé à quelqu'un d'autre",
        ),
        "line_handed_over": ("the thread was passed on", "la conversation a été transmise"),
        "line_thread_left": (
            "somebody else has the thread now",
            "quelqu'un d'autre tient la conversation",
        ),
        "line_thread_ours": ("the thread is ours again", "la conversation nous revient"),
        "line_thread_take": ("we took the thread back", "nous avons repris la conversation"),
        "line_thread_request": (
            "we asked for the thread",
            "nous avons demandé la conversation",
        ),
        "line_thread_requested": (
            "another app asks for the thread",
            "une autre application demande la conversation",
        ),
        "line_thread_order_failed": (
            "the thread could not be passed, taken or asked for",
            "la conversation n'a pu être ni transmise, ni reprise, ni demandée",
        ),
        "line_finding": (
            "seen in its words: {list}",
            "remarqué dans ses mots : {list}",
        ),
        "line_approved": ("somebody approved its words", "quelqu'un a approuvé ses mots"),
        "line_forgotten": ("the person was forgotten", "la personne a été oubliée"),
        "line_other": ("`{what}`", "`{what}`"),
        "details": ("{said}: {details}", "{said} : {details}"),
        # -- why, as the guard wrote it in English: the key is the sentence in the store
        "somebody approved its words": (
            "somebody approved its words",
            "quelqu'un a approuvé ses mots",
        ),
        "the person wrote": ("the person wrote", "la personne a écrit"),
        "its moment came": ("its moment came", "son moment est venu"),
        "asked again before it left": ("asked again before it left", "revu avant son départ"),
        "its last useful moment passed": (
            "its last useful moment passed",
            "son dernier moment utile est passé",
        ),
        "the same response has gone out since": (
            "the same response has gone out since",
            "la même réponse est partie depuis",
        ),
        "a person has answered for the Page since": (
            "a person has answered for the Page since",
            "une personne a répondu pour la Page depuis",
        ),
        "kept until the person writes": (
            "kept until the person writes",
            "gardé jusqu'à ce que la personne écrive",
        ),
        "the process ended while the message was on its way": (
            "the process ended while the message was on its way",
            "le programme s'est arrêté pendant que le message était en route",
        ),
        "the process stopped while the message was on its way": (
            "the process stopped while the message was on its way",
            "le programme a été arrêté pendant que le message était en route",
        ),
    }
)
