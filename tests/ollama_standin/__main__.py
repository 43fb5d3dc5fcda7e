"""python -m tests.ollama_standin --port N [--reply TEXT | --script FILE]."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from pathlib import Path

from tests.ollama_standin.faults import FAULTS, Step
from tests.ollama_standin.models import StandInModel, full_name
from tests.ollama_standin.replies import grounded_reply
from tests.ollama_standin.server import StandIn


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.ollama_standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=11434)
    parser.add_argument("--reply", help="always answer this")
    parser.add_argument(
        "--script",
        type=Path,
        help='JSON: [{"fault": "stall", "path": "/api/chat", "times": 1, "after": 2}, …];'
        f" faults: {', '.join(FAULTS)}",
    )
    parser.add_argument("--model", action="append", default=[], help="one more chat model")
    parser.add_argument("--token-delay", type=float, default=0.0, help="seconds between tokens")
    parser.add_argument("--first-token-delay", type=float, default=0.0, help="seconds")
    parser.add_argument("--num-parallel", type=int, default=256)
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    text = arguments.reply
    standin = StandIn(
        reply=grounded_reply if text is None else lambda messages: text,
        token_delay=arguments.token_delay,
        first_token_delay=arguments.first_token_delay,
        num_parallel=arguments.num_parallel,
    )
    for name in arguments.model:
        standin.models[full_name(name)] = StandInModel(full_name(name))
    if arguments.script:
        entries = json.loads(arguments.script.read_text(encoding="utf-8"))
        standin.steps.add(*(Step(**entry) for entry in entries))
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await standin.start(arguments.port, arguments.host)
    print(f"listening on {standin.url}", flush=True)  # noqa: T201 - what a starting script waits for
    await stopped.wait()
    await standin.stop()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
