"""Figures of this process: how quickly it acknowledges, how long turns take, how late its loop is.

What the store tells (decisions, outcomes, what waits) is the same in every process and comes from
`policy_guard.metrics`; both are one page in Prometheus' format. No label holds a person.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

PREFIX = "messenger_channel"
_LAG_EVERY = 0.25  # seconds between looks at how late the loop is
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SLOW = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)


class Metrics:
    """What one channel counts of itself; lives in one event loop."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._webhooks = Histogram(
            f"{PREFIX}_webhook_seconds",
            "Time until a webhook was answered, by the answer's status.",
            ["status"],
            registry=self._registry,
            buckets=_QUICK,
        )
        self._turns = Histogram(
            f"{PREFIX}_turn_seconds",
            "Time of one run of a turn, by how it ended.",
            ["ended"],
            registry=self._registry,
            buckets=_SLOW,
        )
        self._lag = Histogram(
            f"{PREFIX}_loop_lag_seconds",
            "How late the event loop came back to somebody who waited.",
            registry=self._registry,
            buckets=_QUICK,
        )
        self._longest_lag = Counter(
            f"{PREFIX}_loop_stalls",
            "Looks at the event loop that found it over 20 ms late.",
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look at how late the running loop is."""
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    def stop(self) -> None:
        """Look no more."""
        if self._watching is not None:
            self._watching.cancel()

    def webhook(self, status: int, seconds: float) -> None:
        """Count a webhook's answer."""
        self._webhooks.labels(str(status)).observe(seconds)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Time one run of a turn."""
        begun, ended = time.perf_counter(), "failed"
        try:
            yield
            ended = "done"
        except asyncio.CancelledError:
            ended = "cut_short"
            raise
        finally:
            self._turns.labels(ended).observe(time.perf_counter() - begun)

    def page(
        self,
        store: Iterable[Metric],
        standing: Mapping[str, float],
        seen: Mapping[str, int],
    ) -> bytes:
        """Return everything as one page, in Prometheus' text format.

        *store* are the store's figures, *standing* what stands in this process now, *seen* what it
        has counted since it started.
        """
        both = _Both(self._registry, [*store, *_standing(standing), _seen(seen)])
        return generate_latest(both)

    async def _watch(self) -> None:
        clock: Callable[[], float] = time.perf_counter
        while True:
            begun = clock()
            await asyncio.sleep(_LAG_EVERY)
            late = max(0.0, clock() - begun - _LAG_EVERY)
            self._lag.observe(late)
            if late > 0.02:  # noqa: PLR2004 - what nothing of ours may hold the loop for
                self._longest_lag.inc()


class _Both(CollectorRegistry):
    """A registry's own figures and others beside them, for one page."""

    def __init__(self, registry: CollectorRegistry, beside: Iterable[Metric]) -> None:
        super().__init__(auto_describe=False)
        self.register(_Given([*registry.collect(), *beside]))


class _Given(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _standing(values: Mapping[str, float]) -> Iterator[Metric]:
    for name, value in values.items():
        yield GaugeMetricFamily(f"{PREFIX}_{name}", name.replace("_", " "), value=value)


def _seen(values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(
        f"{PREFIX}_seen", "What this process has met since it started.", labels=["what"]
    )
    for what, number in values.items():
        family.add_metric([what], number)
    return family
