"""What a call of the Send API can end in when it does not end well.

Three outcomes: it provably never left (`NeverLeft`), it may have left (`MayHaveLeft`), or the
platform refused (`GraphError`), which answers by itself what to do next. The table follows Meta's
Messenger Platform error codes (2026-06-25) and, where a row says so, the Graph API's error handling
guide or what integrators report. Meta gives no retry table for the Send API: which row is worth
another try is our reading, except where Meta says to try later (2, 4, 17, 341, 368, 613, 1200).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from policy_guard.pace import Usage

ANY = -1  # a row's subcode: this code whatever the subcode


class Fault(str, Enum):
    """Whose doing it is."""

    PLATFORM = "platform"
    OURS = "ours"
    PERSON = "person"


class Stop(str, Enum):
    """What to stop writing to: one person, one way of sending (a tag, a template), the Page."""

    PERSON = "person"
    LANE = "lane"
    PAGE = "page"


class Handling(str, Enum):
    """What a refusal asks of the sender."""

    RETRY = "retry"  # the same call, later
    FINAL = "final"  # nothing more for this message
    WAIT = "wait"  # until the person does something
    STOP = "stop"  # a person looks at it before anything more is sent
    FIX = "fix"  # settings or the request are wrong
    UNCLASSIFIED = "unclassified"  # not known: nothing is repeated, everything is kept


@dataclass(frozen=True)
class Row:
    """One refusal of the platform's, by code and subcode, and what follows from it.

    `retries` is how often the same call may be made again. `token_unused` tells that a single-use
    token was certainly not used up; a doubt is no. `unknown_outcome`: it may have been sent.
    `waits`: the message may go when what is stopped is lifted; `everything`: until then nothing is
    taken, answers neither. `slows`: we call too often, so we go slower, and the message is tried
    again for as long as it is worth something.
    """

    code: int
    subcode: int | None
    handling: Handling
    whose: Fault
    sentence: str
    retries: int = 0
    stop: Stop | None = None
    token_unused: bool = True
    outside_window: bool = False
    unknown_outcome: bool = False
    waits: bool = False
    everything: bool = False
    slows: bool = False


_F, _W, _R = Handling.FINAL, Handling.WAIT, Handling.RETRY
_P, _C = Handling.STOP, Handling.FIX
_PLATFORM, _OURS, _PERSON = Fault.PLATFORM, Fault.OURS, Fault.PERSON
_CAPPED = 3  # tries after the first, with growing pauses
_EXPIRED_TOKEN_SUBCODES = range(458, 468)
_MARKETING_API_CODES = range(2300000, 2300081)

UNCLASSIFIED = Row(
    0,
    ANY,
    Handling.UNCLASSIFIED,
    _PLATFORM,
    "a refusal that this table does not know",
    token_unused=False,
)

#: A refusal that only its HTTP status tells (RFC 6585): a box on the way may give no code.
TOO_MANY_REQUESTS = 429
TOO_MANY = Row(0, ANY, _R, _OURS, "calls come too often (HTTP 429)", retries=_CAPPED, slows=True)

TABLE: tuple[Row, ...] = (
    Row(10, 2018278, _W, _OURS, "outside the allowed window", outside_window=True),
    Row(10, 2534022, _W, _OURS, "outside the allowed window", outside_window=True),
    Row(
        10,
        2018065,
        _F,
        _OURS,
        "outside the window, where only news messaging could reach",
        outside_window=True,
    ),
    Row(10, 2018108, _F, _PERSON, "the person cannot receive messages now"),
    Row(
        10,
        1893063,
        _P,
        _OURS,
        "the Page may not send for a time, for activity against the policy",
        stop=Stop.PAGE,
        waits=True,
    ),
    Row(
        10,
        1893015,
        _F,
        _PERSON,
        "the person stopped this topic, and its token is worth nothing",
        token_unused=False,
    ),
    Row(
        10, 1404170, _P, _OURS, "the Page may not send opt-in requests", stop=Stop.LANE, waits=True
    ),
    Row(10, 2018336, _C, _OURS, "the thread is under the limits of Europe or Japan"),
    Row(10, None, _C, _OURS, "a permission is missing"),
    Row(10, ANY, _C, _OURS, "probably a permission is missing", token_unused=False),
    # a bare 100 may speak of the token itself: the subcode for a bad one is not documented
    Row(
        100,
        None,
        _F,
        _OURS,
        "something in the request is not valid: the recipient, the token or the tag",
        token_unused=False,
    ),
    Row(
        100,
        1893061,
        _F,
        _OURS,
        "the message tag was retired; this subcode is reported, not documented",
        stop=Stop.LANE,
        waits=True,
    ),
    Row(
        100,
        2018276,
        _C,
        _OURS,
        "the Page is not approved for HUMAN_AGENT",
        stop=Stop.LANE,
        waits=True,
    ),
    Row(
        100,
        2018001,
        _F,
        _PERSON,
        "no person of this Page is known by that id",
        stop=Stop.PERSON,
        token_unused=False,
    ),
    Row(100, 33, _C, _OURS, "the object is missing or not permitted", token_unused=False),
    Row(100, 2018008, _R, _PLATFORM, "the media could not be fetched", retries=_CAPPED),
    Row(100, 2018294, _R, _PLATFORM, "fetching the media took too long", retries=_CAPPED),
    Row(100, 2018047, _C, _OURS, "the media is of the wrong type"),
    Row(100, 2018074, _C, _OURS, "the attachment id is not valid"),
    Row(100, 2018109, _F, _OURS, "the attachment is too large"),
    Row(100, 2018014, _C, _OURS, "a message and a sender action were sent together"),
    Row(
        100,
        2534025,
        _F,
        _OURS,
        "the comment can have no private reply: used or too old",
        token_unused=False,
    ),
    Row(100, 2534037, _W, _PLATFORM, "another app controls the thread"),
    Row(100, 2018300, _W, _PLATFORM, "another app controls the thread"),
    Row(
        100,
        2018321,
        _R,
        _PLATFORM,
        "the platform's own questions and answers control the chat",
        retries=1,
    ),
    Row(
        2018321,
        ANY,
        _R,
        _PLATFORM,
        "the platform's own questions and answers control the chat",
        retries=1,
    ),
    Row(551, ANY, _F, _PERSON, "the person is not available", stop=Stop.PERSON),
    Row(551, 1545041, _F, _PERSON, "the person is not available", stop=Stop.PERSON),
    Row(200, 1545041, _F, _PERSON, "the person is not available", stop=Stop.PERSON),
    Row(200, 2018028, _C, _OURS, "the app is not live or pages_messaging is not reviewed"),
    Row(200, 2018021, _C, _OURS, "people cannot be found by telephone number"),
    Row(200, 2018027, _C, _OURS, "people cannot be found by telephone number"),
    Row(200, ANY, _C, _OURS, "the app is not live or pages_messaging is not reviewed"),
    *(
        Row(
            190,
            subcode,
            _P,
            _OURS,
            "the Page token is not valid any more",
            stop=Stop.PAGE,
            waits=True,
            everything=True,
        )
        for subcode in _EXPIRED_TOKEN_SUBCODES
    ),
    Row(
        190,
        ANY,
        _P,
        _OURS,
        "the Page token is not valid",
        stop=Stop.PAGE,
        waits=True,
        everything=True,
    ),
    Row(
        1,
        99,
        _R,
        _PLATFORM,
        "an unknown error, often a missing permission",
        retries=1,
        token_unused=False,
    ),
    Row(
        1,
        1357046,
        _F,
        _PLATFORM,
        "an answer that cannot be read, although it was sent",
        token_unused=False,
        unknown_outcome=True,
    ),
    Row(
        2,
        ANY,
        _R,
        _PLATFORM,
        "the platform is in trouble, or the person blocked the Page",
        retries=_CAPPED,
        token_unused=False,
    ),
    Row(2, 2018344, _C, _OURS, "the Page's contact terms are not accepted", token_unused=False),
    Row(
        1200,
        ANY,
        _R,
        _PLATFORM,
        "sending failed for the moment (in older lists only)",
        retries=_CAPPED,
        token_unused=False,
    ),
    Row(4, ANY, _R, _OURS, "the app calls too often", retries=_CAPPED, slows=True),
    Row(4, 2018022, _R, _OURS, "too many sends by telephone number", retries=_CAPPED),
    Row(4, 2018354, _R, _OURS, "the next marketing message is not yet due", retries=1),
    Row(9, 2018352, _F, _OURS, "today's opt-in requests are used up", stop=Stop.LANE, waits=True),
    Row(17, ANY, _R, _OURS, "the user calls too often", retries=_CAPPED, slows=True),
    Row(32, ANY, _R, _OURS, "the Page calls too often", retries=_CAPPED, slows=True),
    Row(613, ANY, _R, _OURS, "calls come too often", retries=_CAPPED, slows=True),
    Row(613, 2534040, _R, _OURS, "calls come too often", retries=_CAPPED, slows=True),
    Row(613, 1996, _R, _OURS, "calls come too often", retries=_CAPPED, slows=True),
    Row(80001, ANY, _R, _OURS, "the Page calls too often", retries=_CAPPED, slows=True),
    Row(80006, ANY, _R, _OURS, "the Page sends too often", retries=_CAPPED, slows=True),
    Row(
        613,
        2018338,
        _P,
        _OURS,
        "too many tagged messages to this person, and the Page is threatened with a restriction",
        stop=Stop.PAGE,
    ),
    Row(613, 1893016, _F, _OURS, "this topic was already asked about"),
    Row(
        368,
        ANY,
        _P,
        _OURS,
        "blocked for a time for breaking the policy (Graph API guide)",
        stop=Stop.PAGE,
        waits=True,
    ),
    Row(2022, ANY, _P, _OURS, "commerce messages are switched off", stop=Stop.LANE, waits=True),
    Row(
        341,
        ANY,
        _R,
        _OURS,
        "the application has reached a limit for the moment (Graph API guide)",
        retries=_CAPPED,
        slows=True,
    ),
    Row(10303, ANY, _F, _OURS, "the account linking token is not valid"),
    *(
        Row(code, ANY, _F, _OURS, "an answer of the Marketing Message API", token_unused=False)
        for code in _MARKETING_API_CODES
    ),
)

_BY_CODE = {(row.code, row.subcode): row for row in TABLE}


def classify(code: int | None, subcode: int | None, status: int | None = None) -> Row:
    """Return the row for a refusal: the exact one, else that of the code with any subcode.

    Where no row knows the code, the HTTP *status* may say enough.
    """
    unknown = TOO_MANY if status == TOO_MANY_REQUESTS else UNCLASSIFIED
    if code is None:
        return unknown
    exact = _BY_CODE.get((code, subcode)) if subcode != ANY else None
    return exact or _BY_CODE.get((code, ANY), unknown)


class SendError(Exception):
    """A call of the Send API that did not end in a message id."""


class NeverLeft(SendError):  # noqa: N818 - named after the outcome, as the two others are
    """The call provably reached no one: no connection, no name, no TLS, nothing to send."""


class GraphError(SendError):
    """The platform refused; every answer a sender needs is on the error itself.

    `message` is the platform's own text, without our secrets; `code` is None where the refusal was
    plain HTTP. Retry-worthiness, blame and what to stop come from the table.
    """

    def __init__(
        self,
        *,
        status: int,
        code: int | None = None,
        subcode: int | None = None,
        fbtrace_id: str | None = None,
        message: str = "",
        usage: Usage | None = None,
    ) -> None:
        self.usage = usage
        self.status = status
        self.code = code
        self.subcode = subcode
        self.fbtrace_id = fbtrace_id
        self.message = message
        self.row = classify(code, subcode, status)
        number = "none" if code is None else str(code)
        sub = "" if subcode is None else f"/{subcode}"
        super().__init__(
            f"the platform refused with HTTP `{status}`, code `{number}{sub}`: {self.row.sentence}"
        )

    @property
    def retry(self) -> bool:
        """Tell whether the same call may be made again later."""
        return self.row.retries > 0

    @property
    def retries(self) -> int:
        """Return how many more tries of the same call make sense."""
        return self.row.retries

    @property
    def whose(self) -> Fault:
        """Return whose doing it is."""
        return self.row.whose

    @property
    def stop(self) -> Stop | None:
        """Return what to stop writing to, None for nothing."""
        return self.row.stop

    @property
    def token_unused(self) -> bool:
        """Tell whether a single-use token was certainly not used up."""
        return self.row.token_unused

    @property
    def outside_window(self) -> bool:
        """Tell whether the platform found the standard messaging window closed."""
        return self.row.outside_window


class MayHaveLeft(SendError):  # noqa: N818 - named after the outcome, as the two others are
    """The outcome is not known; the person may have the message. Never a reason to send again.

    `error` is what the platform said, where it answered at all.
    """

    def __init__(self, sentence: str, error: GraphError | None = None) -> None:
        self.error = error
        super().__init__(sentence)
