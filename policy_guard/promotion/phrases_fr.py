"""French phrases by cue, without accents, in the notation of `phrases`."""

from __future__ import annotations

SETS: dict[str, str] = {
    "seller_thing": (
        "livraison|port|cadeau|echantillon*|dessert|cafe|boisson*|mois|semaine|semestre|"
        "trimestre|seance|seances|cours|sac|etui|installation|montage|parking|petit|dejeuner|"
        "ecouteurs|massage|nuit|consultation|etude|bilan|estimation|essai|entree|verre|devis|"
        "premier|premiere|deuxieme|troisieme|second|seconde|cadre|affiche|calendrier|"
        "diagnostic|initiation|accessoire*"
    ),
    "paid_plan": (
        "premium|pro|plus|or|gold|platine|vip|illimite*|famille|max|superieur*|suite|fibre|"
        "affaires|forfait|formule|carte|prime"
    ),
    "buy_verb": (
        "achetez|commandez|craquez|foncez|precommandez|magasinez|shoppez|succombez|adoptez|"
        "rachetez|recommandez|procurez|precipitez|ruez"
    ),
    "goods": (
        "collection|gamme|arrivage*|carte|menu|modele*|telephone|formation|formule|offre|"
        "edition|produit*|service|saison|ligne|boutique|magasin|rouge|parfum|creme|soin|"
        "coffret|abonnement|compte|livret|roman|album|jeu|robe|chaussure*|basket*|magazine|"
        "bilan|livre|tee|tenue*|friandise*|console|smartphone|appli|voiture|hybride|"
        "programme|pass|forfait|mur|nouveaute*"
    ),
}

PHRASES: dict[str, str] = {
    "discount": """
est|sont gratis
livraison|installation|port est|sont offerte|offert|gratis|paye|payee
deux|double|<number> fois plus de|d
double la mise
meme prix
le deuxieme|second est|sont offert|offerte|gratuit|gratuite|gratis
<number> e est|sont offert|offerte|gratuit|gratuite|gratis
<cut>
reduction|reductions|remise|remises|rabais|ristourne|ristournes
<percent> de moins|reduction|remise|rabais|bonus|economie*
<percent> moins cher
moins cher que|si|des|jamais
moins chers|chere|cheres
moitie prix
a|prix moitie
demi tarif
un tiers|quart de moins
de moins
economisez|economiser|epargnez
d economie|economies
quelle economie
jusqu a <percent>|<money>
au lieu de
prix|tarif|tarifs reduit|reduits|casse|casses|choc|doux|mini|barre
prix|tarif|tarifs barres|fou|fous|imbattable*|brade|brades|sacrifie*
petit|petits|meilleur|meilleurs|mini|bas prix|tarif|tarifs
prix chutent|baissent|fondent|degringolent|en baisse
prix ... baissent
baisse de prix
baisse|baisser|baissent de <percent>
brade|brades|bradee|bradees
perdent|perd jusqu
payez moins
moins vous payez
payez|paie|payer ... que|en
frais|commission offerts|offerte
sans|pas|zero de? frais|commission d? inscription|dossier|ouverture
pas|sans frais d inscription|ouverture
zero commission
ne payez rien
rien a payer avant
reduisez votre
allegez
bon marche
n payez|en que
<money> economises|gagnes|epargnes
<money> de gagnes
premier|deuxieme ... <percent>
tarif|tarifs|prix allege|alleges
prix ont baisse
prix a baisse
article ... baisse
desormais <money>
moins qu un|une
coute|coutent|couterait moins|peu
cout|coute moins
tombe|tombent|descend|descendent|passe|passent a <money>
frais ... disparaissent|oublies
oublions les
un dixieme|cinquieme de
des moins que
frais de vente|port disparaissent|offerts
s aligne
echappez a
deja remises|remisees
sous les <money>
demarque|demarques|demarquee|demarquees
ne coute|coutent rien
mois payes sur
prix d ami
prix coutant
remise|reduction immediate
des prix
<money> en moins
moins cher|chere|chers|cheres
en rabais
vous gagneriez|gagnez|economisez|economiseriez <money>
perd <money>
prix casse|casses
le prix ... a baisse
prix bas|mini
""",
    "sale": """
soldes commencent|demarrent|arrivent|continuent|sont|c|d|debutent|finissent|se|jusqu
c est les soldes
ventes|vente privee|privees|flash
braderie|bradeurs
liquidation|destockage
demarque|demarques
tout doit disparaitre|partir
doit disparaitre|partir
black friday|week
cyber monday|lundi
french days
vendredi fou|noir
semaine|vendredi noire|noir|fou
foire aux
promos|promotions de la|du|sur|jusqu|en
les|nos|grandes promos|promotions
en promotion|promo|solde|soldes
promo|promotion sur|exceptionnelle|du
quinzaine commerciale
jours fous
aubaine|aubaines
solde de sieges
nos|grandes soldes
derniere|deuxieme|premiere|seconde demarque
promo|promos flash
en rabais
solde d inventaire
grand|grande|grandes nettoyage|braderie|vente|soldes|liquidation
vente exclusive|d|du|de
jours de bonnes affaires
^ soldes
tout est reduit|solde|brade
on vide tout
""",
    "coupon": """
avec|utilisez|entrez|saisissez|tapez|code le? code|promo|avantage
code promo|reduction|avantage|privilege
le code <coupon>
avec <coupon>
<coupon>
coupon|coupons
votre|un|mon bon de|d reduction|achat|surprise
bon|bons d achat
bon|bons de reduction
bon surprise
carte|cartes cadeau|cadeaux
bons|bon cadeau|cadeaux
cheque|cheques cadeau|cadeaux
cashback
<money> rembourses
remboursement de <money> pour
presentez|montrez ce message
<money> de|en credit|bon|cadeau
<money> offerts
<money> a depenser
cagnotte|cagnottez
bon de <money>
il vous reste un bon
carte cadeau|cadeaux de|a|pour
cheque cadeau
remise en caisse
code de <percent>|<money>
code <coupon>
""",
    "offer": """
offre|offres speciale|speciales|limitee|exclusive|exclusives|eclair
offre|offres flash|unique|exceptionnelle*|decouverte|privilegiee
offre|offres du|de|bienvenue|irresistible*|s|se|valable|jusqu|prend|expire|lancement
meilleures|nos|notre|cette|belle|belles|super offre|offres
l offre se? s? arrete|termine|expire|prend|finit
offres a|pour|sur
voyez|decouvrez|voir nos offres
profitez|profiter|beneficiez de|d|en
profitez
en profiter
bon|bons plan|plans
bonne|bonnes affaire|affaires
l affaire
tarif|tarifs leve|lancement|preferentiel|prefere|special|reduit|de
tarif|tarifs de lancement
tarif leve tot
reservez tot
happy hour
le|la|les pack|duo|coffret|bouquet ... a <money>
deal|deals
avantage|avantages exclusif*|membre*|fidelite
bonus de|credit
prolongeons l offre
special du jour
offre de bienvenue
bonnes|bonne affaires|affaire
l offre d ete|hiver|automne|printemps|noel|rentree
tout compris
tout inclus
formule a <money>
bons plans
nos bons
""",
    "multibuy": """
<number>|un|une|deux|trois|quatre|cinq achete|achetes|achetee|achetees|identique*
achete|achetes|achetee|achetees ... offert|offerts|offerte|offertes|gratuit
achete|achetes|achetee|achetees ... gratuits|gratuite|ajoute*|cadeau
pour le prix de|d
au prix de|d un|une|deux|trois|quatre|<number>
<number>|deux|trois pour le|<number>|<money>
deux|deuxieme|seconde|second|troisieme ... offert|offerte|gratuit|gratuite
deux|deuxieme|seconde|second|troisieme ... moitie|cadeau|<money>|<percent>
points doubles|triples
double vos|les|gemmes|points
doublez
compte double|deux|triple
la moins chere
payez en que|<number>
n en payez
payez que
<number> pour <money>
<number> acheter
recevez le double
le double
plus vous
<number> ... a|pour <money>
deux|trois|quatre|lot pour|a <money>
deux pour un|une
miles|points comptent double|triple
deuxieme|troisieme|second|seconde ... ne coute
on double
payes sur
<number> pour <number>
deux|trois pour un|deux
""",
    "gift": """
@seller_thing est|sont|vous? est? offert|offerts|offerte|offertes|gratuit|gratuite|cadeau
@seller_thing offert|offerts|offerte|offertes
livraison gratuite sur|pour|ce|des|cette|a|avec
livraison|port est? offerte|offert|offerts
livraison illimitee
offert|offerts|offerte|offertes des|pour|avec|a|jusqu|sur|ce|si|cette
vous est|sont offert|offerts|offerte|offertes
<money> offerts
en cadeau
cadeau de|d bienvenue
est|c cadeau
est pour nous
sont pour nous
un|votre|vos|le cadeau|cadeaux
cadeau a|vous|pour
un|deux|trois|premier|<number> mois gratuit|gratuits|offert|offerts
mois|semaine|seance|cours|jours gratuit|gratuite|gratuits|offert|offerte|offerts
gratuit|gratuite|gratuits|gratuitement pour|pendant|avec|des|jusqu
mangent|voyagent|entrent|dorment gratuitement|gratis
enfant|ami|accompagnant|seance gratuit|gratuite
sa seance est gratuite
est gratuite|gratuit
nous vous offrons
nous ... offrons
on vous offre
vous offre|offrons
offrez un|une|vous|lui|leur|la|le|des
joli|beau|parfait|super|bon|ideal cadeau
font|fait|feraient|ferait ... plaisir|cadeau
cadeau qui|ideal
idee|idees cadeau|cadeaux
recevez un|une|le|des|votre|<money>|<percent>|tout
repartez avec
en bonus
premier|premiere ... gratuit|gratuite|offert|offerte
le prochain|prochaine ... gratuit|gratuite|offert|offerte
prochain gratuit
voici <money>|<percent>
on glisse
nous glissons
barbe|four|petit|montage|livraison ... compris|comprise|incluse|inclus
est compris
pour chaque nouveau|nouvelle
un dessert vous attend
nous ajoutons
c est vous qui recevez
livraison gratuite ce|cette|sur|des|pour|aujourd|avec
<number> jours|mois gratuits|offerts|pour rien
pour rien
est|sont offert|offerts|offerte|offertes des|ce|jusqu|pour|avec|si|a partir
pour nous !
cartons|petit|parking|vin|champagne|pose|montage compris|inclus|comprise|incluse
vous repartez avec
prochain|prochaine ... gratuit|gratuite|offert|offerte|cadeau
peut|sera etre? gratuit|gratuite
sur la maison
raccordement|installation|inscription ne coute rien
""",
    "buy_now": """
commande ta|ton|tes|vite|avant
magasinez|magasine
@buy_verb
reservez vite|maintenant|des|avant|votre|vos|le|la|en|sans|direct|tot
reservez ... vite
a saisir
saisissez l|cette|la
ne tardez|passez|ratez|manquez|attendez pas|plus
filez
ajoutez la|le|les au|a
au|dans votre? panier
on les|l|le|la ajoute
rejoint votre panier
en un clic
a un clic
d un clic
prenez vos|votre|les|la places|place|billets|billet|votre
prenez la votre
soyez le|parmi les|la premier|premiers|premiere
a adopter
faites vous plaisir
faites le plein
le plein de
demandez la|le votre
le|la|les votre|votres
commandez|reservez|prenez|demandez le|la|les votre|votres
equipez votre|vous
louez
craquer
je vous les|le|la reserve
repondez oui et|pour
inscrivez le|la vite
offrez vous
venez faire
procurer
acheter vos|votre
nouveaute* a
achetes ensemble
echangez|utilisez|depensez|convertissez|transformez les|vos|le
utilisez le
vendez chez
protegez
assurez aussi|votre
souscrivez
roulez en
envolez vous
changez de
telechargez la|notre
foncez
premier|premiers|premiere|premieres arrive|arrives|arrivee|arrivees
interesse|interessee|interesses ?
je vous en mets|garde|reserve
je vous le|la|les mets|garde
on fait votre
anticipez
renouvelez votre ... maintenant|et
commandee|commande aujourd
passez en caisse
prenez rendez
parlons de
prenez de l avance
changez votre
ne soyez pas le dernier
soyez les premiers
parlez de ce
montrez ce
suivez votre equipe
choisissez votre cadeau
repondez ... elle|il|et
^ voyagez|echangez|remplissez votre|vos|mieux|plus|a|le|leger|en
revenez terminer|finir|finaliser
finalisez votre
terminez votre achat|commande|reservation
pensez a reserver
reservez votre table
n est|sont plus? qu a un|une|deux
entrez|tapez|montrez <coupon>
""",
    "buy_soft": """
decouvrez|decouvrir
venez|passez nous|decouvrir|essayer|en|l|le|faire|chez|voir
venez
essayez le|la|les|notre|nos|un|une|famille
essayez
goutez
testez
on vous attend
vous attend|attendent
rendez vous en|sur|chez boutique|magasin|notre
en boutique|magasin|ligne
jetez un
laissez vous
et si vous
et vous
on va ou
trouvez
retrouvez
copiez
chaussez
commencez a|aujourd|des|maintenant
partez
fuyez
rejoignez
venez sentir|gouter|voir|tester|decouvrir
""",
    "upgrade": """
passez a|en|au|aux @paid_plan
passez a|en|au|aux l|la
passez|montez en|a gamme|suite|classe
passer en|a suite|premium|pro
et si vous passiez|voyagiez
surclassez|surclassement des|maintenant|pour
debloquez
changez de mobile|telephone|forfait
classe affaires
premiere classe pour
sans pub|publicite
plus d espace
siege confort
au large
coupe file
evitez la file
passez devant
formule|forfait premium|plus|pro|or|illimite*|max|famille|vip
en avance
illimite|illimitee|illimites|illimitees
grand format
mettez ... en avant
reprise de votre|ton
plus vite
forfait superieur
passer a|au un? forfait|formule|premium|superieur
""",
    "subscribe": """
abonnez vous
^ abonnez
inscrivez vous avant|maintenant|vite|des|et|a|pour|aujourd
inscrivez vous
rejoignez le|notre|nous|la
adherez
devenez membre|ami|adherent|abonne
devenez
si vous vous engagez
souscrivez
ouvrez le|votre|un compte|livret|dans|votre|epargne
ouverture d un compte
candidatez
activez les|vos offres
restez abonne
reserve|reserves|reservee aux|a abonnes|membres|l|nos
aux|pour abonnes|membres
lisez sans
avec la carte
carte liberte|avantage|club
abonnement a|des|annuel|pour
abonnements
programme de fidelite
club
infolettre
newsletter
obtenez votre|vos
membres|abonnes profitent|gagnent|economisent
soiree des membres
si vous renouvelez
renouvelez maintenant
l inscription ... <money>
carte cadeau
une|un deuxieme|seconde ligne|voiture
le|les bouquet|option
simulation|devis gratuit|gratuite|en
pass saison|premium|sport|voyage|trajets|annuel|cinema|famille
avec l abonnement
avec premium|plus|max|pro
adherez pour
adhesion|adhesions
on vous inscrit
""",
    "price_lure": """
des <money>
a partir de|d
a partir
pour|a <money> seulement|au|par
pour|a seulement <money>
seulement <money>
<money> seulement|en|l|le|la|les
a moins de
moins de <money>
<money> par|le|la|l
pour <money>
a <money>
pour un|<number> petit|petits
petits euros
a petit|petits prix
petit prix
prix|tarifs demarrent|a
credits demarrent
a bas prix
le premier prix
en <number> fois
sans frais
trois|quatre|dix fois sans
en trois|quatre|dix fois
meilleur rapport
rapport qualite
bon marche
moins cher
c est moins cher
<percent> de plus
<money> puis
puis <money>
valent <money>
des <number>
meilleurs tarifs
<money> l aller
presque tous sous
moins de|sous|des <money>
pour <money> du|de|l
au prix d|de un
<money> l|la|le
<number> plats <money>
deux plats <money>
a <number>|cinquante centimes
entrees|places|plats|tickets un|a|pour
""",
    "surcharge": """
<money> de plus
pour <money> de
pour <number>? centimes
avec ca pour
centimes
de plus par
en plus pour
? <money>
pour <money> ?
pour <number> petits
""",
    "add_on": """
ajoutez|ajouter
^ ajoutez
completez votre|vos|l
ca|cela|vous tente|dit
ca vous dit|tente|plairait
ca te|vous
va|vont|iraient|irait|ira bien|parfaitement|a|avec
irait|iraient a merveille
parfait|parfaits|parfaite|ideal|ideals avec|pour|votre
assorti|assortis|assortie|assorties
avec votre|ta|vos viande|plat|coupe|canape|commande|jean|prise|achat|tele
un|une petit|petite dessert|creux|faim|plaisir
protegez
puisque vous venez|etes|avez
profitez en pour
vous allez|partez au|a ... ajoutez
plus de cafe|litiere|croquettes
rechargez
et avec ca|cela
n oubliez pas d ajouter
pensez aussi|a ajouter
une voiture a
besoin d un|une
vol hotel
en plus pour
est il|elle protege|protegee|assure
touche a sa fin
fini les
votre ... merite|reclame|va|adore*
pensez a vos proches
^ completez|complete
pensez aussi|egalement a
avez vous pense a
serait|seraient superbe|superbes|parfait|parfaite|magnifique|magnifiques|ideal|belle|beau|jolie
serait|seraient parfaits|parfaites|sublime|sublimes dans|avec|sur|a
completez votre|la|le|vos look|tenue|salon|serie|collection|set|ensemble
pour aller avec
assorti|assortie a votre|vos
saviez vous que nous|la|le|l
il vous faudra
""",
    "recommend": """
pourrait|pourraient|pourra vous|te plaire|interesser|tenter
vous|te pourrait|pourraient|va|vont|allez|devrait plaire|adorer|aimer
va|vont|allez adorer|aimer|craquer
choisi|choisis|choisies|selectionne|selectionnes|selectionnees pour vous|toi
selection pour
nos|notre selection|suggestions|coups|conseils|favoris
suggestions
coup|coups de coeur
recommande|recommandes|recommandees pour vous
d apres|selon vos|votre derniers|achats|gouts|envies|dernier|dernieres
vous avez aime
parce que vous aimez
clients|clientes|personnes qui ont
ont aussi|egalement aime|achete|pris
souvent achetes
meilleures ventes
meilleur|meilleurs vendeur|vendeurs
tout le monde parle|attend|veut|s
dont tout le monde
votre panier vous|attend|est|s
oublie ... panier
laisse ... panier
dans votre panier
panier|selection|favoris|liste|envies|robes|prix|soldes ... attend|attendent
vous hesitez|craquez
encore hesitant
de votre liste est|sont
vos envies
que vous aimez vient|viennent
star
elu|elue produit
adopte par
ils sont deja
vous aviez regarde
vous avez regarde|consulte|vu
jetez un oeil
toujours envie
que vous suiviez
tendances
vos voisins
d autre regarde
le plus vendu
la plus vendue
preferes|preferees de
vous aimez les|le|la
vous a plu
vous ont plu
dentiste|coiffeur|coiffeurs la|le|les|vous? conseille|conseillent|recommande
conseillers|medecin|experts la|le|les|vous? conseille|conseillent|recommande
incontournables
montre|article|sac ... de votre liste
favoris|envies|articles ... partent|vend|vendent
nous avons|libraires|equipe choisi <number>|deux|trois|quatre|cinq|six
choisi <number>|deux|trois|quatre|cinq|six ... pour vous|votre
est|sont faite|fait|faites|faits pour le|la|votre|vos
beaucoup de|d clients|conducteurs|lecteurs|voyageurs ajoutent|prennent|choisissent
qui prend ... prend souvent|aussi
quelque chose dans votre sac|panier
panier n attendra|attend
vous irait|iraient encore|tres|si
""",
    "urgency": """
dernier|derniers|derniere|dernieres jour|jours|chance|heures|heure|minute|appel
dernier|derniers|derniere|dernieres rabais|tables|places|moment|ligne|occasion
aujourd hui seulement|uniquement
cette|ce semaine|week|mois
ce week end
cette semaine seulement|uniquement
ce mois ci
expire|expirent bientot|dimanche|demain|ce|le
vite
sans attendre|tarder
depechez
hatez
d urgence
plus que <number>|quelques|deux|trois|un|une
avant qu il|elle|ils|elles|on
avant que|rupture|la
avant la rupture|fin|hausse
il est|n pas trop tard
pas trop tard
trop tard
ne ratez|manquez|ratee
ne pas manquer|rater
pendant <number> h|heures|jours
pendant <time>
<number> h|heures|jours seulement|de|pour
ca part|partent vite
partent|part|partez vite
c est maintenant
c est le moment
un reveil
duree limitee
temps limite
offre|edition limitee
ne durent
dernieres heures
pour peu de temps
s eteint ce|demain|dans
jusqu a ce soir
j <number>
le prix aussi
fin de la vente
a vos agendas
des maintenant|aujourd
jusqu a minuit|ce
avant minuit|rupture|qu|que
offre|vente|prix|promo|promotion ... finit|expire|termine|arrete
tant qu il|elle|ils
tant que
ne tardez|attendez|ratez pas|plus
<money>|jours|heures|samedi|dimanche|hui|end|<percent> seulement
seulement !
pas pour longtemps
sans plus attendre
tant qu il en
peu de temps
c est samedi|dimanche|demain et
profitez en
prix|tarifs augmentent|montent|grimpent
les|nos prix|tarifs augmentent|montent|grimpent
inscriptions|reservations ... ferment|terminent
avant qu ... parte|expire
tarif|prix s arrete|arretent|finit
dernier jour a|au|pour l|le|nos
ce sera|coutera plus cher
""",
    "deadline": """
avant minuit|dimanche|jeudi|vendredi|samedi|lundi|mardi|mercredi|le|la fin|midi|tout|qu|ce
jusqu a|au minuit|dimanche|lundi|jeudi|vendredi|samedi|<number>
jusqu a|au paques|noel|epuisement|la|mardi|mercredi
jusqu en
finit|finissent|expire|expirent
s arrete|arretent|termine|acheve
se termine|terminent ce|dimanche|demain|bientot|a
ce soir
des maintenant|aujourd|ce|demain|lundi
des ce|lundi
le moment de|d|ou
commence|commencent|demarre|demarrent demain|aujourd|ce
bientot
tant que|qu
maintenant
uniquement
""",
    "scarcity": """
plus que <number>|quelques|deux|trois|un|une
il n? en? reste que|plus
ne reste que|plus
reste que
n en reste
stock|stocks limite|limites|limitee|fond|fondent
limite des stocks
limite de stock
dernieres|derniers places|pieces|exemplaires|tables|articles|billets|chambres
presque complet|epuise|epuises|epuisee|epuisees|fini|parti
bientot complet|epuise|epuises|fini
quelques places|billets|chambres|exemplaires
places limitees|sont|comptees|partent|vite
<number>|en places|exemplaires|chambres seulement|disponibles|et|limitee|limites
exemplaires
en edition
edition limitee|limitees
avant rupture|epuisement
la rupture
pas un de plus
pour tout le monde
partent|part vite
deja partis|parti|vendus|vendu|reserves
<percent> deja|des
jusqu a epuisement
premier arrive premier
etait vendu
de retour
il s etait
fins de serie
fin de serie
et il|elle file|s
peu de couverts|places|tables|exemplaires
quelques couverts|tables
exemplaires numerotes
^ derniers|dernieres billets|places|pieces|jours
creneaux <money>
""",
    "launch": """
^ nouveau le|la|les|l
vendredi fou
notre|nos|la|le nouvelle|nouveau|nouvel|nouveaux|nouvelles|toute
decouvrez notre|nos|la|le|les|l
vient|viennent d|de arriver|sortir|ouvrir|etre|debarquer|paraitre|entrer|mises
debarque|debarquent
sort|sortent le|mardi|vendredi|ce|a|demain|en
en avant premiere
avant premiere
bientot disponible
disponible des
lancement
tout nouveau
toute nouvelle
tout neuf
en kiosque
a la carte
mise en ligne|vente
mises en ligne
en vente
enfin disponible|en|la
disponible reservez
entre|entrer sur le marche
chez nous
en rayon
enfin la|revenu|revenue|de
est enfin
sont rentrees|rentres|arrivees|la
fait son retour
qui revient
des lundi notre|nos
inauguration
est|sont enfin|la !|arrive
est la !
est|sont enfin
est|sont la|enfin
^ nouveau chez
est arrive !
sont arrives !
est de retour
font|fait leur|son entree|retour
nouveautes du|de|sont|chez|chaque
precommandes ouvertes
precommande|precommandes des|maintenant|ouverte
voici ... le|la|l|notre
a voir avec|sur
est a la boutique
toit|boutique|bar ouvre !
nous rouvrons|ouvrons
nouvelle|nouveaux carte|prix|saveurs|menus
a la demande generale
boutique|librairie|magasin|rayon ... recu|recoit de|ses|nos|des
vient|viennent de recevoir
a recu de|ses nouvelles|nouveaux
fibre arrive|est dans
passez a|au la|une|tres|ligne|haut|fibre
boutique|librairie|magasin|rayon ... a|ont de nouveaux|nouvelles
""",
    "newness": """
est|sont arrive|arrivee|arrives|arrivees
la nouvelle
^ nouveau|nouvelle|nouveaux|nouveaute
arrive|arrivent en|dans|enfin|!|chez
revient|reviennent
nouvelle|nouveau|nouvel|nouveaux|nouvelles @goods
en ligne
disponible a
""",
    "exclusive": """
rien que|pour pour? vous
que pour vous
reserve|reservee|reserves aux|a|pour
acces reserve|anticipe|prioritaire
vip
privilege|privileges|privilegie|privilegies
fidele|fideles|fidelite
merci pour|de votre fidelite
en priorite
selectionne|selectionnee pour
vous etes eligible|invite|invitee
avant tout le monde
on a pense a
pense a vous
prive|privee|privees
choisi|choisis|choisies pour vous
offre|vente|soiree|acces|avantage|cadeau exclusive|exclusif|exclusifs|privee|prive
""",
    "loyalty": """
gagnez|cumulez|doublez|echangez ... points|miles|vignettes|tampons
depensez|utilisez|collectionnez|transformez ... points|miles|vignettes|tampons
points|miles|euros expirent|valent|dorment|doubles|offerts|vous
gagnez <number>|<money>|un|une
plus qu un|une
encore un|une tampon|cafe|achat|visite|vignette
encore <money> et
encore <money>
votre prochain|prochaine ... gratuit|gratuite|offert|offerte
programme de fidelite
merci pour votre fidelite
recompense|recompenses
pour|des <money> d|depense|depenses|achat|achats
d achat|achats
des <money>
pour toute commande|achat|tout
pour tout achat
toute commande de|avant|cette|passee
sur votre|ta|la prochaine|prochain|premiere commande|achat|livraison|visite|recharge
votre prochaine commande
votre premiere livraison|commande
vignettes
club
a chaque anniversaire|achat|recharge|livraison
points de bienvenue
ne laissez pas filer
encore une reservation
dans votre cagnotte
etoiles dans
vous y etes presque
vos points|miles|tampons valent|dorment|expirent|attendent|disparaissent|filer
neuf|<number>|dix tampons
rechargez avant
il vous reste <money>|un
fidelite paie
il vous manque
prochain palier
""",
    "referral": """
parrainez|parrainage|parrain
invitez un|une|vos|trois|deux|<number>|des
venez avec un|une|votre
venez a deux
un|une ami|amie assure|gratuit|gratuite
<money> pour lui|vous|elle|chacun|chacune
chacun|chacune
de votre part
partagez votre|le lien|code
partagez ... ami
un|<money> pour ... un|<money> pour vous
pour votre ami|proche
et vous gagnez
quand un|une ami|amie
par ami|compte|filleul
un ami
vos amis
recommandez nous
un voisin|proche|collegue
filleul|filleuls
""",
    "tickets": """
billets|billet|places|place|pass|cartes en|sont vente|en
mis|mise|mises|sera|seront en vente
sera|seront|sont|est en vente
en vente des|demain|ce|lundi|vendredi|le|maintenant|a
prenez|achetez|reservez vos|votre|les|des|le|sans billets|billet|places|place|pass|ticket
filez|prendre|obtenez vos|votre|les|des|le|sans billets|billet|places|place|pass|ticket
billetterie ... ouvre|ouverte|ouvrent
billetterie
dates supplementaires
premier rang
leve tot
place|places au|a|partent|sont
dernieres places
ticket|tickets|billet de tombola
tombola
en concert
festival
gala
pass du|vip|festival|de
formule vip
abonnez vous a la saison
entrees illimitees
<number> concerts|spectacles|films
a ne pas manquer
billets a partir|des
des billets a
billet a <money>
achetez en ligne
coupe file
places de la|du
ouverture des dossards
prevente
dossards
double seance
entrees un
<number> places <money>
billet|billets adulte achete
acheter des|mes|vos billets|places
prevente vip
la|notre|sa tournee
""",
    "lure": """
faites vous plaisir
laissez vous tenter
offrez vous
envie d|de
vous avez? faim|soif
petite faim
petit creux
revez
reve|reves|revez
craquez
succombez
gatez|gater
vous meritez
meritez
merite
n jamais ete aussi
jamais aussi
evasion
escapade|escapades
et si
psst
imaginez
avouez
cadeau|surprise|remise|gratuit|dessert|reve|plage|soleil ... attend|attendent
pas envie
va adorer
vont adorer
pour feter
fetez
joyeux anniversaire
bonne resolution
objectif
fuyez
faites|faire grandir|fructifier|le|plaisir
boostez
reveiller votre
dormez mieux
il fait chaud
l ete|hiver|automne|printemps arrive|approche|vous
c est la|le|l saison|rentree|moment|heure
ouaf|miam|coucou
vos envies
vous cherchez
besoin de|d
et pourquoi
pourquoi pas
on a pense
vos|vous ... reves
sourire
eclatant|eclat
jolie|joli|beau|belle
plus belle
un|votre futur
remerciera
devinez
idee de cadeau
besoin de
rien de prevu
deja essaye
on aimerait vous
une idee
vous recevez du monde
votre peau|chien|chat|dos
c est de l histoire
histoire ancienne
chut
a vos marques|agendas
venez affames
toujours envie
envie d|de|toujours
envie d ailleurs
on s y voit
un demenagement|projet|doute
et si elles|ils|il|elle
vous connaissez|avez vu|goute notre|nos|la nouvelle
connaissez vous notre|nos
""",
    "come_back": """
vous nous manquez
tu nous manques
ca fait longtemps
longtemps que
revenez
de retour parmi
on vous attend
bon retour ... <percent>|<money>
reprenez
si vous reprenez
nous revoir
""",
    "finance": """
eligible
faites votre demande
<percent> pendant|sur|d
epargne
livret a|qui
investir|investissez
placez
regroupez vos
mensualites simulation
allegez vos
en <number> fois
taux baissent|a|exceptionnel*|des|bas
projet immobilier
prenez rendez vous pour
ouverture d un compte
assurance|mutuelle|prevoyance|garantie ... pour|des|a <money>
assurance animaux|voyage|moyens
assurez
devis en|gratuit|offert
estimation offerte|gratuite
bloquez votre
prime de bienvenue
tarif reglemente
votre prix pendant
jusqu a <money>
formule or
touchez <money>
rechargez
ouvre droit
rachat de credit
epargnants
compte a <percent>
payez en|dans
prime a
taux pareils
travailler votre argent
pret|prets|credit|credits jusqu|demarrent|personnel|immobilier|auto|des <money>?
sans interet|interets
taux fixe|fixes
combien vous pourriez
pourriez emprunter
calculez
sans apport
gagner de l argent
""",
    "contest": """
tentez de gagner|remporter
tentez votre chance
gagnez un|une|des|votre|le
a gagner
jeu concours
concours
tirage au sort
tombola
grand jeu
remportez
pourriez gagner
surprise
participer au|a
tirage d un
^ gagnez
""",
    "trial": """
essayez ... gratuitement|gratuit
essai gratuit ... maintenant|aujourd|vous
essai gratuite|gratuit vous attend
semaine|mois d essai
jours|semaine d essai gratuit|gratuite
<number> jours d essai
sans engagement
gratuitement pendant
un mois gratuit
premier mois
premiere semaine|seance
essayez
venez l essayer
l essayer
essai est|semaine fini|finie|termine
satisfait ou
essayer premium|gratuitement
essayer ... gratuitement
""",
    "season": """
black friday
noel
saint valentin
fete des meres|peres
paques
halloween
rentree
c est la rentree
week end
saison
semaine de relache
jour de l
nouvel an
calendrier|calendriers de l avent
de l avent
ascension
l|cet|d ete
les beaux jours
hiver|automne|printemps
le|les black|french|cyber friday|days|monday
le|les black|french|cyber friday|days|monday commence|commencent|ouvre|demarre|arrive
black|french|cyber friday|days|monday|week commence|commencent|ouvre|demarre
""",
    "praise": """
meilleur|meilleure|meilleurs|meilleures
plus grand|grande|belle|beau|beaux
medaille d or
elu|elue
illimite*
incroyable*
irresistible*
exceptionnel*
parfait|parfaite|parfaits|parfaites
incontournable*
star
tendance
unique|uniques
exclusif
delicieu*
merveille
fierement
magnifique*
bien etre
limitee
premium
joli|jolie|jolis
fou|fous
avant premiere
""",
    "order_fact": """
votre commande|colis|paquet|livraison <slot>? est|a|sera|part|partira
votre commande|colis|paquet|livraison <slot>? arrive|contient|sont|n|leave
votre|vos|deux courses|colis|fleurs|tirages|articles sont|arrivent|ont|est|arrives
commande <slot>
commande annulee|numero
est|sont|a|ont bien? ete? prepare|preparee|expedie|expediee|livre|livree
est|sont|a|ont bien? ete? envoye|envoyee|recu|recue|emballe|emballee
est|sont|a|ont bien? ete? remis|remise|remises|remplace|remplacee|retenu
est|sont|a|ont bien? ete? confirmee|confirme|annule|annulee|modifie|modifiee
expedie|expediee|expedies|expediees
en route|chemin|transit|cours
point relais
livreur|facteur|coursier|transporteur
boite aux lettres
retour est|du|arrive|recu
etiquette
signature
rupture
epuise|epuisee
nous l attendons
arrive|arrivera|arrivent aujourd|demain|entre|lundi|jeudi|sous|ce
partis|partie|partira|part demain|aujourd
precommande est
remplace|remplacee par
manque|manquait|manquaient
douane
rappel de produit|constructeur
prete|pret au|a
est prete|pret|pretes|prets
attend|attendent jusqu|au|a|chez|dans
l envoi
est|sont|ete livre|livree|livres|livrees
remise|remis|remises en|a|au
suivez le|la|les|ici
""",
    "money_fact": """
rembourse|rembourses|remboursee|remboursement|remboursements
recredite|recredites|recreditee
credite|credites|creditee
debite|debites|debitee|debiter
preleve|preleves|prelevee|prelevement|prelevera
sera|seront|est|sont|ete verse|verses|versee|versees|preleve
sera|seront|est|sont|ete prelevee|preleves|rendu|regle|reglee
verse|verses|versee|versees
paiement accepte|refuse|de|est|a|recu|rejete
votre paiement|facture|carte|recu|loyer|caution
votre cotisation|mensualite|addition|echeance|dernier
facture de|s|est|disponible
recu fiscal|est
total
a regler|payer
regle|reglee|reglees par|en
n a|avons pas pu
pas pu etre|debiter
refuse|refusee|rejete
echec|echoue
en retard depuis
impaye|impayee
se renouvelle
renouvelle le
passe|passent de <money>
franchise
solde
caution
coute|couterait|coutera|coutent
le prix paye|comprend|etait
taxes comprises
taxe de sejour
frais de|du ce|mai|sont
frais sont dus
pris en charge
rien ne? sera|n
rien n a
sous garantie
ticket
apres|justificatif
retire|retires|deduit|deduite|deduits
rendu
echeancier
due|dus
votre carte est|sera|se|qui
sous total
<money> est arrive
achat confirme
mensualite|mensualites de|est|sera|passent
facture est|de <money> est
""",
    "price_told": """
est|sont|etait|coute|coutent|revient a|de|toujours|en|environ <money>
est|sont|coute|coutent|etait <money>
est|sont|coute|coutent toujours|encore|environ <money>
est|sont a|de <money> par mois|an|semaine|personne|nuit|heure|jour|seance|trimestre
est|sont a|de <money> la|le|l nuit|mois|an|annee|heure|seance|personne|unite
est|sont a <money> en|a|pour|avec|sans|hors
amende|tarif|prix|place|caution|franchise|frais ... est|sont|a <money>
<money> pour les|un enfants|etudiants|enfant|etudiant|moins|plus|seniors|adultes|abonnes
tarif reduit pour|dans|s|est|sur
ont|a|avez|donne droit? un|au tarif reduit
facture <number>? <money>
facture <number> de|du <money>
<money> en piece
en piece jointe
passe|passent de <money> a <money>
<money> est|sont|sera|seront du|dus|preleve|preleves|prelevee|facture|factures|a
""",
    "applied": """
ete|est|sont|bien applique|appliquee|deduit|deduite|retire
ete|est|sont|bien retiree|retires|pris|prise|compte
remise|reduction|code|bon|rabais|bonus|prime|valeur|coupon ... a|est|n|ete
<money> total
vous avez economise
n est|a pas|donc cumulable|pris|valable
cumulable
ce|le code|bon a|n|est
pris en compte
a expire
a ete versee|verse
bien ete
deja compte|deduit
sur votre carte cadeau
carte cadeau a
votre bon de|est <money>
rendu
est valable un|jusqu
credites pour|sur
votre bonus passe
sans frais pour
a cause de la panne
suite a la panne
<minus>
code|bon|coupon|remise|soldes|reduction <coupon>? <minus>
soldes <cut> <minus>
bon|code|remise|coupon|promotion ... finie|termine|terminee|servi|expire|retire|rendu|epuise
a deja servi
deja compte
""",
    "account_fact": """
mot de passe
code de verification|securite|secret|confirmation|puk
votre code est|de
code puk
connexion
nouvel appareil
etait ce vous
est ce vous
ne donnez
ne|n|jamais demanderons|communiquez
vos reglages|donnees|parametres|coordonnees|fichiers
votre compte|profil|adresse|email|numero est|a|se|passe|sera|prend|n|passera
votre opposition|contrat|abonnement|candidature est|a|se|passe|sera|prend|n|passera
votre demande|dossier|sinistre|formule|essai est|a|se|passe|sera|prend|n|passera
votre releve|plan|export|resiliation est|a|se|passe|sera|prend|n|passera
abonnement resilie|est|se|prend
est|sont|bien enregistre|enregistree|enregistres|bloque|bloquee|suspendu|suspendue|resilie
est|sont|bien resiliee|activee|active|modifie|modifiee|supprime|ouvert
est acceptee|accepte|refusee|refuse|recue|renouvele|renouvelee|confirme|confirmee|verifie
bloquee comme
inhabituel|suspect|suspecte|fraude
decouvert
maintenance
panne
mise a jour
connectez vous
desinscrit|desinscrite
vous etes passe|desinscrit
releve
resilier|resilie
resilie
compteur
se termine le|dans|dimanche
vous pouvez resilier
sauf si vous annulez
essai se termine
essai gratuit a commence
version <number>
a expire
""",
    "visit_fact": """
votre rendez|vol|table|chambre|reservation|visite|place <slot>? vous|est|pour|a|partira|passe
votre rendez|vol|table|chambre|reservation|visite|place <slot>? de|commence|sera|dans|se|n
votre siege|bagage|cours|examen|entretien|location <slot>? vous|est|pour|a|partira|passe
votre siege|bagage|cours|examen|entretien|location <slot>? de|commence|sera|dans|se|n
votre billet|train|chauffeur <slot>? vous|est|pour|a|partira|passe
votre voiture|ordonnance|inscription <slot>? vous|est|pour|a|partira|passe
votre billet|train|chauffeur|voiture|ordonnance|inscription <slot>? de|commence|sera|dans|se|n
votre trajet|seance|course|vehicule|navette|creneau <slot>? vous|est|pour|a|partira|passe
votre trajet|seance|course|vehicule|navette|creneau <slot>? de|commence|sera|dans|se|n
rendez vous avec|est|de|pour|sous
carte d embarquement
embarquement|enregistrement
porte|voie|quai|voiture|siege ... <number>
minutes de retard
en retard
est|sont annule|annulee|annules|reporte|reportee|complet
est|sont confirme|confirmee|plein|reservee|reserve|fixee
annulee|annule
reporte|reportee
liste d attente
apportez
presentez vous
prevoyez
merci de prevenir
ouverture des portes
a demain
resultats
docteur|medecin|veterinaire|pharmacien|technicien|plombier|depanneur
ordonnance|medicament|comprime
commence|commencent a|le|dans
a lieu|aura
a ete? decale|deplace|transfere*
examen|devoirs|note|lecon|classe|dissertation
vaccin
liste d
est malade|souffrant
il vous reste <number>|deux|trois seances
creneau
annuler ou
pour deplacer|annuler
a jeun
l hopital
vos billets|lunettes|resultats|skis sont|ont|seront|restent|de
""",
    "asked_for": """
comme demande|convenu|vous
vous l? avez|aviez|demandiez|vouliez demande|signale|voulu|reserve|savoir
vous demandiez|parliez|vouliez
dont vous nous? parliez
a votre demande
je vous previendrai|dirai
nous vous dirons|previendrons
vous prevenir
que vous avez|aviez commande|reserve|choisi|note|signale|demande
a nouveau disponible
est|sont revenue|revenues|revenu|revenus
est disponible au|dans
voulez vous que je
votre demande|question
alerte prix
auquel vous
a laquelle vous
parce que vous l
en stock
desormais disponible
je vous previenne
""",
    "choice": """
ne recevrez plus
vous ne recevrez|recevez
vous recevez
desinscrit
ecrivez start|stop|aide
arreter les|tous|tout
arrete tous
de quoi voulez
quels messages
nouveautes et promos
promos|offres|promotions|rappels ou|et tout|discutons|rappels
suivi de commande
livraisons commandes
les alertes
messages publicitaires
pas a la publicite
ne|nous vendons
ne le vendons
vos choix
en pause
nos offres les
suivre vos livraisons
vous avez choisi
cela s annule
votre langue
nouveautes et
offres sont desactivees
""",
    "question": """
quel|quelle|quels|quelles est|taille|teinte|note|couleur|sont|cherchez
pouvez vous
voulez vous
faut il
dois je
puis je
s agit il
est ce que
on continue
comment s
lequel
vous convient|irait
indiquez|touchez|tapez
reformuler
merci de|d
quelqu un
des allergies
je cherche un
ou le deposer
avez vous
reponse
il me faut|faudrait
^ quel|quelle|quels|quelles|comment|ou|quand|lequel|laquelle|combien|pourquoi
d abord
""",
    "service": """
desole|desolee|pardon|oups
excuser
avec plaisir
bonjour
je suis
je ne
je peux
merci
n hesitez
collegue|conseiller
equipe|equipes
rassurez
bonne journee|soiree
prenez votre temps
patience
aide|aider
probleme|erreur|anomalie
nous y travaillons
nous avons recu|note|garde
repondez oui ou
repond|repondons
bravo|felicitations
formulaires
benevole|benevoles
grace aux
nous reparons
un instant
un petit instant
bienvenue
bonne route
bon appetit|retablissement
vous rappelle
quand vous voulez
""",
    "hours": """
ouvre|ouvert|ouverts|ouverte a|de|le
sommes ouverts|fermes
ferme|fermes|fermee a|le|vendredi|jusqu|lundi
fermeture|horaires
de <time> a
entre <time> et
a <time>
jours feries|ouvres
adresse
ascenseur|entree|rampe|etage
est situe|se trouve|trouvent
rez de chaussee
au guichet
a l accueil
""",
    "other_sense": """
reservation|dossier|reference|commande|vol|billet <coupon>
<coupon> est|sont confirme|confirmee|annule|annulee|expedie|expediee
ta|votre nouvelle carte est|devrait|arrive|vous|sera|part|a
vente de|d ... a|ont rapporte
a|ont rapporte <money>
si vous payez dans|avant|sous
payez dans les <number>
offre d emploi|admission
lettre d offre
votre|une offre de|d <money>|emploi|admission
accepte|accepter votre offre
vente de votre|vos
votre vente
ventes au detail
article|articles soldes
soldes se retournent
soldes de vos
solde de points|conges|votre
le solde
achat ou
vous achetez pour
propose|proposons une|un|des
est gratuit|gratuite apres|pour|a|hors|seul|jusqu
gratuitement hors
sans frais de|ou|pour
annulation
numero gratuit
gagner du temps
ne manquez pas la sortie
profitez de vos vacances
enregistrer
special|speciaux
caracteres speciaux
mobilite reduite
ticket <number>
mettez l appli
ne coute rien
service client est
soldes d hiver ont
sont payes
le vendeur
l acheteur
prix comprend
votre promotion
la promotion <number>
contrat d exclusivite
service reduit|limite
nouvel|nouvelle|nouveaux|nouveau medecin|horaires|adresse|connexion|version est|mot
nouvel|nouvelle|nouveaux|nouveau appareil|numero|mot|contrat|carte est|mot
nouveaux horaires
nouvelle version|connexion|adresse
offre d achat de
a domicile
le nouveau prix
fois par jour
vous prevenir
prevenu une fois
il ne vient pas
supprimez le
aucune offre
les avez coupees
bagage de
pret de livres
prime de votre|l
membres du
pas a vendre
usage exclusif
mise a niveau du|de
meilleur numero|moyen|itineraire
fois par
que je repete
votre|vos commande|colis|paquet|table|chambre|vehicule ... attend|attendent
votre|vos voiture|velo|chauffeur|cles ... attend|attendent
votre|vos lunettes|rendez|medecin|train|bagage|vol|dossier|courrier|siege|lit ... attend|attendent
technicien|medecin|chauffeur|docteur|infirmiere|conseiller|livreur ... attend
la|le commande|colis|paquet|recommande ... attend
il|elle vous attend chez|au|a|dans
^ commande <slot>|<number>|recue|confirmee|annulee|expediee|remise|prete|livree
la|les? livraison est gratuite|offerte ... vous|cette|commande
frais de livraison sont offerts pour
demande|coute <money> au lieu de
prix change
a regler|payer en|au caisse|comptoir
surclassement confirme
billets ... joints
mise a niveau cette|de|du
a bien recu
avons recu vos|votre
""",
}
