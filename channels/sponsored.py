"""A campaign's plan made real at the platform with its own SDK, every part of it paused.

Whatever is made has a name that comes from the plan, so a second run finds what the first made and
goes on after it. The SDK is an extra: `pip install "rasa-messenger-guard[sponsored]"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from policy_guard.campaign import Plan
from policy_guard.errors import GuardError

from . import sponsored_fields as fields
from .cli_project import masked
from .settings import ChannelSettings

EXTRA = "rasa-messenger-guard[sponsored]"
TIMEOUTS = (3.0, 30.0)  # seconds to connect, and between two bytes of the answer
_ACCOUNT = re.compile(r"act_[0-9]{1,20}")
_ID = re.compile(r"[0-9]{1,30}")
_AT_ONCE = 100
_GOES_ON = "everything that is there is paused, and the same command goes on from it"


class AdsError(GuardError):
    """The ad account could not be used, or its answer is no answer."""


class AdsRefusedError(GuardError):
    """The platform refused a part of the campaign; the sentence holds its words."""


@dataclass(frozen=True)
class Kind:
    """A kind of part: what it is called, how the SDK lists and makes it, what it belongs to."""

    name: str
    listed_by: str
    made_by: str
    parent: str | None = None


CAMPAIGN = Kind("campaign", "get_campaigns", "create_campaign")
AD_SET = Kind("ad set", "get_ad_sets", "create_ad_set", "campaign_id")
CREATIVE = Kind("creative", "get_ad_creatives", "create_ad_creative")
AD = Kind("ad", "get_ads", "create_ad", "adset_id")


@dataclass(frozen=True)
class Part:
    """A part of the campaign at the platform; *new* where this run made it."""

    kind: str
    name: str
    id: str
    new: bool


class AdAccount:
    """The parts of campaigns of one ad account; use it in one thread and close it.

    Raises AdsError for an account that cannot be one, or where the SDK is not installed.
    """

    def __init__(self, settings: ChannelSettings, account: str) -> None:
        if not _ACCOUNT.fullmatch(account):
            raise AdsError(f"`{account}` is not an ad account such as `act_1234567890`")
        try:
            from facebook_business.adobjects.adaccount import (  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, and slow to load
                AdAccount as SdkAccount,
            )
            from facebook_business.api import (  # type: ignore[import-untyped]  # noqa: PLC0415
                FacebookAdsApi,
            )
            from facebook_business.session import (  # type: ignore[import-untyped]  # noqa: PLC0415
                FacebookSession,
            )
        except ImportError:
            raise AdsError(
                f'the SDK of the Marketing API is not installed: pip install "{EXTRA}"'
            ) from None
        token, secret = settings.page_token, settings.secrets[0]
        session = FacebookSession(app_secret=secret, access_token=token, timeout=TIMEOUTS)
        session.GRAPH = settings.graph_url.rstrip("/")
        line: requests.Session = session.requests
        line.params = {"appsecret_proof": session.appsecret_proof}  # not the token
        line.headers["Authorization"] = f"Bearer {token}"
        line.trust_env = False  # a proxy or a .netrc would see, or change, who we are
        line.max_redirects = 0
        self._line, self._account = line, account
        self._secrets = (token, *settings.secrets, session.appsecret_proof)
        self._sdk = SdkAccount(account, api=FacebookAdsApi(session, settings.graph_version))
        self._there: dict[str, list[Mapping[str, Any]]] = {}

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    def find(self, kind: Kind, name: str, parent: str | None) -> str | None:
        """Return the id of the part of this name, under its parent where the kind has one."""
        for row in self._listed(kind):
            mine = kind.parent is None or str(row.get(kind.parent)) == parent
            if mine and row.get("name") == name:
                return str(row["id"])
        return None

    def make(self, kind: Kind, name: str, given: Mapping[str, Any]) -> str:
        """Make a part and return its id."""
        making: Callable[..., Any] = getattr(self._sdk, kind.made_by)
        with self._told(f"making the {kind.name}"):
            return _id(making(params={"name": name, **given}))

    def _listed(self, kind: Kind) -> list[Mapping[str, Any]]:
        if kind.name not in self._there:
            listing: Callable[..., Any] = getattr(self._sdk, kind.listed_by)
            asked = ["name", *([kind.parent] if kind.parent else [])]
            with self._told(f"looking for the {kind.name} in `{self._account}`"):
                rows = listing(fields=asked, params={"limit": _AT_ONCE})
                self._there[kind.name] = [{**row.export_all_data(), "id": _id(row)} for row in rows]
        return self._there[kind.name]

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """Turn what goes wrong while *doing* into a sentence; the SDK's own would hold the call."""
        from facebook_business.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415
            FacebookError,
            FacebookRequestError,
        )

        try:
            yield
        except FacebookRequestError as problem:
            code, says = problem.api_error_code(), problem.api_error_message()
            if code is None:
                status = problem.http_status()
                raise AdsError(f"{doing}: the platform answered `{status}`; {_GOES_ON}") from None
            words = masked(says, self._secrets) or "it does not say why"
            raise AdsRefusedError(
                f"{doing}: the platform refused with code `{code}`: {words}; {_GOES_ON}"
            ) from None
        except (requests.RequestException, OSError) as problem:
            # the cause is left out on purpose: it can carry the address with the proof
            kind = type(problem).__name__
            raise AdsError(f"{doing}: the platform does not answer: `{kind}`; {_GOES_ON}") from None
        except (FacebookError, TypeError, ValueError, LookupError, AttributeError):
            # the SDK takes a page of HTML for an answer and stumbles over it
            raise AdsError(f"{doing}: the platform's answer is no answer; {_GOES_ON}") from None


def submit(account: AdAccount, plan: Plan) -> Iterator[Part]:
    """Make, or find, every part of a campaign in order; gives each as soon as it is there.

    Raises PlanError, AdsError or AdsRefusedError; what was made before stays, paused.
    """
    given = fields.campaign(plan)
    for creative in plan.spoken:
        fields.targeting(plan, creative.language)
    campaign = _part(account, CAMPAIGN, plan.name, given, look=True)
    yield campaign
    look = not campaign.new  # of a new campaign nothing can be there
    for creative in plan.spoken:
        name = f"{plan.name} {creative.language}"
        ad_set = _part(
            account,
            AD_SET,
            name,
            fields.ad_set(plan, creative, campaign.id),
            campaign.id,
            look=look,
        )
        yield ad_set
        said = _part(account, CREATIVE, name, fields.creative(plan, creative), look=look)
        yield said
        yield _part(account, AD, name, fields.ad(ad_set.id, said.id), ad_set.id, look=look)


def _part(
    account: AdAccount,
    kind: Kind,
    name: str,
    given: Mapping[str, Any],
    parent: str | None = None,
    *,
    look: bool,
) -> Part:
    there = account.find(kind, name, parent) if look else None
    if there is not None:
        return Part(kind.name, name, there, new=False)
    return Part(kind.name, name, account.make(kind, name, given), new=True)


def _id(row: Mapping[str, Any]) -> str:
    """Return the id of a part; raises KeyError or ValueError where there is none."""
    known_as = str(row["id"])
    if not _ID.fullmatch(known_as):
        raise ValueError(known_as)
    return known_as
