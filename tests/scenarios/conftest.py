"""One running bot for all scenarios: simulator, action server and Rasa, and people who talk to it.

Every test brings people of its own and sets the clock itself; what the store knows is per person,
so the clock may go back from one test to the next.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from policy_guard import inbox_rows, journal, people_rows, schema, sends
from policy_guard.inbox_rows import PENDING, RUNNING, InboxRow
from policy_guard.people_rows import Who
from policy_guard.sends import OPEN, SendRow
from policy_guard.sql_store import SqlStore, counters
from policy_guard.vocabulary import Person
from scripts.stack import ROOT, Stack, free_ports
from simulator.testing import SimulatorClient
from simulator.webhooks import encode, sign

Json = dict[str, Any]

PAGE = "5550001112"  # not the usual one: the channel has to ask the platform for it
RASA_TOKEN = "scenario-rasa-token"
USUAL = "2026-05-10T10:00:00Z"  # after the three tags ended, where nothing else is said
PATIENCE = 60.0  # seconds; a condition is waited for, and machines are slow at times
MODEL = ROOT / "models" / "bot.tar.gz"


@dataclass(frozen=True)
class Answer:
    """What an HTTP call was answered."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)


def call(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Make one HTTP call on this machine."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request(method, path, body, dict(headers or {}))
        response = line.getresponse()
        return Answer(response.status, response.read())
    finally:
        line.close()


def text_of(message: Json) -> str:
    """Return what a message of the thread says."""
    return str(message["message"].get("text") or "")


def offered(message: Json) -> list[str]:
    """Return the payloads of a message's quick replies."""
    return [reply["payload"] for reply in message["message"].get("quick_replies", [])]


def card_of(message: Json) -> Json | None:
    """Return what a message asks for with a tap on Notify me, None where it is no such card."""
    payload: Json = message["message"].get("attachment", {}).get("payload", {})
    return payload if payload.get("template_type") == "one_time_notif_req" else None


@dataclass
class Bot:
    """The running bot, its platform, and its store to look into."""

    stack: Stack
    sim: SimulatorClient
    store: SqlStore
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    # -- time and people ---------------------------------------------------------------------

    def at(self, moment: str) -> None:
        """Make *moment* the present, for the platform and for the bot."""
        now = self.sim.set_now(moment)

        def follows() -> bool:
            behind = datetime.fromisoformat(self.health()["now"]) - now
            return abs(behind.total_seconds()) < 30

        self.wait(follows, "the bot's clock to follow")

    def someone(self, *, french: bool = False) -> Someone:
        """Return a new person who has just said hello."""
        person = self.stranger()
        person.say("bonjour" if french else "hello")
        return person

    def stranger(self) -> Someone:
        """Return a new person who has not written yet."""
        return Someone(self, self.sim.person())

    def product(self) -> str:
        """Return a product that no other test speaks of."""
        return f"SKU {next(self._numbers)}"

    def wait(self, condition: Callable[[], Any], what: str, timeout: float = PATIENCE) -> Any:
        """Return the first true answer of a condition."""
        return self.sim.wait_for(condition, timeout, what)

    # -- the channel's own routes ------------------------------------------------------------

    @property
    def url(self) -> str:
        """Return the address of the channel."""
        return self.stack.channel_url

    @property
    def secrets(self) -> dict[str, str]:
        """Return the secrets of the Page, by their names in the environment."""
        return {k: v for k, v in self.stack.environment.items() if k.startswith("MESSENGER_")}

    def health(self) -> Json:
        """Return what the channel says of itself."""
        answer = call(f"{self.url}/")
        assert answer.status == 200
        body: Json = answer.json
        return body

    def operator(self, route: str, wish: object, token: str | None = None) -> Answer:
        """Call one of the operators' routes, with the right token unless one is given."""
        bearer = self.secrets["MESSENGER_API_TOKEN"] if token is None else token
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
        return call(f"{self.url}/{route}", "POST", json.dumps(wish).encode(), headers)

    def notify(
        self, topic: str, response: str = "utter_back_in_stock", **more: Any
    ) -> dict[str, Json]:
        """Tell everybody who asked for a topic; returns the answer's rows by person."""
        answer = self.operator("notify", {"topic": topic, "response": response, **more})
        assert answer.status == 200, answer.body
        return {row["psid"]: row for row in answer.json["results"]}

    def post(self, raw: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a webhook body, well signed unless headers are given."""
        if headers is None:
            headers = {"X-Hub-Signature-256": self.signature(raw)}
        return call(f"{self.url}/webhook", "POST", raw, headers)

    def signature(self, raw: bytes) -> str:
        """Return the signature of a webhook body."""
        return sign(self.secrets["MESSENGER_APP_SECRET"], raw)

    def body_of(self, *events: Json, page: str = PAGE) -> bytes:
        """Return the webhook body of these events."""
        return encode({"object": "page", "entry": [{"id": page, "time": 1, "messaging": events}]})

    # -- Rasa --------------------------------------------------------------------------------

    def rasa(self, path: str, wish: object = None, query: str = "") -> Any:
        """Call Rasa's own API: POST where there is something to say."""
        url = f"http://127.0.0.1:{self.stack.ports.rasa}/{path}?token={RASA_TOKEN}{query}"
        body = None if wish is None else json.dumps(wish).encode()
        headers = {"Content-Type": "application/json"}
        answer = call(url, "GET" if wish is None else "POST", body, headers)
        assert answer.status == 200, answer.body
        return answer.json

    # -- the store ---------------------------------------------------------------------------

    def counted(self, name: str) -> int:
        """Return a counter of the store."""
        with self.store.read() as tx:
            return counters(tx).get(name, 0)

    def unfinished(self) -> list[InboxRow]:
        """Return the events whose turns are not over."""
        with self.store.read() as tx:
            return inbox_rows.unfinished(tx, PAGE)

    def failed(self) -> list[InboxRow]:
        """Return the events that were given up."""
        with self.store.read() as tx:
            return inbox_rows.listed(tx, [inbox_rows.FAILED])

    @contextlib.contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Let one of the bot's processes stand still for a while."""
        group = self.stack.processes[name].pid
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(group, signal.SIGCONT)

    def one_time_tokens(self) -> set[str]:
        """Return the value of every one-time token that the platform has told the bot of."""
        bodies = [delivery["body"] for delivery in self.sim.deliveries()]
        return {value for body in bodies for value in re.findall(r"otn_[0-9a-f]{32}", body)}


@dataclass
class Someone:
    """A person in the simulator, and what the bot's store knows of them."""

    bot: Bot
    psid: str

    # -- doing -------------------------------------------------------------------------------

    def act(self, act: str, **fields: Any) -> list[Json]:
        """Do something and return what the Page then says, its turn being over."""
        before = len(self.told())
        done = self.bot.sim.act(self.psid, act, **fields)
        assert done["delivery"]["status"] == 200
        self.settle()
        return self.told()[before:]

    def say(self, text: str, **fields: Any) -> list[Json]:
        """Type something."""
        return self.act("say", text=text, **fields)

    def tap(self, payload: str) -> list[Json]:
        """Tap a quick reply that is on offer."""
        return self.act("quick_reply", payload=payload)

    def choose_delivery(self, *, french: bool = False) -> None:
        """Choose delivery alerts, as a person does."""
        self.say("je veux les alertes de livraison" if french else "I want delivery alerts")
        assert "delivery" in self.chosen()

    def ask_for(self, product: str, *, french: bool = False) -> str:
        """Ask to be told when a product is back, up to the platform's card; returns its topic."""
        words = (
            "préviens-moi d'un retour en stock" if french else "tell me when it is back in stock"
        )
        told = self.say(words) + self.say(product)
        cards = [payload for message in told if (payload := card_of(message))]
        assert len(cards) == 1, [text_of(message) for message in told]
        topic = str(cards[0]["payload"])
        assert topic.startswith("back_in_stock:")
        return topic

    def ask_and_tap(self, product: str, *, french: bool = False) -> str:
        """Ask to be told when a product is back and tap Notify me; returns the topic."""
        topic = self.ask_for(product, french=french)
        self.act("notify_me")
        return topic

    def meets(self, intent: str, **entities: str) -> list[Json]:
        """Let an event of the shop happen to the person and return what the Page then says."""
        before = len(self.told())
        wish = {"psid": self.psid, "intent": intent, "entities": entities}
        answer = self.bot.operator("events", wish)
        assert answer.status == 202, answer.body
        self.settle()
        return self.told()[before:]

    # -- waiting -----------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until every turn of the person is over and nothing is on its way to them."""
        self.bot.wait(lambda: not self._busy(), f"the turns of {self.psid}")

    def _busy(self) -> bool:
        with self.bot.store.read() as tx:
            table = schema.inbox
            states = tx.execute(
                table.select().where(
                    table.c.psid == self.psid, table.c.state.in_([PENDING, RUNNING])
                )
            ).first()
            waiting = sends.listed(tx, states=list(OPEN), who=self.who)
        return states is not None or bool(waiting)

    # -- seeing ------------------------------------------------------------------------------

    @property
    def who(self) -> Who:
        """Return the person as the store names them."""
        return Who(PAGE, self.psid)

    def told(self) -> list[Json]:
        """Return what the Page has said to the person."""
        return self.bot.sim.messages(self.psid, "page")

    def tokens(self) -> list[Json]:
        """Return the person's one-time tokens, as the platform knows them."""
        tokens: list[Json] = self.bot.sim.thread(self.psid)["tokens"]
        return tokens

    def facts(self) -> Person:
        """Return what the guard knows of the person."""
        with self.bot.store.read() as tx:
            return people_rows.read(tx, self.who, self.bot.sim.now(), "UTC")

    def chosen(self) -> set[str]:
        """Return the alert types the person has chosen."""
        return set(self.facts().alerts)

    def language(self) -> str | None:
        """Return the language the person was last heard in."""
        with self.bot.store.read() as tx:
            return people_rows.language(tx, self.who)

    def wishes(self) -> list[str]:
        """Return what the person waits to be told of."""
        with self.bot.store.read() as tx:
            return [w.topic for w in people_rows.open_wishes(tx, PAGE, psid=self.psid)]

    def decided(self, response: str | None = None) -> list[SendRow]:
        """Return what was decided on for the person, oldest first, of one response or of all."""
        with self.bot.store.read() as tx:
            rows = sends.listed(tx, who=self.who)
        return [row for row in rows if response in (None, row.response)]

    def only(self, response: str) -> SendRow:
        """Return the one thing that was decided on a response."""
        rows = self.decided(response)
        assert len(rows) == 1, [(row.response, row.state) for row in self.decided()]
        return rows[0]

    def journal(self, what: str | None = None) -> list[journal.Entry]:
        """Return the journal's lines about the person."""
        with self.bot.store.read() as tx:
            return journal.entries(tx, psid=self.psid, what=what)

    def turns(self) -> list[InboxRow]:
        """Return the person's events that were to be answered, oldest first."""
        with self.bot.store.read() as tx:
            table = schema.inbox
            found = tx.execute(
                table.select()
                .where(table.c.psid == self.psid, table.c.state != inbox_rows.NOTED)
                .order_by(table.c.id)
            ).mappings()
            rows = [inbox_rows.get(tx, PAGE, row["key"]) for row in found]
        return [row for row in rows if row is not None]

    def tracker(self) -> list[Json]:
        """Return every event of Rasa's tracker, over all sessions."""
        path = f"conversations/{self.psid}/tracker"
        events: list[Json] = self.bot.rasa(path, query="&include_events=ALL")["events"]
        return events

    def heard(self) -> list[Json]:
        """Return what Rasa heard of the person."""
        return [event for event in self.tracker() if event["event"] == "user"]

    def slot(self, name: str) -> Any:
        """Return the value of a slot."""
        tracker = self.bot.rasa(f"conversations/{self.psid}/tracker")
        return tracker["slots"].get(name)

    def objections(self) -> list[str]:
        """Return what a reviewer of the platform objected to in what was sent to the person."""
        return [rule for one in self.bot.sim.requests(self.psid) for rule in one["objections"]]

    def refusals(self) -> list[Json]:
        """Return the calls for the person that the platform refused."""
        calls = self.bot.sim.requests(self.psid)
        return [one for one in calls if one["status"] is not None and one["status"] >= 400]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Give the running bot, once for all scenarios."""
    assert MODEL.exists(), "the model is missing: `make model` trains it"
    stack = Stack(
        free_ports(),
        tmp_path_factory.mktemp("bot"),
        {"POLICY_GUARD_HOURS": str(ROOT / "tests" / "hours.yml")},
        rasa_options=("--enable-api", "--auth-token", RASA_TOKEN, "--debug"),
        simulator_options=("--page-id", PAGE),
    )
    stack.start()
    try:
        sim = SimulatorClient(stack.page_url, stack.environment["MESSENGER_PAGE_TOKEN"])
        store = SqlStore(stack.environment["POLICY_GUARD_DB"])
        yield Bot(stack, sim, store)
        store.close()
    finally:
        stack.stop()


@pytest.fixture
def bot(running: Bot) -> Bot:
    """Give the running bot at the usual moment, with a platform that does not fail."""
    running.sim.clear_faults()
    running.at(USUAL)
    return running
