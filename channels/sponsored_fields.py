"""The words of the Marketing API in which a sponsored message is written: the one place of them.

None of it is confirmed by a page of the platform that still stands. A creative's field
`messenger_sponsored_message` is in the platform's own SDK (facebook-business 26.0.3); the position
`sponsored_messages` and the shape of the ad set are those of public clients of the Marketing API
from the years in which sponsored messages were sold. Objective, bidding and languages are what the
API takes for ads today. Should the platform say otherwise, this file is what changes.
"""

from __future__ import annotations

from typing import Any

from policy_guard.campaign import Creative, Plan, PlanError, countries

STATUS = "PAUSED"  # nothing is shown to anybody before a person switches it on

OBJECTIVE = "OUTCOME_ENGAGEMENT"
BUYING_TYPE = "AUCTION"
BID_STRATEGY = "LOWEST_COST_WITHOUT_CAP"
GOAL = "IMPRESSIONS"
BILLED_FOR = "IMPRESSIONS"

PLATFORM = "messenger"
POSITION = "sponsored_messages"
DEVICES = ("mobile", "desktop")
#: The API's numbers of the languages that an ad can be aimed at: "English (All)", "French (All)".
LOCALES = {"en": 1001, "fr": 1003}

MESSAGE = "messenger_sponsored_message"
OBJECT_TYPE = "SHARE"


def campaign(plan: Plan) -> dict[str, Any]:
    """Return the fields of the campaign, which holds the budget; raises PlanError without one."""
    if plan.budget is None:
        raise PlanError("the plan has no budget: make it again with `--budget` and `--currency`")
    return {
        "objective": OBJECTIVE,
        "buying_type": BUYING_TYPE,
        "bid_strategy": BID_STRATEGY,
        "lifetime_budget": plan.budget.units,
        "special_ad_categories": [],
        "status": STATUS,
    }


def ad_set(plan: Plan, creative: Creative, campaign_id: str) -> dict[str, Any]:
    """Return the fields of the ad set of one language."""
    return {
        "campaign_id": campaign_id,
        "optimization_goal": GOAL,
        "billing_event": BILLED_FOR,
        "promoted_object": {"page_id": plan.page},
        "targeting": targeting(plan, creative.language),
        "start_time": plan.starts_at.isoformat(),
        "end_time": plan.ends_at.isoformat(),
        "status": STATUS,
    }


def targeting(plan: Plan, language: str) -> dict[str, Any]:
    """Return where the ad is shown: by place and language, never by a list of people.

    Raises PlanError for a language that has to be told from others and has no number here.
    """
    aimed: dict[str, Any] = {
        "publisher_platforms": [PLATFORM],
        "messenger_positions": [POSITION],
        "device_platforms": list(DEVICES),
    }
    if plan.aim.region is not None:
        aimed["geo_locations"] = {"countries": list(countries(plan.aim.region))}
    if plan.aim.language is not None or len(plan.spoken) > 1:
        if language not in LOCALES:
            known = ", ".join(f"`{code}`" for code in LOCALES)
            raise PlanError(f"an ad cannot be aimed at the language `{language}`, only at {known}")
        aimed["locales"] = [LOCALES[language]]
    return aimed


def creative(plan: Plan, said: Creative) -> dict[str, Any]:
    """Return the fields of what the ad says; a creative has no status of its own."""
    return {"object_id": plan.page, "object_type": OBJECT_TYPE, MESSAGE: {"message": said.message}}


def ad(ad_set_id: str, creative_id: str) -> dict[str, Any]:
    """Return the fields of the ad."""
    return {"adset_id": ad_set_id, "creative": {"creative_id": creative_id}, "status": STATUS}
