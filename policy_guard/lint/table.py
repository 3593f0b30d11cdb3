"""The platform's sizes, retired words and shapes, as its pages state them.

Sources, all Meta's Messenger Platform pages: Send API reference (v25.0, spring 2026); quick
replies, button, generic and receipt template pages (2026-04-22); customer feedback template page
(2026-03-23); One-Time Notification page (undated); changelog (2026-06-30). The postback page's and
the quick replies' titles and payloads are stated by integrators.
"""

from __future__ import annotations

from policy_guard import vocabulary
from policy_guard.vocabulary import Purpose, Push

TEXT = 1999  # "less than 2000 characters"; whether code points or UTF-16 units is not said
METADATA = 999
QUICK_REPLIES = 13
TITLE = 20
PAYLOAD = 1000
BUTTON_TEXT = 640
BUTTONS = 3
ELEMENTS = 10
ELEMENT_TEXT = 80
RECEIPT_ELEMENTS = 100
IMAGES = 30
GRID_FEWEST, GRID_MOST = 2, 6
REQUEST_TITLE = 65
FEEDBACK_TITLES = {"title": 65, "subtitle": 80, "button_title": TITLE}
FEEDBACK_QUESTION = (5, 85)
FEEDBACK_ID = 80
FEEDBACK_DAYS = (1, 7)

BUTTON_TYPES = frozenset({"postback", "web_url", "phone_number", "account_link", "account_unlink"})
UNTITLED_BUTTONS = frozenset({"account_link", "account_unlink"})
QUICK_REPLY_TYPES = frozenset({"text", "user_phone_number", "user_email"})

TEMPLATES = frozenset(
    {
        "button",
        "generic",
        "media",
        "product",
        "receipt",
        "coupon",
        "customer_information",
        "image_grid",
        "one_time_notif_req",
        "notification_messages",
        "customer_feedback",
    }
)
#: Templates that are gone, and since when.
GONE_TEMPLATES = {
    "airline_itinerary": "2021-12-06",
    "airline_checkin": "2021-12-06",
    "airline_boardingpass": "2021-12-06",
    "airline_update": "2021-12-06",
}

#: Refused with error 100 since 2026-04-27, inside the window too.
RETIRED_TAGS = frozenset({"CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "ACCOUNT_UPDATE"})
#: What makes a send lawful; the guard chooses it from the declared purpose.
LAWFULNESS = ("messaging_type", "tag", "notification_type")
RECIPIENT = ("recipient", "sender")

PURPOSES = tuple(purpose.value for purpose in Purpose)
PUSHES = tuple(push.value for push in Push)
#: Purposes whose grounds outside the window may carry no promotion.
NON_PROMOTIONAL = frozenset(purpose.value for purpose in vocabulary.NON_PROMOTIONAL)
#: Purposes whose messages go under a tag or a utility template.
UPDATES = frozenset({"account_update", "post_purchase_update", "confirmed_event_update"})
#: Purposes that people choose as alert types, so that a message of theirs names one.
CHOSEN = frozenset({*UPDATES, "promotion", "alert"})
