"""What the editions say in their own words, in French; the key is the English sentence itself.

A sentence that is changed in an edition has to be changed here, which a test watches over.
"""

from __future__ import annotations

from collections.abc import Mapping


def in_french(english: str) -> str:
    """Return the French of a sentence of an edition, or the sentence itself where none is known."""
    return FRENCH.get(english, english)


FRENCH: Mapping[str, str] = {
    # -- what changed on each day
    "free messaging for 24 hours after the person's action and one further message after it; "
    "old message tags and subscription messaging by permission outside it": (
        "messages libres pendant 24 heures après l'action de la personne et un message de plus "
        "ensuite ; au-delà, les anciennes étiquettes de message et la messagerie par "
        "abonnement sur permission"
    ),
    "the new tags CONFIRMED_EVENT_UPDATE, POST_PURCHASE_UPDATE and ACCOUNT_UPDATE are taken "
    "beside the old ones; HUMAN_AGENT is a closed beta": (
        "les nouvelles étiquettes CONFIRMED_EVENT_UPDATE, POST_PURCHASE_UPDATE et "
        "ACCOUNT_UPDATE sont prises à côté des anciennes ; HUMAN_AGENT est une bêta fermée"
    ),
    "one-time notifications begin as a beta, by a permission of the Page": (
        "les notifications uniques commencent en bêta, sur permission de la Page"
    ),
    "only the 24-hour standard messaging window is free; the further message after it is "
    "gone; four tags and the one-time notification remain outside it": (
        "seule la fenêtre de messagerie standard de 24 heures est libre ; le message de plus "
        "n'existe plus ; au-delà restent quatre étiquettes et la notification unique"
    ),
    "the European privacy rules take one-time notifications, sender actions, personas, the "
    "persistent menu and audio, video and file messages away from Pages and people in the "
    "EEA and the United Kingdom": (
        "les règles européennes de vie privée retirent les notifications uniques, les signes "
        "de frappe et de lecture, les personas, le menu permanent et les messages audio, vidéo "
        "et fichiers aux Pages et aux personnes de l'EEE et du Royaume-Uni"
    ),
    "the same limits reach Pages and people in Japan": (
        "les mêmes limites touchent les Pages et les personnes du Japon"
    ),
    "the first features come back to Europe and Japan; which ones is not known feature by "
    "feature, so ours stay closed": (
        "les premières fonctions reviennent en Europe et au Japon ; lesquelles n'est pas connu "
        "une par une, donc les nôtres restent fermées"
    ),
    "HUMAN_AGENT is open to every developer whose app passed review, and the customer "
    "feedback template begins as a beta outside Europe and Japan; the day one-time "
    "notifications came back there is not known, so they stay closed": (
        "HUMAN_AGENT est ouverte à tout développeur dont l'application a passé la revue, et le "
        "modèle d'avis client commence en bêta hors d'Europe et du Japon ; le jour où les "
        "notifications uniques y sont revenues n'est pas connu, donc elles y restent fermées"
    ),
    "the customer feedback template opens in Europe and Japan": (
        "le modèle d'avis client s'ouvre en Europe et au Japon"
    ),
    "recurring notifications begin; one-time notifications are counted as restored in Europe "
    "and Japan, where the platform's lists of limits no longer name them": (
        "les notifications récurrentes commencent ; les notifications uniques sont comptées "
        "comme rétablies en Europe et au Japon, où les listes de limites de la plateforme ne "
        "les nomment plus"
    ),
    "sender actions, audio, video and file messages and the persistent menu are counted as "
    "restored in Europe and Japan; personas stay closed there": (
        "les signes de frappe et de lecture, les messages audio, vidéo et fichiers et le menu "
        "permanent sont comptés comme rétablis en Europe et au Japon ; les personas y restent "
        "fermées"
    ),
    "the frequency that a person agreed to with a recurring notification means nothing any more": (
        "la fréquence que la personne a acceptée avec une notification récurrente ne veut plus "
        "rien dire"
    ),
    "recurring notifications are called marketing messages from now on, with the same API": (
        "les notifications récurrentes s'appellent désormais messages marketing, avec la même API"
    ),
    "the agreements to recurring notifications no longer expire; one that had ended before "
    "stays ended": (
        "les accords pour des notifications récurrentes n'expirent plus ; celui qui avait pris "
        "fin avant le reste"
    ),
    "personas come back to Europe and Japan": "les personas reviennent en Europe et au Japon",
    "sponsored messages are counted as ended, since one vendor saw the ad type removed in May "
    "2024; for promotion nothing takes their place before the Marketing Message API of "
    "2025-07-01": (
        "les messages sponsorisés sont comptés comme terminés, car un fournisseur a vu ce type de "
        "publicité retiré en mai 2024 ; rien ne les remplace pour la promotion avant la Marketing "
        "Message API du 2025-07-01"
    ),
    "the paid Marketing Message API opens to technology providers, for businesses in some "
    "countries; it is no part of the Send API": (
        "la Marketing Message API payante s'ouvre aux fournisseurs de technologie, pour les "
        "entreprises de certains pays ; elle n'est pas une partie de l'API d'envoi"
    ),
    "utility templates begin as an open beta in the United States, Vietnam, Thailand and the "
    "Philippines": (
        "les modèles utilitaires commencent en bêta ouverte aux États-Unis, au Viêt Nam, en "
        "Thaïlande et aux Philippines"
    ),
    "two recurring notifications to one person lie 48 hours apart, and no new business may "
    "begin with them": (
        "deux notifications récurrentes à une même personne sont séparées de 48 heures, et "
        "aucune nouvelle entreprise ne peut s'y mettre"
    ),
    "recurring notifications end except in Australia, the European Union, Japan, South Korea "
    "and the United Kingdom": (
        "les notifications récurrentes prennent fin, sauf en Australie, dans l'Union "
        "européenne, au Japon, en Corée du Sud et au Royaume-Uni"
    ),
    "the platform refuses CONFIRMED_EVENT_UPDATE, POST_PURCHASE_UPDATE and ACCOUNT_UPDATE, "
    "inside the window too": (
        "la plateforme refuse CONFIRMED_EVENT_UPDATE, POST_PURCHASE_UPDATE et ACCOUNT_UPDATE, "
        "dans la fenêtre aussi"
    ),
    "the window may last up to seven days from the first message that follows a click on a "
    "click-to-Messenger ad; which conversations have it is not told, so it is off until the "
    "settings count on it": (
        "la fenêtre peut durer jusqu'à sept jours à partir du premier message qui suit un clic "
        "sur une publicité click-to-Messenger ; quelles conversations l'ont n'est pas dit, "
        "donc elle ne compte pas tant que les réglages n'y comptent pas"
    ),
    # -- what a ground may carry and may not
    "what is personal to the one who gets it and promotes nothing": (
        "ce qui est propre à la personne et ne fait la promotion de rien"
    ),
    "deals, offers, coupons, discounts or any other promotion": (
        "bonnes affaires, offres, bons, remises ou toute autre promotion"
    ),
    "a reminder of a class, an appointment or an event that the person booked": (
        "le rappel d'un cours, d'un rendez-vous ou d'un événement que la personne a réservé"
    ),
    "the confirmation of a reservation or of an accepted invitation": (
        "la confirmation d'une réservation ou d'une invitation acceptée"
    ),
    "the state of their transport or trip, such as an arrival, a cancellation or late luggage": (
        "l'état de leur transport ou voyage, comme une arrivée, une annulation ou un bagage en "
        "retard"
    ),
    "an event that the person did not sign up for, or a reminder to buy tickets": (
        "un événement auquel la personne ne s'est pas inscrite, ou un rappel d'acheter des billets"
    ),
    "an event that is over": "un événement passé",
    "a survey, a poll or a request for a review that belongs to no earlier conversation": (
        "un sondage, un vote ou une demande d'avis sans lien avec une conversation antérieure"
    ),
    "the confirmation of a purchase, such as an invoice or a receipt": (
        "la confirmation d'un achat, comme une facture ou un reçu"
    ),
    "where a shipment is": "où en est un envoi",
    "a change to an order that the person has to act on, such as a declined card or a back-order": (
        "un changement de commande qui demande une action, comme une carte refusée ou une rupture "
        "de stock"
    ),
    "further products (cross-selling, upselling)": (
        "d'autres produits (vente croisée, montée en gamme)"
    ),
    "a change in an application, such as for a card or a job": (
        "un changement dans un dossier, comme une demande de carte ou d'emploi"
    ),
    "a warning of suspicious activity or of fraud": (
        "l'alerte d'une activité suspecte ou d'une fraude"
    ),
    "content that comes again and again, such as a statement that is ready, a bill that is due "
    "or new job listings": (
        "ce qui revient régulièrement, comme un relevé prêt, une facture due ou de nouvelles "
        "offres d'emploi"
    ),
    "a person's answer to a question that could not be settled inside the window": (
        "la réponse d'un humain à une question qui n'a pas pu être réglée dans la fenêtre"
    ),
    "automated messages": "des messages automatiques",
    "what the question was not about": "ce dont la question ne parlait pas",
    "one message of any shape": "un seul message, de toute forme",
    "an answer to another Page's comment": "une réponse au commentaire d'une autre Page",
    "promotion to people who have a conversation with the Page, labelled as sponsored": (
        "de la promotion aux personnes qui ont une conversation avec la Page, marquée comme "
        "sponsorisée"
    ),
    "ads to a list of people that serves to let them unsubscribe": (
        "des publicités à une liste de personnes qui sert à les désabonner"
    ),
    "one message on the topic that the person agreed to, promotional or not, such as a restock, "
    "a launch or a price drop": (
        "un message sur le sujet que la personne a accepté, promotionnel ou non, comme un retour "
        "en stock, un lancement ou une baisse de prix"
    ),
    "requests inside the window only, with a title of 65 characters at most": (
        "des demandes dans la fenêtre seulement, avec un titre de 65 caractères au plus"
    ),
    "another topic than the one agreed to, or words that mislead about it": (
        "un autre sujet que celui accepté, ou des mots qui trompent à son propos"
    ),
    "money or what is worth money for agreeing (some copies of the page leave this out; the "
    "guard's linter keeps it)": (
        "de l'argent ou ce qui en vaut contre l'accord (des copies de la page l'omettent ; le "
        "vérificateur du gardien s'y tient)"
    ),
    "news of Pages in the news index": "les nouvelles des Pages de l'index d'actualités",
    "offers to subscribe, deals, and branded or affiliate content": (
        "offres d'abonnement, bonnes affaires, contenu de marque ou affilié"
    ),
    "a survey after a purchase, of an event or of a product, in the customer feedback template": (
        "une enquête après un achat, sur un événement ou un produit, dans le modèle d'avis client"
    ),
    "a message of any other shape": "un message de toute autre forme",
    "messages on the topic that the person agreed to, promotional or not": (
        "des messages sur le sujet que la personne a accepté, promotionnels ou non"
    ),
    "a second request for the same topic, or more than one request a week with the same title to "
    "one person": (
        "une deuxième demande pour le même sujet, ou plus d'une demande par semaine du même titre "
        "à une personne"
    ),
    "a request outside the window": "une demande hors de la fenêtre",
    "an update in a template of the Page that the platform approved, with only its parameters "
    "filled in": (
        "une information dans un modèle de la Page approuvé par la plateforme, dont seuls les "
        "paramètres sont remplis"
    ),
    "marketing, sensitive identifiers or threats": (
        "du marketing, des identifiants sensibles ou des menaces"
    ),
    # -- notes
    "who agrees by Facebook Login (`login_id`) is owed one message within 24 hours, and no tag "
    "may be used for it; this guard knows no `login_id` and sends none": (
        "qui accepte par Facebook Login (`login_id`) a droit à un message dans les 24 heures, sans "
        "étiquette ; ce gardien ne connaît pas `login_id` et n'en envoie pas"
    ),
    "a token is used up even where it is spent inside the window, and what is sent with it opens "
    "no window": (
        "un jeton est consommé même dans la fenêtre, et ce qui est envoyé avec lui n'ouvre aucune "
        "fenêtre"
    ),
    "how many requests one person may get is not stated, only that too much negative feedback "
    "ends the permission": (
        "combien de demandes une personne peut recevoir n'est pas dit, seulement que trop de "
        "retours négatifs met fin à la permission"
    ),
    "messaging apps had to verify their business by 2022-07-19": (
        "les applications de messagerie devaient faire vérifier leur entreprise avant le 2022-07-19"
    ),
    "since 2023-01-31 up to three follow-ups may come with an agreement, all within two minutes "
    "of the first": (
        "depuis le 2023-01-31, un accord permet jusqu'à trois suites, toutes dans les deux minutes "
        "de la première"
    ),
    "how many utility messages a Page may send, and which errors it gets, is not stated": (
        "combien de messages utilitaires une Page peut envoyer, et quelles erreurs elle reçoit, "
        "n'est pas dit"
    ),
    "utility templates may hold an image since 2025-09-29": (
        "les modèles utilitaires peuvent contenir une image depuis le 2025-09-29"
    ),
    "parameters of utility templates may have names since 2026-03-06": (
        "les paramètres des modèles utilitaires peuvent avoir des noms depuis le 2026-03-06"
    ),
    "since 2026-06-25 the error 10/1893063 tells that a Page may not send for a time": (
        "depuis le 2026-06-25, l'erreur 10/1893063 dit qu'une Page ne peut envoyer pour un temps"
    ),
    "since 2026-06-30 several images may be sent as one grid": (
        "depuis le 2026-06-30, plusieurs images peuvent partir en une grille"
    ),
    "since 2026-08-30 a sticker comes in only as an attachment of the type `sticker`": (
        "depuis le 2026-08-30, un autocollant n'arrive que comme pièce jointe du type `sticker`"
    ),
    "five of the old tags have no successor (BUSINESS_PRODUCTIVITY, COMMUNITY_ALERT, "
    "FEATURE_FUNCTIONALITY_UPDATE, GAME_EVENT, PAIRING_UPDATE), so no purpose of ours maps "
    "to them": (
        "cinq des anciennes étiquettes n'ont pas de successeur (BUSINESS_PRODUCTIVITY, "
        "COMMUNITY_ALERT, FEATURE_FUNCTIONALITY_UPDATE, GAME_EVENT, PAIRING_UPDATE), donc "
        "aucun de nos buts ne leur répond"
    ),
    "from 2018-02-19 on a person known only by a checkbox's `user_ref` gives no read, "
    "delivery or echo events": (
        "depuis le 2018-02-19, une personne connue seulement par le `user_ref` d'une case à "
        "cocher ne donne ni lecture, ni remise, ni écho"
    ),
    "the rules of 2020 are announced, first for 2020-01-15, on 2019-12-20 moved to 2020-03-04": (
        "les règles de 2020 sont annoncées, d'abord pour le 2020-01-15, puis, le 2019-12-20, "
        "repoussées au 2020-03-04"
    ),
    "the legacy sponsored message and broadcast APIs end on this day or on 2020-03-04 (two "
    "pages differ); neither was ever used here": (
        "les anciennes API de messages sponsorisés et de diffusion finissent ce jour ou le "
        "2020-03-04 (deux pages diffèrent) ; aucune n'a jamais servi ici"
    ),
    "a Page with an administrator in Europe is under the limits too, which only the operator "
    "knows; the Page's region is then set to `EEA`": (
        "une Page qui a un administrateur en Europe est aussi sous ces limites, ce que seul "
        "l'exploitant sait ; la région de la Page se règle alors sur `EEA`"
    ),
    "plugins, profile pictures, incoming attachments and most postbacks are cut as well, so "
    "that what opens a window may never be told": (
        "les modules, les photos de profil, les pièces jointes reçues et la plupart des "
        "postbacks sont coupés aussi, si bien que ce qui ouvre une fenêtre peut n'être jamais "
        "dit"
    ),
    "on 2021-04-20 the events of plugins and of m.me links come back": (
        "le 2021-04-20, les événements des modules et des liens m.me reviennent"
    ),
    "whether an app that was approved in the beta of HUMAN_AGENT has to apply once more is told "
    "in two ways (the changelog says yes, the Send API page no); the Page's approval is the "
    "proof": (
        "si une application approuvée dans la bêta de HUMAN_AGENT doit redemander l'approbation "
        "se lit de deux façons (oui dans le journal des changements, non sur la page de l'API "
        "d'envoi) ; l'approbation de la Page fait foi"
    ),
    "every Page may take part in the beta of the customer feedback template, since nothing read "
    "says how to be approved for it": (
        "toute Page peut prendre part à la bêta du modèle d'avis client, puisque rien de ce qui a "
        "été lu ne dit comment y être approuvé"
    ),
    "the template and its tag are not taken before 2022-05-19": (
        "le modèle et son étiquette ne sont pas pris avant le 2022-05-19"
    ),
    "the events of clicks on click-to-Messenger ads come back to Europe and Japan on this day": (
        "les événements des clics sur une publicité click-to-Messenger reviennent ce jour en "
        "Europe et au Japon"
    ),
    "custom labels come back there too; this guard uses none": (
        "les étiquettes personnalisées y reviennent aussi ; ce garde n'en utilise aucune"
    ),
    "since 2026-06-11 a person is unsubscribed from the Marketing Message API by an endpoint of "
    "the Page; this guard does not speak that API": (
        "depuis le 2026-06-11, une personne se désabonne de la Marketing Message API par un point "
        "d'accès de la Page ; ce garde ne parle pas cette API"
    ),
    "some features had come back to Europe and Japan on 2021-08-10 already": (
        "certaines fonctions étaient revenues en Europe et au Japon dès le 2021-08-10"
    ),
    "read, delivery and reaction events had come back to Europe and Japan on 2022-04-19": (
        "les événements de lecture, de remise et de réaction étaient revenus en Europe et au "
        "Japon le 2022-04-19"
    ),
    "one page names 2023-01-31 for it, the changelog this day; the frequency counts until the "
    "later": (
        "une page nomme pour cela le 2023-01-31, le journal des changements ce jour-ci ; la "
        "fréquence compte jusqu'au plus tardif"
    ),
    "since 2023-01-31 the list of agreements tells when the next message may go "
    "(`next_eligible_time`); this guard counts the gap itself": (
        "depuis le 2023-01-31, la liste des accords dit quand le prochain message peut partir "
        "(`next_eligible_time`) ; ce garde compte l'écart lui-même"
    ),
    "comments in groups may be answered in private from this day on, comments on reels from "
    "2023-10-12 on": (
        "les commentaires dans les groupes peuvent recevoir une réponse privée dès ce jour, "
        "ceux des reels dès le 2023-10-12"
    ),
    "support for the sponsored messages that were there ends, as the same vendor says": (
        "le support des messages sponsorisés qui existaient prend fin, comme le dit le même "
        "fournisseur"
    ),
    "the platform's policy still describes sponsored messages, with no word of an end": (
        "la politique de la plateforme décrit toujours les messages sponsorisés, sans un mot d'une "
        "fin"
    ),
    "the chat plugin, one way into a conversation, was switched off on 2024-05-09": (
        "le module de discussion, une des entrées d'une conversation, a été éteint le 2024-05-09"
    ),
    "the end had been planned for 2026-01-12 at first": (
        "la fin avait d'abord été prévue pour le 2026-01-12"
    ),
    "a Page's restrictions can be read from the platform since 2026-01-30": (
        "les restrictions d'une Page se lisent auprès de la plateforme depuis le 2026-01-30"
    ),
    "it is counted from `settings.ad_click_window`, 24 hours by default; the platform's own "
    "error about a closed window is the truth": (
        "elle se compte selon `settings.ad_click_window`, 24 heures par défaut ; l'erreur de "
        "la plateforme sur une fenêtre fermée dit la vérité"
    ),
    # -- switches: what is assumed, and what turning it on assumes instead
    "an m.me link without `ref` into an existing conversation opens nothing": (
        "un lien m.me sans `ref` vers une conversation existante n'ouvre rien"
    ),
    "it opens the standard messaging window": "cela ouvre la fenêtre de messagerie standard",
    "a comment on the Page gives one private reply and opens nothing": (
        "un commentaire sur la Page donne droit à une réponse privée et n'ouvre rien"
    ),
    "it opens the standard messaging window, as one page of the platform lists it": (
        "cela ouvre la fenêtre de messagerie standard, comme le liste une page de la plateforme"
    ),
    "editing a message opens nothing": "modifier un message n'ouvre rien",
    "taking a reaction back opens nothing": "retirer une réaction n'ouvre rien",
    'a tap on "Notify me" opens nothing': "l'appui sur « Notify me » n'ouvre rien",
    "the list of limits that was read does not name message tags, so they stay": (
        "la liste des limites qui a été lue ne nomme pas les étiquettes de message, donc elles "
        "restent"
    ),
    "message tags are closed where the limits apply": (
        "les étiquettes de message sont fermées là où les limites valent"
    ),
    "sender actions, audio, video and file messages and the persistent menu stay closed in "
    "Europe and Japan until the lists of limits no longer name them, 2022-06-30": (
        "les signes de frappe et de lecture, les messages audio, vidéo et fichiers et le menu "
        "permanent restent fermés en Europe et au Japon jusqu'à ce que les listes de limites "
        "ne les nomment plus, le 2022-06-30"
    ),
    "they are open from 2021-04-13 on": "ils sont ouverts dès le 2021-04-13",
    "one-time notifications stay closed in Europe and Japan until 2022-05-19": (
        "les notifications uniques restent fermées en Europe et au Japon jusqu'au 2022-05-19"
    ),
    "they are open there from 2021-06-02 on": "elles y sont ouvertes dès le 2021-06-02",
    "sponsored messages have ended, as one vendor says": (
        "les messages sponsorisés sont terminés, comme le dit un fournisseur"
    ),
    "they are still taken, as the platform's policy page describes them": (
        "ils sont toujours pris, comme la page de politique de la plateforme les décrit"
    ),
    "utility templates are open only where their beta began; nothing read says where else": (
        "les modèles utilitaires ne sont ouverts que là où leur bêta a commencé ; rien de ce "
        "qui a été lu ne dit où ailleurs"
    ),
    "they are open everywhere, so that the platform's approval of a template is the proof": (
        "ils sont ouverts partout, si bien que l'approbation d'un modèle par la plateforme fait foi"
    ),
    "the three update tags are accepted until the day the platform names, 2026-04-27": (
        "les trois étiquettes d'information sont acceptées jusqu'au jour que nomme la "
        "plateforme, le 2026-04-27"
    ),
    "they are refused from 2026-02-10 on, when users saw them called deprecated": (
        "elles sont refusées dès le 2026-02-10, quand des utilisateurs les ont vues dites obsolètes"
    ),
    "one-time notifications are still offered, as the platform's policy lists them": (
        "les notifications uniques sont toujours proposées, comme les liste la politique de la "
        "plateforme"
    ),
    "they are not offered any more": "elles ne sont plus proposées",
    "CUSTOMER_FEEDBACK is not among the tags that end, so it stays": (
        "CUSTOMER_FEEDBACK n'est pas parmi les étiquettes qui finissent, donc elle reste"
    ),
    "linking an account, or ending the link, opens nothing": (
        "relier un compte, ou défaire ce lien, n'ouvre rien"
    ),
    "filling in a feedback form or rating an answer opens nothing": (
        "remplir un formulaire d'avis ou noter une réponse n'ouvre rien"
    ),
    "the news tag goes on for Pages of the news index, although the page on sending calls it "
    "under development": (
        "l'étiquette d'actualités continue pour les Pages de l'index d'actualités, bien que la "
        "page sur l'envoi la dise en développement"
    ),
    "the platform refuses it": "la plateforme la refuse",
    "recurring notifications go on where they were left open on 2026-02-10": (
        "les notifications récurrentes continuent là où elles sont restées ouvertes le 2026-02-10"
    ),
    "the platform refuses it too": "la plateforme la refuse aussi",
}
