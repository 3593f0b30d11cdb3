"""Sponsored messages through the Marketing API: kept to be read, refused from 2024-05-01."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from simulator.testing import GraphAnswer, Simulator

Json = dict[str, Any]
ACCOUNT = "act_1000000001"
TARGETING = {"publisher_platforms": ["messenger"], "messenger_positions": ["sponsored_messages"]}
CREATIVE = {
    "object_id": "1234567890",
    "object_type": "SHARE",
    "messenger_sponsored_message": json.dumps({"message": {"text": "20% off"}}),
}


def post(messenger: Simulator, path: str, fields: Json) -> GraphAnswer:
    """Post a form whose objects are JSON, as the official client does."""
    form = {k: json.dumps(v) if isinstance(v, (dict, list)) else v for k, v in fields.items()}
    line = http.client.HTTPConnection(messenger.url.removeprefix("http://"))
    address = f"/v26.0/{path}?access_token=sim-page-token"
    line.request(
        "POST", address, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    response = line.getresponse()
    answer = GraphAnswer(response.status, json.loads(response.read()))
    line.close()
    return answer


def create(messenger: Simulator, edge: str, **fields: Any) -> GraphAnswer:
    return post(messenger, f"{ACCOUNT}/{edge}", fields)


def campaign(messenger: Simulator) -> str:
    answer = create(
        messenger,
        "campaigns",
        name="[Autumn] sale",
        objective="OUTCOME_ENGAGEMENT",
        status="PAUSED",
        special_ad_categories=[],
    )
    return str(answer.body["id"])


def sponsored(messenger: Simulator) -> list[GraphAnswer]:
    """Try to create an ad set and a creative that are of a sponsored message."""
    return [
        create(
            messenger,
            "adsets",
            name="everybody",
            campaign_id=campaign(messenger),
            targeting=TARGETING,
        ),
        create(messenger, "adcreatives", **CREATIVE),
    ]


def test_what_was_created_can_be_read(messenger: Simulator) -> None:
    messenger.set_now("2024-04-30T23:00:00Z")
    ad_set, creative = (answer.body["id"] for answer in sponsored(messenger))
    made = create(
        messenger, "ads", name="autumn", adset_id=ad_set, creative={"creative_id": creative}
    )
    known_as = made.body["id"]
    for end in ("", "/"):
        read = messenger.graph("GET", f"{known_as}{end}?fields=name,creative").body
        assert read == {"id": known_as, "name": "autumn", "creative": {"id": creative}}
    assert [ad["fields"]["name"] for ad in messenger.ads("adsets")] == ["everybody"]
    assert messenger.ads("adsets")[0]["fields"]["targeting"] == TARGETING
    assert messenger.ads("campaigns")[0]["fields"]["name"] == "[Autumn] sale"
    rows = messenger.graph("GET", f"{ACCOUNT}/campaigns?fields=name,status").body["data"]
    assert [(row["name"], row["status"]) for row in rows] == [("[Autumn] sale", "PAUSED")]
    assert len(messenger.ads()) == 4
    assert post(messenger, known_as, {"status": "ACTIVE"}).body == {"success": True}
    assert messenger.graph("GET", f"{known_as}?fields=status").body["status"] == "ACTIVE"


def test_sponsored_messages_ended_on_2024_05_01(messenger: Simulator) -> None:
    messenger.set_now("2024-05-01T00:00:00Z")
    for answer in sponsored(messenger):
        assert answer.error == (100, None)
        assert "sponsored messages" in answer.body["error"]["message"]
    messenger.change_page(sponsored_messages=True)
    assert [answer.status for answer in sponsored(messenger)] == [200, 200]


def test_an_ad_made_of_older_parts_is_refused_too(messenger: Simulator) -> None:
    messenger.set_now("2024-04-30T23:00:00Z")
    old_set, old_creative = (answer.body["id"] for answer in sponsored(messenger))
    messenger.set_now("2024-05-01T00:00:00Z")
    plain_set = create(messenger, "adsets", name="x", campaign_id=campaign(messenger)).body["id"]
    plain = create(messenger, "adcreatives", object_id="1").body["id"]

    def ad(ad_set: str, creative: str) -> int:
        fields = {"name": "ad", "adset_id": ad_set, "creative": {"creative_id": creative}}
        return create(messenger, "ads", **fields).status

    assert ad(old_set, plain) == 400
    assert ad(plain_set, old_creative) == 400
    assert ad(plain_set, plain) == 200


@pytest.mark.parametrize(
    ("edge", "fields", "names"),
    [
        ("campaigns", {"objective": "X"}, "`name`"),
        ("adsets", {"name": "x", "campaign_id": "9"}, "none of the campaigns"),
        ("ads", {"name": "x", "adset_id": "9", "creative": {}}, "none of the adsets"),
    ],
)
def test_an_object_needs_what_it_is_made_of(
    messenger: Simulator, edge: str, fields: Json, names: str
) -> None:
    answer = create(messenger, edge, **fields)
    assert answer.error == (100, None)
    assert names in answer.body["error"]["message"]
    assert messenger.ads() == []


def test_another_account_another_object_and_another_path_are_unknown(messenger: Simulator) -> None:
    assert messenger.graph("GET", "act_2/campaigns").error == (100, 33)
    assert messenger.graph("GET", "99").error == (100, 33)
    assert messenger.graph("POST", "99", {"status": "ACTIVE"}).error == (100, 33)
    assert messenger.graph("POST", f"{ACCOUNT}/message_campaign", {}).error == (2500, None)
    assert messenger.graph("GET", f"{ACCOUNT}/ads", token="wrong").error == (190, None)
    assert messenger.graph("POST", f"{ACCOUNT}/campaigns", []).error == (100, None)
