"""`python -m simulator`: the Messenger Platform on this machine."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

import aiohttp

from .facts import FactsError, parse_moment
from .server import HOST, serve
from .settings import Settings, SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit status, 1 with one sentence when it cannot."""
    options = _options(arguments)
    try:
        settings = Settings(
            webhook=options.webhook,
            page_id=options.page_id,
            page_token=options.page_token,
            app_secret=options.app_secret,
            verify_token=options.verify_token,
            region=options.page_region,
            human_agent=options.human_agent,
            one_time_notification=options.one_time_notification,
            recurring_notifications=options.recurring_notifications,
            news_page_index=options.news_page_index,
            utility_everywhere=options.utility_everywhere,
            ad_click_window_hours=options.ad_click_window_hours,
            delivery_receipts=options.delivery_receipts,
            start_at=_moment(options.start_at),
        )
        asyncio.run(_run(settings, options.port, verify=options.verify))
    except (SettingsError, FactsError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


async def _run(settings: Settings, port: int, *, verify: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    runner, taken = await serve(settings, port)
    try:
        if verify:
            await verify_webhook(settings)
        print(f"simulator: chat page and Graph at http://{HOST}:{taken}", flush=True)
        if settings.webhook:
            print(f"simulator: webhooks go to {settings.webhook}", flush=True)
        await stopped.wait()
    finally:
        await runner.cleanup()


async def verify_webhook(settings: Settings) -> None:
    """Ask the bot to verify its webhook as the platform does; raises SettingsError."""
    challenge = secrets.token_hex(8)
    question = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.verify_token,
        "hub.challenge": challenge,
    }
    address = f"{settings.webhook}?{urlencode(question)}"
    timeout = aiohttp.ClientTimeout(total=5)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, allow_redirects=False) as response,
        ):
            answer = await response.text()
            good = response.status == 200 and answer == challenge  # noqa: PLR2004 # HTTP's own number
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
        raise SettingsError(f"the webhook `{settings.webhook}` does not answer") from error
    if not good:
        raise SettingsError(f"the webhook `{settings.webhook}` refuses the verify token")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError as error:
        raise SettingsError(f"`{text}` is not a moment as in 2026-04-20T00:00:00Z") from error


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    usual = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="An imitation of the Messenger Platform, on this machine only.",
    )
    parser.add_argument("--port", type=int, default=8088, help="port on 127.0.0.1, 0 for any")
    parser.add_argument("--webhook", default="", help="the bot's webhook, on this machine")
    parser.add_argument("--page-id", default=usual.page_id)
    for name, default in (
        ("page-token", usual.page_token),
        ("app-secret", usual.app_secret),
        ("verify-token", usual.verify_token),
    ):
        variable = "SIM_" + name.upper().replace("-", "_")
        parser.add_argument(
            f"--{name}",
            default=os.environ.get(variable, default),
            help=f"a made-up one, else from {variable}",
        )
    parser.add_argument("--page-region", default=usual.region, help="ISO 3166 code")
    parser.add_argument("--human-agent", action="store_true", help="the Page has the approval")
    parser.add_argument(
        "--no-one-time-notification",
        dest="one_time_notification",
        action="store_false",
        help="the Page lacks the permission",
    )
    for name, said in (
        ("recurring-notifications", "the Page has the permission"),
        ("news-page-index", "the Page is registered for news"),
        ("utility-everywhere", "utility messages are not only for US, VN, TH and PH"),
    ):
        parser.add_argument(f"--{name}", action="store_true", help=said)
    parser.add_argument(
        "--ad-click-window-hours",
        type=int,
        default=usual.ad_click_window_hours,
        help="how long the first message after an ad may be answered, from 2026-09-28 on",
    )
    parser.add_argument(
        "--no-delivery-receipts",
        dest="delivery_receipts",
        action="store_false",
        help="send no message_deliveries webhooks",
    )
    parser.add_argument("--start-at", help="the moment to begin with, as 2026-04-20T00:00:00Z")
    parser.add_argument("--verify", action="store_true", help="verify the webhook at start")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
