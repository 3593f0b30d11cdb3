"""Runs the bot on this machine against the simulator until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from stack import ROOT, Ports, Stack, StackError


class _AskedToEndError(Exception):
    """Somebody asked the bot to end."""


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _AskedToEndError


def main() -> int:
    """Start everything, say where the chat page is, and stop everything at the end."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    stack = None
    try:
        folder = Path(os.environ.get("BOT_FOLDER", ROOT / "var")).resolve()
        stack = Stack(Ports.from_environment(), folder)
        print("starting simulator, action server and Rasa (about 20 seconds) ...", flush=True)
        stack.check_ports()
        stack.put_aside()
        stack.start()
        print(f"\nthe bot is running: chat with it at {stack.page_url}")
        if stack.ports.rasa != Ports.rasa:
            print(f"for `policy-guard notify`: export POLICY_GUARD_CHANNEL={stack.channel_url}")
        print(f"logs: {os.path.relpath(stack.folder)}/   Ctrl-C stops everything\n", flush=True)
        return _watch(stack)
    except _AskedToEndError:
        print("\nstopping ...", flush=True)
        return 0
    except StackError as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if stack is not None:
            stack.stop()


def _watch(stack: Stack) -> int:
    """Wait until a process ends by itself, which none should."""
    while True:
        for name, process in stack.processes.items():
            if process.poll() is not None:
                print(f"{name} ended:\n{stack.log_tail(name)}", file=sys.stderr)
                return 1
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
