"""The command `metrics`: the store's figures as the channel's metrics route tells them."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; this command imports it

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from .cli_output import Commands, add_command, print_json, say_all

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .clock import Clock


def add_metrics(commands: Commands, clock_of: Callable[[Connection], Clock]) -> None:
    """Add the command; *clock_of* tells the clock that a store goes by."""
    says = "print the store's figures for Prometheus: decisions, outcomes, what waits"
    add_command(commands, "metrics", partial(_metrics, clock_of), says)


def _metrics(clock_of: Callable[[Connection], Clock], args: argparse.Namespace) -> int:
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import Metric
    from prometheus_client.registry import Collector

    from . import metrics
    from .cli_reading import opened

    with opened(args.endpoints) as store:
        more = True
        while more:
            with store.write() as tx:
                more = metrics.count_new(tx, store.moment(tx))
        with store.read() as tx:
            found = list(metrics.families(tx, clock_of(tx).now()))
    if args.json:
        print_json(
            [
                {"name": sample.name, "labels": sample.labels, "value": sample.value}
                for family in found
                for sample in family.samples
            ]
        )
        return 0

    class Found(Collector):
        def collect(self) -> list[Metric]:
            return found

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Found())
    say_all(generate_latest(registry).decode().splitlines())
    return 0
