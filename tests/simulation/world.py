"""One world: people, a platform, a channel that dies and comes back; told whole by its seed."""

from __future__ import annotations

import asyncio
import atexit
import gc
import logging
import random as random_module
import shutil
import sqlite3
import uuid
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from channels import broadcast, commits
from channels.service import Alert
from channels.threads import Reply
from policy_guard import worker_id
from policy_guard.broadcast_rows import CANCELLED, DONE, PAUSED, RUNNING
from policy_guard.delivery import Delivery, OnUnknown
from policy_guard.errors import StoreBusy, StoreError
from policy_guard.vocabulary import QuietHours, Settings
from tests.quick import quick_folder

from .checker import check
from .dialogue import ALERT, CHOSEN, SHOP, Memory
from .faults import Weather
from .history import FAIL, INFO, INVOKE, OK, History, Op
from .loop import VirtualLoop, spawn
from .platform import DAY, HOUR, MINUTE, SECOND, Person, Platform, Wire, signed
from .process import Killed, Process, name_of_worker, template

#: What is less grave than this is not written to any log.
LOGGED = logging.CRITICAL
_BESIDE = 0.3  # of the worlds have a second process from their beginning
_STOPS = {"broadcast paused": PAUSED, "broadcast cancelled": CANCELLED}
_LOOKS_AT_BROADCASTS = 60  # until it runs
_DRAINS = 40  # looks at whether everything has come to its end
_SHORT_LOOKS = 15  # of them a minute apart; after them an hour
_UNFINISHED = (
    "SELECT count(*) FROM inbox WHERE state IN ('pending', 'running')",
    "SELECT count(*) FROM broadcast WHERE state IN ('running', 'paused')",
    "SELECT count(*) FROM broadcast WHERE state = 'cancelled' AND swept_at IS NULL",
    "SELECT count(*) FROM recipient WHERE state = 'waiting'",
    "SELECT count(*) FROM send WHERE state IN ('ready', 'claimed', 'committed', 'sending')",
)


@dataclass
class Result:
    """What a world showed: its history, how often each fault happened, and what was wrong."""

    seed: int
    ops: list[Op] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lived: int = 0  # milliseconds of the world's own time


class World:
    """The state of one world; `live` runs it."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.folder = folder
        self.random = Random(seed)  # noqa: S311 - it draws tests, not secrets
        self.chance = Random(f"{seed}:chance")  # noqa: S311 - the same
        self.weather = Weather(Random(f"{seed}:weather"), seed)  # noqa: S311 - the same
        self.memory = Memory()
        self.skew = 0
        self.disk_full = self.disk_was_full = False
        self.history = History(self._now, ticks=lambda: asyncio.get_event_loop().time())
        self.settings, self.delivery = Settings(), Delivery()
        self.platform = Platform(self.weather, self.history, self.random)
        self.platform.door = self._door
        self._processes: list[Process] = []
        self._taken: dict[str, str] = {}  # which process last set out to send a message
        #: Whether those beside a dead process see that it is, or have to wait for its lease to end.
        self._one_machine = self.random.random() < 0.5
        self._beside: set[asyncio.Task[Any]] = set()
        self._lock: sqlite3.Connection | None = None
        self._plain: sqlite3.Connection | None = None
        self._set()

    def _set(self) -> None:
        """Let the operators of some worlds have settings of their own."""
        if self.weather.drawn("quiet hours"):
            self.settings = Settings(quiet_hours=QuietHours(time(22), time(8)))
            self.weather.happened("quiet hours")
        if self.weather.drawn("answers in doubt go once more"):
            self.delivery = Delivery(on_unknown=OnUnknown.RESEND_ONCE)
            self.weather.happened("answers in doubt go once more")
        resends = self.delivery.on_unknown is OnUnknown.RESEND_ONCE
        quiet = self.settings.quiet_hours is not None
        self.history.add(INFO, "world", "settings", quiet=quiet, resends=resends)

    def _now(self) -> int:
        return self.platform.now()

    # -- what a process needs ----------------------------------------------------------------

    def wire(self, process: Process) -> Wire:
        """Return the way to the platform."""
        return Wire(self.platform, self.weather, self.history, self.random, process)

    def died(self, process: Process) -> None:
        """Note a death, and start another process after a while."""
        self.history.add(INFO, "process", process.name, what="killed")
        self._later(self._another(self.random.choice((0.0, 0.3, 2.0)), worker=process.sends_only))

    def takes(self, process: Process, send_id: str) -> None:
        """Note that a process sets out to send a message; another that lives may have done so."""
        before, self._taken[send_id] = self._taken.get(send_id), process.name
        living = {one.name for one in self._processes if one.alive}
        if before != process.name and before in living:
            self.weather.happened("two workers on one row")

    def has_ended(self, worker: str) -> bool:
        """Tell what those beside a process know of it."""
        dead = {one.name for one in self._processes if not one.alive}
        return self._one_machine and worker in dead

    def opt_out_now(self, process: Process, psid: str) -> None:
        """Let a person write STOP, and have it kept before anything else happens."""
        name, item = self._message(psid, "STOP")
        raw, _ = signed([item], self.platform.now())

        def tell(kept: bool) -> None:  # acknowledged is only what was committed
            if kept:
                self.weather.happened("opt-out between claim and commit")
                self.history.add(OK, "webhook", f"w{name}", events=[name], status=200)
            else:
                self.platform.happened((name, psid, item))

        process.take_now(raw, tell)

    def fails(self, text: str) -> bool:
        """Tell whether the turn of a text breaks."""
        if text.startswith("fail "):
            self.weather.happened("turn always fails")
            return True
        if text in self.memory.failed or not self.weather.strikes("turn fails once"):
            return False
        self.memory.failed.add(text)
        self.weather.happened("turn fails once")
        return True

    # -- life --------------------------------------------------------------------------------

    async def live(self) -> None:
        """Let things happen, then let everything come to its end."""
        await self._another(0.0)
        if self.random.random() < _BESIDE:
            await self._another(0.0, worker=self.random.random() < 0.2)
        self._arrive()
        for _ in range(self.random.randint(2, 5)):
            await asyncio.sleep(self.random.choice((0.0, 0.02, 0.3, 1.0)))
            self._trouble()
            self._act()
        await asyncio.sleep(self.random.choice((0.1, 1.0, 3.0)))
        await self._drain()

    async def _another(self, after: float, *, worker: bool = False) -> None:
        """Start a process; where the store is held, a supervisor tries again."""
        await asyncio.sleep(after)
        while True:
            process = Process(self, f"p{len(self._processes) + 1}", sends_only=worker)
            self._processes.append(process)
            self.history.add(INVOKE, "process", process.name, what="start")
            started = spawn(process, process.start_worker() if worker else process.start())
            await asyncio.wait({started})
            if not process.alive:
                return  # it was killed at once, and the next is on its way
            if not started.cancelled() and started.exception() is None:
                self.history.add(OK, "process", process.name, what="serves")
                return
            process.alive = False
            process.cancel_all()
            problem = started.exception()
            self.history.add(FAIL, "process", process.name, what=str(problem))
            if problem is not None and not isinstance(problem, StoreBusy | StoreError):
                raise problem  # no trouble of the world's: the program cannot start at all
            await asyncio.sleep(1.0)

    @property
    def serving(self) -> Process | None:
        """Return a process that answers now."""
        able = [one for one in self._processes if one.alive and one.service is not None]
        return self.random.choice(able) if able else None

    async def _door(self, raw: bytes, headers: Mapping[str, str]) -> int | None:
        process = self.serving
        if process is None:
            return None
        task = spawn(process, process.webhook(raw, headers))
        await asyncio.wait({task}, timeout=20)
        if not task.done() or task.cancelled() or task.exception() is not None:
            return None
        return task.result()

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _drain(self) -> None:
        """Let all troubles end and time pass until nothing is left to be done."""
        self.weather.calm = True
        self.skew, self.platform.revoked_until, self.disk_full = 0, 0, False
        self._unlock()
        self.history.add(INFO, "world", "calm")
        if self.platform.blocked:
            self.platform.enforce("unblock")
        for looks in range(_DRAINS):
            self._end_pauses()
            await asyncio.sleep(1.5)
            if not self.platform.delivers and not self._beside and self._finished():
                if not self.platform.holds:
                    break
                self.platform.skip_to_the_held()
            else:
                self.platform.skip(61 * SECOND if looks < _SHORT_LOOKS else HOUR)
        for process in self._processes:
            if process.alive:
                await process.stop()
        for process in self._processes:
            process.close()

    def _end_pauses(self) -> None:
        """Let operators go on with what they have paused, or end it."""
        for number, key, state in self._broadcasts():
            if state == PAUSED:
                self._command(number, key, self.random.choice((RUNNING, CANCELLED)))

    def _finished(self) -> bool:
        return not any(self._look(query)[0][0] for query in _UNFINISHED)

    # -- what people and operators do --------------------------------------------------------

    def _arrive(self) -> None:
        """Let everybody write once, and some ask to be told of something."""
        acts = []
        for n in range(self.random.randint(2, 3)):
            psid = f"{9000 + n}"
            self.platform.people[psid] = Person(psid)
            name, item = self._message(psid, f"{self._new('e')} x1")
            acts.append((name, psid, item))
        self.platform.happened(*acts)
        self._opt_in(self.random.choice(list(self.platform.people)))
        if self.random.random() < 0.6:
            spans = (2 * HOUR, 25 * HOUR, 8 * DAY)
            if self.settings.quiet_hours is not None:
                spans = (9 * HOUR, 10 * HOUR + 59 * MINUTE, 35 * HOUR)  # into the night, or near it
            self.platform.skip(self.random.choice(spans))

    def _new(self, what: str) -> str:
        return f"{what}{self.platform.number('name')}"

    def _message(self, psid: str, text: str, **more: Any) -> tuple[str, dict[str, Any]]:
        mid = f"m_{self.platform.number('message')}"
        content = {"mid": mid, "text": text, **more}
        item = self.platform.event(psid, message=content)
        name, key = mid, f"message:{mid}"
        said, _, times = text.partition(" x")
        expects = [f"{said} #{n}" for n in range(int(times or 1))]
        if text in {"STOP", "START"}:
            expects = [f"{'bye' if text == 'STOP' else 'welcome'} {key}"]
        what = {"STOP": "stop", "START": "start"}.get(text, "said")
        self._did(name, what, psid, item, text=text, expects=expects)
        return name, item

    def _did(self, name: str, what: str, psid: str, item: Mapping[str, Any], **more: Any) -> None:
        at = self.platform.now()
        self.history.add(INVOKE, "event", name, what=what, psid=psid, event_at=at, **more)

    def _opt_in(self, psid: str) -> None:
        """Let a person tap Notify me."""
        token, topic = self._new("token-"), f"back_in_stock:{self._new('sku-')}"
        self.platform.people[psid].tokens[token] = False
        optin = {"type": "one_time_notif_req", "payload": topic, "one_time_notif_token": token}
        item = self.platform.event(psid, opens=False, optin=optin)
        told = {"topic": topic, "expects": [f"noted {topic}"]}
        self._did(token, "optin", psid, item, **told)
        self.platform.happened((token, psid, item))

    def _trouble(self) -> None:
        """Let something go wrong that no message has to ask for."""
        weather, random = self.weather, self.random
        if weather.strikes("clock jumps forward"):
            self._jump("clock jumps forward", random.randint(10, 180))
        if weather.strikes("clock jumps back"):
            self._jump("clock jumps back", -random.randint(10, 180))
        if weather.strikes("database locked") and self._lock is None:
            self._later(self._locked(random.choice((0.05, 0.5, 4.0))))
        if weather.strikes("disk full") and not self.disk_full:
            self._later(self._full(random.choice((0.5, 4.0))))
        if weather.strikes("page token revoked"):
            weather.happened("page token revoked")
            self.platform.revoked_until = self.platform.now() + random.randint(1, 60) * SECOND
        if weather.strikes("page blocked"):
            self._enforce()
        if weather.drawn("opt-out between claim and commit"):
            self._alert("")  # what is put off of them is what somebody can opt out of in between

    def _enforce(self) -> None:
        """Let the platform block the Page, with an alert ordered soon after, or end the block."""
        if self.platform.blocked:
            self.platform.enforce("unblock")
            return
        self.weather.happened("page blocked")
        self.platform.enforce("block")
        topics = [op.value["topic"] for op in self.history.ops if op.value.get("what") == "optin"]
        self._later(self._notify(self.random.choice(topics), ALERT, after=1.0))

    async def _operate(self, fault: str, state: str, key: str) -> None:
        """Let an operator stop an alert soon after it was ordered, and perhaps go on with it."""
        number = None
        for _ in range(_LOOKS_AT_BROADCASTS):
            await asyncio.sleep(self.random.choice((0.0, 0.0, 0.01)))
            running = {k: n for n, k, now in self._broadcasts() if now == RUNNING}
            number = running.get(key)
            if number is not None:
                break
        if number is None or not self._command(number, key, state):
            return
        self.weather.happened(fault)
        if state == PAUSED and self.random.random() < 0.6:
            await asyncio.sleep(self.random.choice((0.1, 2.0, 30.0)))
            if self._command(number, key, RUNNING):
                self.weather.happened("broadcast resumed")

    def _command(self, number: int, key: str, state: str) -> bool:
        """Let an operator's command run; tells whether it was done."""
        able = [one for one in self._processes if one.alive]
        if not able:
            return False
        self.history.add(INVOKE, "operator", key, what=state)
        done = self.random.choice(able).command(number, state)
        self.history.add(OK if done else FAIL, "operator", key, what=state)
        return done

    def _broadcasts(self) -> list[tuple[int, str, str]]:
        """Return the number, the key and the state of each broadcast."""
        return self._look("SELECT id, key, state FROM broadcast ORDER BY id")

    def _look(self, query: str) -> list[Any]:
        """Return what is in the store now; kept open, since operators look again and again."""
        if self._plain is None:
            self._plain = sqlite3.connect(self.folder / "guard.db")
        return list(self._plain.execute(query))

    def close(self) -> None:
        """Look at the store no more."""
        if self._plain is not None:
            self._plain.close()

    def _jump(self, fault: str, minutes: int) -> None:
        self.weather.happened(fault)
        self.skew = 0 if self.skew else minutes * 60 * SECOND
        self.history.add(INFO, "clock", "ours", wrong_by_s=self.skew // SECOND)

    async def _locked(self, seconds: float) -> None:
        """Hold the database's write lock for a while, as another program would."""
        lock = sqlite3.connect(self.folder / "guard.db", isolation_level=None, timeout=0)
        try:
            lock.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            lock.close()
            return
        self._lock = lock
        self.history.add(INFO, "store", "locked", seconds=seconds)
        await asyncio.sleep(seconds)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.rollback()
            self._lock.close()
            self._lock = None

    async def _full(self, seconds: float) -> None:
        self.disk_full = self.disk_was_full = True
        self.history.add(INFO, "store", "full", seconds=seconds)
        await asyncio.sleep(seconds)
        self.disk_full = False

    def _act(self) -> None:
        """Let somebody do something."""
        psid = self.random.choice(list(self.platform.people))
        acts = (
            (6, self._say),
            (2, self._say_several),
            (2, self._stop),
            (1, self._start),
            (4, self._alert),
            (1, self._update),
            (2, self._opt_in),
            (1, self._comment),
            (1, self._agent),
            (1, self._shop),
            (1, self._tap),
            (1, self._pass_time),
        )
        weights = [weight for weight, _ in acts]
        (chosen,) = self.random.choices([act for _, act in acts], weights)
        chosen(psid)
        self._leave(psid)

    def _leave(self, psid: str) -> None:
        for fault in ("person blocks", "person deletes the conversation"):
            if self.weather.strikes(fault) and self.platform.people[psid].reachable:
                self.weather.happened(fault)
                self.platform.people[psid].reachable = False
                self.history.add(INFO, "person", psid, what=fault)

    def _say(self, psid: str) -> None:
        person = self.platform.people[psid]
        person.reachable = True  # who writes has unblocked the Page
        always = self.weather.strikes("turn always fails")
        text = f"{'fail ' if always else ''}{self._new('e')} x{self.random.randint(1, 2)}"
        name, item = self._message(psid, text)
        self.platform.happened((name, psid, item))

    def _say_several(self, psid: str) -> None:
        acts = []
        for who in (psid, psid, self.random.choice(list(self.platform.people))):
            self.platform.people[who].reachable = True
            name, item = self._message(who, f"{self._new('e')} x1")
            acts.append((name, who, item))
        self.platform.happened(*acts)

    def _stop(self, psid: str) -> None:
        name, item = self._message(psid, "STOP")
        self.platform.happened((name, psid, item))

    def _start(self, psid: str) -> None:
        name, item = self._message(psid, "START")
        self.platform.happened((name, psid, item))

    def _tap(self, psid: str) -> None:
        name = f"m_{self.platform.number('message')}"
        title = self._new("tap")
        item = self.platform.event(psid, postback={"mid": name, "title": title, "payload": "TAP"})
        self._did(name, "tapped", psid, item, expects=[f"{title} #0"])
        self.platform.happened((name, psid, item))

    def _comment(self, psid: str) -> None:
        id, text = self._new("comment-"), self._new("words")
        person = self.platform.people[psid]
        person.comments[id] = False
        at = self.platform.now()
        value = {"item": "comment", "verb": "add", "comment_id": id, "post_id": "p_1"}
        value |= {"parent_id": "p_1", "from": {"id": psid, "name": "A Person"}}
        value |= {"message": text, "created_time": at // SECOND}
        item = {"field": "feed", "value": value}
        self._did(id, "comment", psid, item, expects=[f"private {text}"])
        self.platform.happened((id, psid, item))

    def _pass_time(self, _psid: str) -> None:
        self.platform.skip(self.random.choice((HOUR, 23 * HOUR, 25 * HOUR, 3 * DAY)))

    def _alert(self, _psid: str) -> None:
        topics = [op.value["topic"] for op in self.history.ops if op.value.get("what") == "optin"]
        topic = self.random.choice(topics)
        self._later(self._notify(topic, ALERT))
        if self.random.random() < 0.5:  # another operator tells of the same
            self._later(self._notify(topic, ALERT, after=self.random.choice((0.0, 0.5, 12.0))))

    def _update(self, psid: str) -> None:
        """Let a person choose deliveries, and tell everybody who has."""
        name, item = self._message(psid, f"choose {self._new('e')} x1")
        self.platform.happened((name, psid, item))
        self._later(self._notify("delivery", CHOSEN))

    async def _notify(self, topic: str, response: str, after: float = 0.0) -> None:
        """Let an operator tell everybody who asked, and ask again until they are answered."""
        await asyncio.sleep(after)
        request = self._new("r")
        alert = Alert(topic, response, {"request": request}, request)
        for _ in range(4):
            process = self.serving
            if process is not None and process.service is not None:
                self.history.add(INVOKE, "alert", request, topic=topic)
                task = spawn(process, process.service.notify(alert))
                for fault, state in _STOPS.items():
                    if self.weather.strikes(fault):
                        self._later(self._operate(fault, state, request))
                await asyncio.wait({task}, timeout=60)
                told = _result_of(task)
                if told is not None and told.broadcast.state == DONE:
                    psids = [row["psid"] for row in told.rows or ()]
                    self.history.add(OK, "alert", request, psids=psids)
                    return
                self.history.add(INFO, "alert", request)
            await asyncio.sleep(1.0)

    def _agent(self, psid: str) -> None:
        """Let somebody write for the Page in another tool."""
        key = self._new("a")
        self._later(self._write(Reply(psid, f"agent {key}", key, "Ann")))

    async def _write(self, reply: Reply) -> None:
        process = self.serving
        if process is None or process.service is None:
            return
        self.history.add(INVOKE, "agent", reply.key, psid=reply.psid, text=reply.text)
        task = spawn(process, process.service.agent(reply))
        await asyncio.wait({task}, timeout=60)

    def _shop(self, psid: str) -> None:
        self._later(self._tell_event(psid, self._new("x")))

    async def _tell_event(self, psid: str, key: str) -> None:
        """Let a shop tell of something, and again until it is taken."""
        told = {"what": "shop", "psid": psid, "event_at": self.platform.now()}
        self.history.add(INVOKE, "event", key, **told, expects=[f"shop external:{psid}:{key}"])
        for _ in range(8):
            process = self.serving
            if process is not None and process.service is not None:
                task = spawn(process, process.service.external(psid, SHOP, {}, key))
                await asyncio.wait({task}, timeout=30)
                if task.done() and not task.cancelled() and task.exception() is None:
                    self.history.add(OK, "webhook", f"x{key}", events=[key], status=200)
                    return
            await asyncio.sleep(1.0)


def _result_of(task: asyncio.Task[Any]) -> Any:
    """Return what a task of a process gave, None where it failed or the process died."""
    if not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()


def run(seed: int) -> Result:
    """Let one world live and judge it: the same every time for the same seed."""
    numbers = Random(f"{seed}:uuid")  # noqa: S311 - names of rows, the same in every run
    kept = random_module.getstate()
    folder = _folder()
    try:
        for left in folder.glob("guard.db*"):
            left.unlink()
        shutil.copy(template(folder), folder / "guard.db")
        random_module.seed(seed)
        with (
            patch.object(uuid, "uuid4", lambda: uuid.UUID(int=numbers.getrandbits(128), version=4)),
            patch.object(worker_id, "new_id", name_of_worker),
        ):
            world = _run(seed, folder)
        ops = world.history.ops
        wrong = check(ops, folder / "guard.db")
        lived = ops[-1].at - ops[0].at
        return Result(seed, ops, world.weather.reached, wrong, lived)
    finally:
        random_module.setstate(kept)


def _run(seed: int, folder: Path) -> World:
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    before, collects = logging.root.manager.disable, gc.isenabled()
    logging.disable(LOGGED)
    gc.disable()  # a world is short, and is collected as one at its end
    try:
        with (
            closing(World(seed, folder)) as world,
            patch.object(worker_id, "has_ended", world.has_ended),
            patch.object(commits, "time", SimpleNamespace(perf_counter=loop.time)),
            patch.object(broadcast, "time", SimpleNamespace(monotonic=loop.time)),
        ):
            loop.run_until_complete(world.live())
        return world
    finally:
        logging.disable(before)
        for task in asyncio.all_tasks(loop):
            task.cancel()
            with suppress(asyncio.CancelledError, Killed, Exception):
                loop.run_until_complete(task)
        asyncio.set_event_loop(None)
        loop.close()
        if collects:
            gc.enable()


_FOLDER: list[Path] = []


def set_folder(folder: Path) -> None:
    """Say where the worlds of this process live, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    _FOLDER[:] = [folder]


def _folder() -> Path:
    if not _FOLDER:
        until_the_end = ExitStack()
        atexit.register(until_the_end.close)
        set_folder(until_the_end.enter_context(quick_folder("worlds-")))
    return _FOLDER[0]
