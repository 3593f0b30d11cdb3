"""English phrases by cue, in the notation of `phrases`."""

from __future__ import annotations

SETS: dict[str, str] = {
    "free_thing": (
        "delivery|shipping|gift|gifts|sample|samples|dessert|drink|drinks|coffee|month|"
        "months|week|weeks|trial|lesson|class|session|sessions|tote|bag|case|installation|"
        "upgrade|parking|breakfast|earbuds|headphones|poster|calendar|night|returns|"
        "consultation|quote|entry|ride|rides|item|product|starter|side|toy|accessory|"
        "accessories|wine|champagne|massage|treatment|meal|meals|pizza|burger|game|games|"
        "credit|credits|spins|data|gb|minutes|subscription|membership|mini|perfume|frame|"
        "charger|travel|ticket|tickets|pair|valuation|check|checkup"
    ),
    "paid_plan": (
        "premium|pro|plus|gold|platinum|silver|vip|business|first|unlimited|family|max|ultra|"
        "prime|elite|hd|deluxe|suite"
    ),
    "goods": (
        "collection|range|line|arrivals|arrival|menu|model|models|phone|card|plan|account|"
        "course|series|album|edition|flavor*|flavour*|shades|styles|products|release|"
        "releases|app|feature|route|service|package|boots|shoes|sneakers|dress|jackets|"
        "console|tablet|laptop|watch|lipstick|serum|cream|bike|bikes|car|book|novel|class|"
        "classes|treats|skins|pieces|program|pass|location|store|fragrance|drop|look|looks|"
        "designs|game|toy|toys|wine|burger|pizza"
    ),
}

PHRASES: dict[str, str] = {
    "discount": """
<number> cents a|each
same price|money twice|double|more
twice|double the data|minutes|points|storage
is|are free til|till|until|tonight|if|by
delivery|shipping|installation|setup is|are free
<percent> off|discount|cheaper|less|reduction
half off
half price
half the price
half price|fare
a third|quarter|half off|less|cheaper
at|for half
third|quarter off
extra <percent>
discount|discounts|discounted
save up to
save <money>|<percent>|big|more|money|extra|hundreds|even
save|saves you <money>|<percent>
and save
saving|savings of?
price|prices|rates|fares slashed|cut|reduced|dropped|down|drop|drops
price|fare drop|drops|cut
slashed|markdown|markdowns
reduced to|by|from
reduced price*
lower|lowest|unbeatable|best|great|amazing|crazy|special|low prices|price|rates|fares
pay less
now only|just <money>
was <money> ... now
<money> instead of
instead of <money>
is|are now <money>
<percent> cheaper
cheaper than|when|by
knock ... off
take <money>|<percent> off
cut your bill|bills
off your next|first|order|purchase|visit|booking|bill|stay|ride|membership
no sign|joining|booking|delivery|annual up? fee|fees
no fees for
zero commission|fees
pay nothing|zero until|for|before
pay|paying <percent> less|for
bogo
up to <percent>
up to <money>
down to <money>
come|came|coming down
a tenth|fifth off
off everything|all|sitewide|selected|storewide|the|any|with|when|for
costs|cost less than
costs|cost nothing|you
cost you nothing
costs you nothing
less than a
waive|waived|waiving the|your|all
we waive
no interest
price match
pay in four|three|<number>|instalments|installments
at a? reduced
rate|rates|price|prices this good
skip ... increase
for the price of a
<percent> off|less
won t cost
^ <money> off
get|take|enjoy|save|with|for|extra|claim|grab|and <money> off
<money> off your|all|any|the|every|when|with|in|our|on|for
marked down
mark down
rock bottom
money|pounds|dollars|bucks|quid off
<money> less
bucks less
<money> cheaper
sitewide
storewide
price freeze
rollback
best price
guaranteed lowest
extra|unlock|big|more|huge savings
savings on|of|up|when|start|inside
knock|knocks|knocked ... off
slash|slashes|slashing
<percent> ... off
<number> ... months|weeks|days free
with <number> free
full price
reduced
for the price of <number>|one|two|three
half their|its price
come|comes free
at cost
won t break the bank
without breaking
saves you a|<percent>|<money>|money|half|two|three
""",
    "sale": """
sale|sales is|are on|now|here|starts|start|ends|live|back
sale on|ends|starts|event|now|today|alert|prices
flash|season|summer|winter|spring|autumn|clearance|mid|january|holiday sale|sales
outlet|end|annual|big|biggest|private|warehouse|sample|anniversary|weekend sale|sales
our|the ... sale is
on sale
in the sale
clearance|outlet|closeout|liquidation
everything must go
black friday
cyber monday|week|deals
boxing day
black week
prime day
singles day
doorbuster*
bargain|bargains
cheaper|lower than ever
final reductions
closing down
clear out
stocktake
sell off
deals start|starts
garage sale
sale preview
doorcrasher*
one day only
mega sale
^ sale
moving|garage|yard sale
everything reduced|goes
""",
    "coupon": """
promo|discount|coupon|voucher|special|secret|gift code|codes
use|with|enter|apply|quote|mention code
with? code <coupon>
<coupon>
coupon|coupons
<money> voucher|vouchers|coupon|credit|gift
gift card|cards|voucher|vouchers
cashback
cash back
show this message|text|coupon
mention|show this ... to|and get|save|claim
at checkout
at the till
<money> in? credit
<money> to spend
<money> on us
rebate|rebates
gift cards|vouchers
mystery|exclusive|welcome voucher|coupon|code
voucher|vouchers for your next|every
unused voucher|coupon|credit|gift
gift card when
money off
discount code inside
promo code
your <percent> code|coupon|voucher
code <coupon>
""",
    "offer": """
our|special|exclusive|limited|latest|best offer|offers|deal|deals|promotion|promotions
great|amazing|hot|top|new offer|offers|deal|deals|promotion|promotions
big|weekly|daily|launch|intro|introductory offer|offers|deal|deals|promotion|promotions
welcome|personal|unbeatable|incredible|bundle offer|offers|deal|deals|promotion|promotions
deal|deals of the? day|week|month
offer|offers|deal|deals|promotion|promotions end*|expires|expire|valid|available|inside
offer|offers|deal|deals|promotion|promotions start*|only|you|on|under
time offer|deal
lightning|flash|secret|weekend|holiday|travel|flight|meal|combo|trade deal|deals|offer|offers
this|the offer|deal is|ends|won|expires
deals
this week specials
week s? specials
price deals
steal|steals
happy hour
take advantage of?
make the most of our|this
perk|perks
bundle|bundles
bundle and
early bird
early bird* price|rate|rates|ticket*|pass*|offer|discount
intro|introductory fares|price|prices|rate|rates|session*
today s specials
special price|offer|offers|rate|rates|menu|edition|deal|deals
member|student|senior|family price|prices|discount|rate
gift with purchase
no strings
hot deal
deals start
days of deals
offer|offers extended
extended our
combo
extended the|our
a special for
cleaning special
our special
welcome offer|pack|gift|bonus
by popular demand
our deals
""",
    "multibuy": """
buy one|two|three|<number> ... get
buy <number>
<number>|two|three for <number>|two|one|the
two|three for one|two|the
for the price of
get one|another|the ... free|half
one get one
double points|gems|miles|data|rewards|credit*|coins|stars|your
triple points|rewards
pay for <number>|two|three|four|five|one
pay for? <number>|two|three|five only
extra <number>? gb|data|miles|points
<number> for <money>
two|three|four for <money>
each when
second|third|fourth ... half|free|<percent>
<number> for <number> tonight|today|on|all
""",
    "gift": """
free @free_thing
free <number>? days
free ... with every|any|each|your|orders|when|for
free ... when you
with any|every|each order|purchase|adult|ticket|booking|meal
get|enjoy|receive|claim|earn|grab|pick|choose|have|win ... free
on us
on the house
is|are our treat|gift
thrown in
throw in
we ll throw|add|give|treat|include
complimentary
free of? charge when
at no extra? cost when|if
for free this|today|when|until
months|month|week|weeks|days|weekend free
first|second|third|next month|week|one|delivery|lesson|session|box|visit|ride|drink|year free
go|goes|eat|eats|stay|stays|travel|travels|comes free
come|comes with a free
gift|present|treat from|for us|you
birthday gift|treat|present|surprise
here s <money>|<percent>
here s a? treat|gift|present
free gift|gifts
welcome gift|bonus
you ll both? get
bonus when|of
makes|make a? great|lovely|perfect gift|gifts|present|presents
great|perfect|lovely|ideal|tastiest gift|gifts|present
a gift that
present that
gift a|your subscription|membership
reward|rewarded you? with
we ll reward
we ll slip|pop|include|waive|cover|pay|double
slip a|an|some
costs you nothing
in the bag
every new ... gets
installation|trim|fitting|oven included
boxes|fuel|delivery|breakfast|drinks thrown in
leave with
goes to charity|shelters
we ll double
could be free
next ... on the house
""",
    "buy_now": """
shop|buy|order|book|grab|reserve|preorder now|today|yours|tonight|early|online|here
purchase|get|snap|pick|claim|secure now|today|yours|tonight|early|online|here
shop the|our|now|new|all|online|in|your|them|first|at|these|this
pre order today|now|your|yours|it|and|the
preorder*
^ pre order
^ buy|shop|order|grab|snag|snap|purchase|preorder
add|adds it? to? your|the cart|basket|bag
add to cart|basket|bag
get|grab|claim|take|snag yours|it|em|them|your|a before|while|today|now|first
score|snap|bag|nab|secure yours|it|em|them|your|a before|while|today|now|first
grab|snag|bag yours|your|it|them|em|a|the|these|this
get yours|your|it|them|em|one|some from|for|now|today|while|before|first
order yours|now|today|by|before|tonight|online|with
order|reorder|buy|book ... with|in one|a tap|click
just? one? a? tap|click away
reorder|restock in|now|today
buy it|them again
buy again
book by|before|now|today|early|yours|direct
book your ... now|today|before|while
book ... from
reserve|book your|a table|place|seat|spot|stay|trip|seats now|today
reserve yours
claim your|yours|it|the
secure your
stock up
pick up a|your
treat yourself
own it|one
be the? one? first|among|quick
get|be in quick
hit the road
go for
don t|do not let ... away
shoppers|shopping
add|put one|it|them|some|another to|in your? cart|basket
start shopping
browse|explore|discover|see the|our|all|new|what s? deals|collection|range|new
view|check|checkout the|our|all|new|what s? deals|collection|range|new
browse|explore|discover|see|view|check|checkout the|our|all|new|what s? styles|offers|arrivals
tap|click|swipe to shop|buy|order|browse|claim|get|grab|upgrade|save|redeem
tap here|below to shop|buy|order|claim
interested
want one|it|yours
want me to reserve|add|order|upgrade|book
reply yes|dinner|upgrade|buy|join to
redeem|use your|them|it|points now|today|before|by
get covered|protected|insured
interested ?
want yours
want in
be the last
shall|should i|we ring|put|set|book|reserve|add|keep|save you|them|it|one|yours|a|some
ring them up
set|put ... aside for you
hop on|back|in
check out before
find out how
ready to order|buy|book|save|upgrade|start|shop|try|declutter
swing by
come for|celebrate|and
talk to us about
book a chat|call|demo|test
shop till|until|small|local|smart
come back and|to finish|complete|check
finish|complete your purchase|order|booking|checkout
pick up where you left
one|two|three tap|taps|call|click|visit away
is|are just? one|two|a tap|call|click|visit away
enter|type|show <coupon>
""",
    "buy_soft": """
discover|explore our|the|new|<number>|a
come try|visit|check|discover|taste
visit our|us in|store|showroom|today
check out our|the|these|this|what
try our|it|the|one|them|some
taste our|the
see our|what s|offers|more|why
find your|yours|the|out
meet our|the|your
be among|one the? of?
be the first
pop in|by
drop by|in
swing by
take a look
have a look
browse
don t miss
look no further
what are you waiting
why not
how about
fancy
feel like
you ll love
you might|may like|love|enjoy
would|will look|go ... with|great
where to
let s go
sign ... up
reserve|book
come and see|try|visit|celebrate|taste|discover|meet
come by|see us
""",
    "upgrade": """
upgrade to|your|now|today|for|and|or
^ upgrade
to upgrade
early upgrade
towards an upgrade
upgrading to
go @paid_plan|ad|green|paperless
^ go @paid_plan
switch to|and our|fiber|fibre|green|annual|yearly|the|save
^ switch to
swap to|for
move up to
step up to
level up
trade in your|and
get more with
more|extra|unlimited ... for just|only|<money>
unlock|unlocks all|every|the|unlimited|more|your|premium|full
unlock
ad free
without ads
make it a? large|bigger|double|special|trip
treat|give your|yourself ... to
stretch your legs
first class is|for|from
extra legroom
skip the line|queue|wait
beat the line|queue
fast lane|pass|track
lounge access|passes
priority boarding|access
you re eligible to|for
move to unlimited|premium|pro|plus
upgrade your
upgrade your plan|subscription|account|phone|tv|router
switch to the annual|yearly|monthly
like to upgrade
""",
    "subscribe": """
^ subscribe|join
subscribe to|and|now|today|for|our
join now|today|us|our|before|the|for|and
join ... club|program|programme|rewards|members
become a member|friend|subscriber|vip
become a
sign up for|now|today|and|by|in|to
sign ... up now|today|before
sign up
enroll|enrol now|today|before|and|your
register now|today|before
get certified
apply now|today|in
members get|save|only|enjoy
member|members evening|price|prices|exclusive|night|day
for members|subscribers only
only for? members|subscribers
subscribers get|only|save
only subscribers
app users
family|season|annual|yearly|monthly|ride|travel|exam|museum pass|passes|plan|card|cards
our|the newsletter
membership|subscription|subscriptions from|for|is|now|just|only|with|that
start|begin|claim your|a free|trial|membership|subscription|month
try it? free
try ... free for
for <money> a|per month|week|year
rejoin
read without
get|buy the railcard|card|pass
with a|an|your plus|premium|max|pro subscription|plan|membership
included with max|plus|premium|pro
business|premium|pro|paid plans
plans begin|start
be a member
members|subscribers|listeners can|skip|enjoy
^ try premium|pro|plus|it|us
members save
""",
    "price_lure": """
from|starting|starts|start at|from|just|only <money>
starting at|from
prices|fares|rates|tickets|rooms|seats|plans|loans|sofas|start|starts|packages from|at <money>
from <money>
from just|only
just|only|merely <money>
for just|only
under <money>
for <money>
at <money>
a month|week from|for <money>
<money> a month|week|person|night|term|piece|day|head
<money> each
only <money> a|per|more|extra
a|for a? dollar|euro|pound|tenner|fiver|buck|penny
as little as
one low price
low price
worth up to
worth <money>
<percent> extra|bonus|back|more
interest free
best|good value
value for money
on a budget
cheaper
cheap|cheapest
affordable
pays for itself
all you can
under a tenner|fiver|<money>
all under
most under
<money> till|until|while|all|this|return
<money> each way
each way
bowls|mains|lunch|dinner|slices|loaves|drinks|pints|cocktails|tickets|seats <money>
get ... at <money>
<money> return
<number>? courses <money>
priced at
for less|peanuts|under
for a dollar|euro|pound|tenner|fiver|buck|penny|coffee|song
start|starts at <money>
""",
    "surcharge": """
<money> more|extra
for <money>|<percent>|just|only ... more|extra
more for <money>|only|just
extra for <money>
<money> extra
for|with only|just <money>
at checkout for
? <money>
cents more
for <number> cents
just|only <money> more|extra|a
""",
    "add_on": """
add a|an|our|the|your|some|breakfast|travel for|to|and|<money>|with|from|when
add something|insurance|parking|extra|another|it|them for|to|and|<money>|with|from|when
add ... for|from|and|to? <money>
^ add
would you like|care ... with that
with that for
pair it|them|your|with|this
pair|pairs nicely|well|perfectly
goes|go|match|matches|matching perfectly|well|great|nicely|with|cushions
matching
perfect|great|good with your
protect your|it|yourself|what
is|are your ... protected|insured|covered
while you re at|here|re
need a|an ... at
going to|abroad ... add
why not add
since|as you ... book*
you just bought|ordered|booked
make|makes your ... better|sweeter|complete|special|comfier
need a hotel|car
running low|out
never run out
top up
bring a
insure it|your
want|would you like one|it|that too|as well
done too
as well
by the way
one more thing before
while you wait
gift wrap ... ?
before you fly|go|leave|travel
complete your look|outfit|set|order|kit|routine|the
goes|go|pairs|pair|looks|look great|well|nicely|perfectly|wonderful|lovely|beautiful with|next|in
would|d look|be great|lovely|wonderful|perfect|beautiful|superb in|on|with|next
complete|finish your|the set|room|collection|outfit|look
to go|match with? those|that|your|the|it
thought of|about our|adding|a
ask about our
ask your ... about our
ask us about
did you know we|your ... also|cover|saves
""",
    "recommend": """
you might|may|ll also? like|love|enjoy|think
we thought|think|believe you might|d|ll|would
we thought|picked|chose|selected|saved
recommended|picked|chosen|selected|handpicked|curated for you
recommended
top|hand|our picks|picked
picks|ideas|inspiration for you|your
because you liked|bought|watched|loved|enjoyed
based on what|your
people|customers|others|those who|like ... also
who bought|liked|ordered|viewed
also bought|liked|love|like|picked
customers like you
bestseller|bestsellers|bestselling
best sellers|seller|selling
trending
everyone|everybody is talking|loves|waiting
left ... behind|cart|basket|bag
still in your|thinking|interested|available|there
your cart|basket|bag is|misses|called|waiting|awaits
is|are waiting in
wish|wishlist ... on|sale|reduced
wardrobe|fridge|skin|car|dog|cat|closet|kitchen|feet called|wants|deserves|deserve|would
inspired
we noticed you looked|viewed|liked|were
have a look at
someone s? eyeing|looking
s trending
saved item
you left ... cart|basket|bag|behind
since you love|loved|like|liked|enjoyed|bought
enjoyed the
your ... recommends
recommends this
wish list ... marked|reduced|down|cheaper
fans of
selling|going|flying fast|quickly|out
favorites|favourites|picks|items ... selling|going|flying
we ve? chosen|picked|selected ... for you
picked|chosen|chose|selected <number>|two|three|four|five|six|some ... for you
customers with your
go|goes|looks|look with what|the|your ... ordered|bought|chose
is made|perfect|meant for your
calls for our
most|many people|customers|drivers|guests|readers who|add|take|choose
something|it ... in your cart|basket|bag
cart|basket|bag won t wait
would suit you
""",
    "urgency": """
final chance|hours|call|days
today|tonight|weekend|week|month only
only today|until|this
this week|weekend|month only
this week|weekend|month
for a limited time
limited time|edition|period|offer|availability|number
hurry
be quick|fast
act now|fast
don t|do not miss|wait|delay|hesitate|hang|sleep|let
not for too? long
not too late
before it s|is|they|price|prices|rates|everyone|it|we|sunday|the
before ... gone|sold|ends|end|sells|rise
while you|stocks|stock|supplies|it|they|still can|last|lasts
too late
going|go|sell|selling|sells fast|quickly|out
miss out|it|this
time is running
clock is ticking
is|are almost over
almost over|gone|here
just|next|the <number> hours|days
next <number> hours
<number> hours left|only|to|fare
countdown
set your alarm
book|order|join|register|enroll|sign|apply|reply by|before
expires in an|<number>
runs out tonight|today|tomorrow|soon|this|on
final hours
rarely last|lasts
till tonight|midnight|sunday|friday
tonight only
only <number> sleeps
before it s theirs
for a? short time
until midnight|tonight
sale|offer|deal|price ends|expires|closes
ends tonight|midnight|soon|today
last chance|call|minute|few
last day|days|hours to? save|shop|left|of|for
while you can
won t hang|last|wait
not for long
wait any longer
this is it
until they|it s|gone
as long as
^ prices|rates|fares go|rise|increase|climb
our|the prices|rates|fares go|rise|increase|climb up? soon|on|at|after
last chance|call
registration|registrations|booking|bookings|sign ... closes|close at|tonight|tomorrow|on|midnight
early|old|current|this price ... ends|closes|stops
last day for|of the|our old|low|early|sale
half|almost gone already
will|it costs|cost more after
after <time>|monday|friday|sunday|tonight it costs|cost more
""",
    "deadline": """
by|before|until <number>? midnight|thursday|sunday|friday|monday
by|before|until <number>? tuesday|wednesday|saturday|january|february
by|before|until <number>? march|april|may|june|july|august|september|october|november|december
until midnight|tonight|sunday|monday|saturday|friday|the
ends|end|closes|finishes|expires|ending at|on|tonight|today|tomorrow|sunday|monday|midnight
ends|end|closes|finishes|expires|ending friday|soon|saturday|thursday|this|in|december
ends
while the|they|we
soon
""",
    "scarcity": """
only <number> left|available|made|places|seats|spots
only a|the handful|few|couple
<number> left
few|last|limited|final tables|seats|rooms|places|spots|tickets|left|items|pieces|stock
almost|nearly|soon sold|gone|full
sold out in|last|every|fast
sell out
sells out
selling out
sold out every
running low|out
limited stock|edition|seats|places|quantities|run
first come
first served
when it s|they gone
gone when
once it|they ... gone
no restock
<percent> gone|claimed|sold
going fast
back by popular
finally back
is|are finally|back here|order|and
only <number>
spots|places|seats|tickets|passes left|remaining|are|for
first <number> customers|people|orders|guests
seats are few
few seats|places|spots
places are
selling like
numbered
while stock*
last few|tickets|seats|rooms|spots
left in stock order
""",
    "launch": """
^ new in
new arrivals|arrival|in|collection|season|range|line|menu
brand new
all new
introducing|presenting|unveiling
meet the|our new|newest|latest|junior|all
just landed|dropped|arrived|launched|announced|added|released|in|hit|opened
newest|latest
is|are|has finally|now here|available|out|back|in
available now
drops|launches|streams|lands|arrives|premieres|hits today|tomorrow|tonight|friday|on|at|in
drop alert
coming soon
we ve launched|opened|added|just
we just launched|added|opened
look|lookbook|wait is
first look
sneak peek
out now|today|on|tuesday|friday
hit the market|store|shelves|stores
in store|stores now
newsstand
now in store|stores|our
just joined our
is|are finally
finally back|here|in
are|is in and
guess who s back
opening day|celebration|party
grand opening
is|are finally|now here|live|landed
is|are here !
^ introducing|meet
have|has just? landed|launched|dropped
is out !
out now|today|tomorrow|tuesday|friday|monday
pre order|orders open
pre orders open
preorders open
streaming now
now streaming
hot off the press
unveil*
just in
world first
new in town
rooftop|bar|store|branch|shop opens with
new menu|prices|look|taste
has|have new|fresh
just got in
just? got|came in new|fresh
fibre|fiber has|reached|is
shop|store ... has|have|got new|fresh|rare
""",
    "newness": """
is|are|has|have finally? here|landed|arrived|out|live|launched|dropped
is|are out
has|have landed|arrived|launched|dropped|hit
now available|live|open|in|streaming|on
from monday|tomorrow|friday our
new @goods
^ new|introducing|meet
is|are here
""",
    "exclusive": """
exclusive|exclusively
only for you|members|subscribers|app
just for you
for you only
vip
early access
first access|pick|dibs
before anyone|everyone else
especially|specially for you
reserved|handpicked for you
loyal|valued|favourite|favorite|best customer|customers
private
secret
insiders|insider
invitation|invited to
members only
selected customers
you re eligible|invited|selected|chosen|lucky
you have been selected|chosen
customers like you
vip presale|pre|sale|access
""",
    "loyalty": """
earn|collect|get|spend|redeem|use|double ... points|miles|stamps|stars|coins|rewards|stickers
turn|bonus|extra|win|buy|swap|exchange ... points|miles|stamps|stars|coins|rewards|stickers
points|miles|stars|rewards on|expire|are|when|for
points|miles|stamps|stars ... expire*|worth|waiting|burning|away
<number>|one coffee|stamp|stamps|points|purchase|visit|visits away|left|more
away from a|your|free
rewards
reward|rewards club|program|programme|points|members
join ... rewards|club
frequent flyer|flier
club
your next ... free
is burning
to spend
spend <money>|over
when you spend|buy|order|book|join|open|renew|sign
spend them|it
if you renew|rebook
unlock ... reward|rewards
don t let ... points|miles|credit
so close
<number> stars|points|miles sitting|waiting
one more booking|purchase|visit|order|stay|stamp
thank you gift
welcome points
buy nine|ten|five|<number>
stamp the
triple|double miles|points
unused|leftover|remaining credit|credits|points
spend it|them by|before
""",
    "referral": """
refer a|your|friends|family|someone|and
tell your|a|friends friends|friend|family
invite a|your|friends|three|two|<number>|someone|and
bring a|your friend|buddy|classmate|colleague|partner|plus|friends|mate
share your|the|this link|code
for each|every friend|one|person|referral
your|a friend gets|takes|joins|comes|signs|saves
friends get
who signs|joins|opens
you both get|save|earn
you|both ll? both get
and you both
both get
with|for a friend
""",
    "tickets": """
tickets|seats|passes|places|season|cards are? now? on|from|go|for|start|available
tickets|seats|passes|places|season|cards are? now? going|still|here|at|left
tickets|seats|passes sale|from|now
buy|get|grab|book|reserve|secure|claim your|a? tickets|ticket|seats|seat|spot|place
buy|get|grab|book|reserve|secure|claim your|a? passes|pass|spots|table|tables
get|grab your seats|tickets
ticket|box office opens|open
presale
on sale friday|tomorrow|now|this|monday|today
go|goes on sale
early bird
front row
live in|at your
extra nights|dates|shows
added ... nights|dates|shows
opening night
vip package
raffle
festival of
gala
spots|places|seats are? limited|going
limited seats
season pass|passes|ticket|tickets
live music|sports
tables from
seats at <money>
entries open
pre sale
two|<number> seats and|for
<number> bibs|places|seats|spots
get your ticket|tickets|seat|place
annual tickets
^ buy tickets|your
""",
    "lure": """
treat yourself|your|yourselves
you deserve
spoil yourself|your|someone
indulge
fancy
hungry
thirsty
craving|cravings
dreaming|dream of?
imagine
love|loves it|them|our|your|us
would|will|ll|gonna love|adore|thank
get ready|fit|inspired|cosy|cozy
looking for the?
still thinking|hesitating|undecided
need a|some
psst|pssst
guess what
did you know
good news
great news
surprise
getaway
adventure
inspired
is calling
are calling
is|are around the corner
is coming|near
make her|him|them|mum|dad|kids smile|happy
smile brighter
new year new
perfect for
enjoy
celebrate
deserve|deserves
gorgeous
can t resist
turn your|those|them
thinking of
like a
go wild
smile
happy birthday
ever tried
guess who
no plans
your ... will thank
celebrate with
your favorite|favourite barista
save the date
looking for a
keep the ... going
want to keep
say yes to
want to look|feel|save|earn|keep|try
ready for a|the|your|more|beach|summer|winter|something
mmm|yum|yummy|woof
is time to treat|shine|travel|save
need a hand with
like to look|save|eat
why pay
want priority|more|faster
time to treat
have you met|tried|seen our|the
""",
    "come_back": """
we ve? miss|missed you
miss you
come back
want you back
been a while
long time no
haven t seen|ordered|visited
welcome back ... with
return to|and
rejoin
still there
see you again
back today
""",
    "finance": """
you qualify|qualifies for our|a|the
balance|score|income qualifies
pre approved
preapproved
pre qualified
loan|loans|mortgage|credit|financing from|start|starts|at|up
loan of up to
interest free
<percent> financing|apr|interest|for|on
<percent> on your
earn <percent>|<money>|up|more
pay <percent>
invest|investing from|with|today|now|in
start investing
open an|a|your|yours account|savings|today|now|yours
open yours
bonus when
balance transfer
transfer your balance
lock in|yours
get a quote
get your quote
quote in|now
life|travel|pet|home|phone insurance|cover|plan ... from|for|starts
multi car
for <number> months
rates just? dropped
before rates
fix your price
your quote
get your ... valued
buy now pay later
boost your
eligible for
remortgaging
<percent> account
savers
welcome points
credit line
pay in <number>|four|three
no interest
how much you could borrow|save|earn
fixed rate
refinance
borrow up
could borrow
zero deposit
get approved
also qualify
pet|life|home|travel|car insurance saves|gives|protects|keeps
""",
    "contest": """
win a|an|<money>|tickets|one|up|your|the|big|free
could|can win
chance to win
to win
prize|prizes|giveaway|sweepstake*|draw
raffle
lucky draw|winner
spin the|to
enter the|our|to
scratch
mystery
enters|enter you in|into
our draw
^ win a|an|the
""",
    "trial": """
free trial ... today|waiting|start
start your ... trial|free
start a|your free? trial
try it|premium|us|our|a|family|daily|for|before
try ... free|<number>|for
trial is waiting|over
days free
<number> days free|trial
<number> day trial
free for <number>|a|one|the
risk free
no commitment
cancel anytime
at no cost and|to you
first month
for a spin
test drive
""",
    "season": """
black friday|week
christmas
valentine|valentines
mother|father|mothers|fathers s? day
easter
halloween
back to school
summer|winter|spring|autumn|season|holiday
new year
weekend
bank holiday
cyber
ski season
holiday|christmas|easter shop|fair|market
""",
    "praise": """
award winning
best|biggest|greatest|hottest|tastiest|finest|smartest
everyone s
rave about
unlimited
unbeatable
amazing
incredible
unforgettable
perfect
must have*
limited edition
irresistible
delicious
gorgeous
stunning
luxury|luxurious
iconic
favorite|favourite|favorites|favourites
popular
smart*
glow
dream
stylish
great
""",
    "order_fact": """
your order|parcel|package|delivery|item|items <slot>? has|is|was|will|leaves|arrives
your order|parcel|package|delivery|item|items <slot>? arrive|contains|could|were|are
your order|parcel|package <slot>
order <slot>
order number|total|confirmed|confirmation
has|have|was|were|is|been|be been? shipped|packed|delivered|dispatched
has|have|was|were|is|been|be been? sent|mailed|received|returned
has|have|was|were|is|been|be been? picked|split|replaced|confirmed
has|have|was|were|is|been|be been? cancelled|canceled|moved|changed
is|are on its|the|their way
on its way
out for delivery
pick up point
ready to collect|print|pick
ready for pick*
can be collected|picked|fetched
courier|carrier|driver|postman
tracking
tracking|track number|link|it|your|with
delivered
left with|at a? neighbor|neighbour|reception|door
return|returns label|was|is|of|received
signature
arrives|arrive today|tomorrow|on|between|this|from
in the post|mail
customs
back order
substitution|substitutions|replaced
missing
recalled|recall
label
is|was not? cracked|discontinued|damaged
can be collected
heavier
""",
    "money_fact": """
refund|refunds|refunded|reimbursed
money back
will|ll be refunded|paid|charged|debited|credited
was|were|been|be|is charged|debited|credited|paid|refunded|declined|rejected
was|were|been|be|is collected|released|covered|transferred|added|deducted
could|can not|t be? charge|charged|collect|collected
we charged|refunded
payment of|received|was|went|failed|method|declined|overdue|is|accepted|by
declined|overdue|unpaid|outstanding
is due
due on|by|since|in|back
bill of|was|is
invoice|receipt
total|subtotal
renews on|at
deposit
paid by|in|with|out
is|are|will on your account|statement
your card is|will|was|has|ending|cannot|expires
tip|tax included
costs|cost|fee <money>
would|will cost
it would? cost|costs <money>
excess
debit
price of your plan
changes from
goes from <money>
your points? balance
insurance|insurer covered
no payment
nothing was charged
subtotal
paid by card
<money> has|have arrived|been
your payment|bill|invoice|receipt|deposit is|was|of|for|could|has|went|failed|payment
your rent|fee|installment|instalment is|was|of|for|could|has|went|failed|payment
your balance|card is|was|of|has|will|could|ending
""",
    "price_told": """
is|are|cost|costs|was|were <money>
is|are|cost|costs <money> a|per month|week|year|night|person|head|day|hour|piece|term
is|are <money> on|at|for|with|without|including
fee|fine|price|fare|rate|fares|rates|deposit|excess is|of|are still? <money>
price|fee|fare goes|rises|changes from <money>
second|extra|each|first one|bag|child <money>
<money> for students|seniors|children|adults|members|residents|under|over
students|seniors|children|members|residents pay <money>
members|students|children pay <money>
includes|include a|the|tax|coffee|breakfast
reduced|concessionary fare|rate applies|for|is
invoice|bill|receipt ... for|of <money>
invoice|bill|receipt <number> for|of <money>
<money> is|are|was|will be? attached|due|taken|charged|billed|collected
""",
    "applied": """
was|were|been|is|are|already applied|deducted|taken|removed|included
was|were|been|is|are|already credited|refunded|used|reflected
discount|voucher|coupon|code|credit of? ... was|has|were|is|been|cannot
bonus|saving|reduction|cashback of? ... was|has|were|is|been|cannot
you saved
taken off|into
took|taken ... off this|your
can t|not be combined
can|could not be? t? combined|applied|used
has|have|is|was expired
expired
no longer valid
did not|t apply
without the discount
discount line
gift card still|has|holds|balance|sent
worth <money> and|was
has|have been? credited
was|were|been|be credited
credit|voucher|cashback for|of ... outage|delay|added|paid|refunded|was
for the outage|delay
not taken
we took ... off
took the
was|were not accepted
asking about
<minus>
code|voucher|coupon|discount <coupon>? <minus>
discount|coupon|code|voucher|promotion|deal ... ended|expired|used|removed|accepted
was already used
by mistake
your gift card|voucher|coupon ... sent|holds|refunded|paid|redeemed|value
""",
    "account_fact": """
password|passcode|username
verification|security|login|access|confirmation|pin|puk|door code|codes
your code is
code is <number>
code for
sign|signed|log|logged in from|to|your
signed|logged in
new device|login
was it you
was this you
never share
your settings|profile|data|account|address|number|email was|were|is|has|have
your ... was|were|has|have been? changed|updated|saved|deleted
your ... was|were|has|have been? blocked|activated|closed|registered
card is|was blocked
new card|sim was|is|has
unusual|suspicious|fraud*
subscription|membership|contract|policy|plan is|was|has|renews|ends|starts|will|can|changed
you re now? unsubscribed
you are now? unsubscribed
your application|claim|request|loan|report|referral|leave|case|export|registration
application for|was
has|was|is been? approved|declined|received|registered|opened|accepted
overdraft
maintenance
outage
we have changed|cancelled|received|moved|finished|recorded
permit
your number
locked|blocked
trial ends|started|lasts
your trial
read only
version <number>
was|were|been turned down
is|are <percent> full
your plan is|was|has|changes|changed|includes|renews|ends|starts|stays
""",
    "visit_fact": """
your appointment|flight|table|room <slot>? is|has|was|for|with|at|on|are|now
your booking|reservation|trip <slot>? is|has|was|for|with|at|on|are|now
your appointment|flight|table|room <slot>? moved|starts|leaves|were|ends
your appointment|flight|table|room <slot>? did|changed|could|will
your booking|reservation|trip <slot>? moved|starts|leaves|were|ends|did|changed|could|will
your ride|class|visit|viewing|seat|bag <slot>? is|has|was|for|with|at|on|are|now
your ride|class|visit|viewing|seat|bag <slot>? moved|starts|leaves|were|ends
your ride|class|visit|viewing|seat|bag <slot>? did|changed|could|will
your session|exam|test|interview <slot>? is|has|was|for|with|at|on|are|now
your rental|ticket|tickets <slot>? is|has|was|for|with|at|on|are|now
your session|exam|test|interview|rental|ticket|tickets <slot>? moved|starts|leaves|were|ends
your session|exam|test|interview|rental|ticket|tickets <slot>? did|changed|could|will
your train|driver|car|glasses|prescription|place <slot>? is|has|was|for|with|at|on|are|now
your train|driver|car|glasses|prescription|place <slot>? moved|starts|leaves|were|ends
your train|driver|car|glasses|prescription|place <slot>? did|changed|could|will
appointment with|is|on|moved|at
check in|out is|for|from
boarding
gate|platform|coach|terminal
delayed
is|was|are|were|has been? cancelled|delayed|moved|closed|postponed
is full
waiting list
please bring|come|be|arrive|pack|do|keep|tell
doors open
is booked|reserved|confirmed|set
test results
results are
doctor|dr|vet|dentist|surgeon
prescription|medicine|tablet|dose
starts|start|begins|takes|moved|moves at|in|on|from|to|place
running late
minutes late
is ill|sick
your seat
engineer|technician|plumber
exam|homework|grade|lesson|essay
vaccine|vaccination|shot
the|an appointment
results
please bring
bring your insurance|card|licence|license|id|passport|current|documents
see you on|tomorrow|at|then
""",
    "asked_for": """
you asked|wanted|requested|reported|reserved|ordered|set|chose|marked
as you asked|wanted|requested|wished
as agreed|requested|promised
you asked about|for|to|us|whether|if
you re on|waiting|second|third|in
at your request
your question|request|report
you signed up for
you have signed
price alert
is|are available|back again|in
is in stock
is back in
in stock at
out of stock
available again
tell you once
let you know
i ll tell|let|write|remind
you asked how|what|whether|for our|if
you wanted to know|have
you chose
as announced|quoted|told|promised
you asked about is|are
you asked about
would you like to be told
as you chose
you turned|switched them|it off
""",
    "choice": """
you won|ll|will not|no|t get|longer|receive
no longer receive|get
unsubscribed|unsubscribe
write|reply|send|text stop|start
stop all? messages|offers|alerts|everything|promotions
you can stop|cancel any time|offers
what would you like to hear
which messages
want|like delivery|order updates
news and offers
offers|promotions|deals|news or|and reminders|everything|promotions|appointments
offers|promotions|deals|news or|and account|orders|deliveries|offers
alerts are|is
alerts
messages are|is|off|on
marketing messages|is|off
not for advertising|marketing
not|never|t sell
your choices|choice
paused
hear about
deliveries|orders|order|reminders|appointments and|or|news account|news|reminders|offers
deliveries|orders|order|reminders|appointments and|or|news promotions|deals|orders|stock
""",
    "question": """
what is|are|s your
which of|size|shade|one|color|colour|day|messages|order
could|can you rephrase|repeat|put|say|send
please enter|send|choose|check|tell|keep|confirm|log
would you like a|to time|call|reschedule|speak
shall i|we tell|look|go|replace|set|save|send
should we go
did you mean
is that|this right|correct|ok
anything else
how would you rate
how was
would you recommend
from to <number>
was this helpful
was it
is ... fine for you
do you need|want
any allergies
where should
can you
how many
want me to repeat|send|check|look
^ which|what|who|how|where|when|why
shall we
did the|you|it
can i|we
""",
    "service": """
sorry
apologise|apologize|apologies
you re welcome
i m|am a|the|not|sorry|glad|here|afraid
i can|don|do|ll|remember|didn|lost|have|will
team|colleagues replies|reads|will|is
no worries
don t worry
understand
no problem
happy to help
hello|hi|bonjour there|i
feel free
welcome to
let me
have a great|nice|good
patience
bear with
problem|issue|fault|bug|error|broken|broke
we kept|found|need|moved|have
feedback
working on
fixing|fixed
volunteer|volunteers
^ thanks|thank
a|the|another|our colleague|human|agent|team|person
help you with
our team|colleagues reply|replies|reads|will|is
thanks for your patience|message|visit|order|purchase|payment|gift|help|answer|coming
^ sorry
let me check|see|look|get
just a moment|minute|second
good|great news the|your|nothing
call|calls you back
any time
""",
    "hours": """
open|opens|opened from|at|until|on|between|again
closed|closes|closing
is|are open
is|are served
opening hours
located|address
moved to
parking is
lift|elevator|ramp|entrance
between <time> and
from <time>|<number> to
at <time>
public holidays
working days
wi fi
floor
branch ... opens
new branch
opens saturday|monday|sunday|friday
""",
    "other_sense": """
booking|reservation|reference|ref|order|flight|ticket|confirmation|locator <coupon>
<coupon> is|has|was confirmed|cancelled|shipped|ready|delayed
try|tried|trying to spend|pay|buy
turn your|the phone|device|router|modem|mobile ... off|on
money is|are|was down to <money>
off your|the bill|account
guest pass
raised|collected <money>
show this message at|to
job offer|offers
offer letter
offer of admission|<money>|employment
your|the|my offer of|was|has|is
accepted|accept|declined your|the offer
offers help|quiet|rooms|advice
can t|not offer
we offer
offer advice
deal directly
your sale
sale items
retail sales
sales rose|fell
buy or rent
buying on
bought was
free of charge
free cancellation
free to chat|call|ask
free article|outside
feel free
free everywhere
for free or
saved
seller|buyer
on behalf
special characters|needs
limited mobility
order by
by order
ticket number
upgrade the app
upgrade is confirmed
winning
to win time
miss the|your exit|bus|stop
news of
today only the
the price|prices includes|you
price includes
price you paid
promotion to
no extra charge|cost
at no cost to
hurry isn
new device|card|sim|time|day|one|address|rates|message
new here
trade in phone|value
value it at
avoid a|an? fee|late|charge
to avoid
late fee
delivery|returns|parking|entry|admission|it was|is|are free
was free because
is|are free for patients|under|members|a
still for sale
only sell to
sold to someone
receive ... tracking|update|invoice
is|are free of|within|to|and
deal with
sale of your|the|my
save this|your|the answers|settings|address|choice|file|number
told once
be told once
twice|once|times a day
new price of
for free entry
it isn t from us
delete it
a deal is
premium of|for your policy
we missed you by|today
best number|thing|regards|wishes|way
system upgrade
upgrade of the system
members of
welcome !
^ order <slot>|<number>|<coupon>|received|confirmed|cancelled|canceled|update|status|number
^ order is|was|has|of|pick|total|placed|shipped|delivered|ready
^ order now on|in|at|being|with|out|packed
order|parcel|package|shipped|sent|left ... arrives in
train|bus|driver|nurse|engineer|technician|van ... arrives in
<slot>|<number> arrives in
arrives in <number>|<slot>|two|three|four|five|ten|half
about|of this|your|the|my order here
tickets for ... attached|enclosed|below|valid
tickets for your visit|appointment
tickets are|is attached|enclosed|below|valid
pay|paid|payable|due at the till|checkout|counter
^ upgrade of|done|finished|complete|failed|is|was|scheduled
charges|asks|costs <money> instead of <money>?
changed|moved ... instead of
book returned|received
check out of
""",
}
