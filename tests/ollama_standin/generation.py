"""/api/chat and /api/generate."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.ollama_standin.faults import Step
from tests.ollama_standin.gojson import BARE_JSON, JSON, NDJSON, dumps, loads, timestamp
from tests.ollama_standin.models import StandInModel, count_tokens
from tests.ollama_standin.replies import Reply, formatted_reply
from tests.ollama_standin.wire import Exchange

if TYPE_CHECKING:
    from tests.ollama_standin.server import StandIn

_FIELDS = {"model": (str, "string"), "stream": (bool, "bool"), "messages": (list, "[]api.Message")}
_INT_OPTIONS = ("num_ctx", "num_predict", "seed", "num_keep", "top_k", "repeat_last_n")
_THINK = (True, False, None, "high", "medium", "low", "max")
_TEMPLATE_TOKENS = 6
_DEFAULT_NUM_CTX = 4096
UNEXPECTED_EOF = "an error was encountered while running the model: unexpected EOF"


class ApiError(Exception):
    """An error with its status; ``late`` once the engine had the request."""

    def __init__(self, status: int, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.late = late


@dataclass
class Turn:
    """One request to generate, checked and ready to run."""

    kind: str
    name: str
    model: StandInModel
    body: dict[str, Any]
    step: Step | None
    began: int = field(default_factory=time.monotonic_ns)
    load_ns: int = 0
    prompt_tokens: int = 0

    @property
    def options(self) -> dict[str, Any]:
        return self.body.get("options") or {}

    @property
    def messages(self) -> list[dict[str, Any]]:
        if self.kind == "chat":
            return list(self.body.get("messages") or [])
        return [{"role": "user", "content": self.body.get("prompt", "")}]

    @property
    def streaming(self) -> bool:
        return self.body.get("stream") is not False

    def fault(self, name: str) -> bool:
        return self.step is not None and self.step.fault == name

    def line(self, content: str, thinking: str = "") -> dict[str, Any]:
        head = {"model": self.name, "created_at": timestamp()}
        if self.kind == "generate":
            return {**head, "response": content, "done": False}
        message = {"role": "assistant", "content": content}
        if thinking:
            message["thinking"] = thinking
        return {**head, "message": message, "done": False}


async def handle(server: StandIn, exchange: Exchange, kind: str, step: Step | None) -> None:
    """Answer a request to chat or generate."""
    turn: Turn | None = None
    try:
        turn = _checked(server, exchange, kind, step)
        if not turn.messages or (kind == "generate" and not turn.body.get("prompt")):
            _load_only(server, exchange, turn)
            return
        _check_request(turn)
        async with server.engine.slot(turn.model, turn.options) as load_ns:
            turn.load_ns = load_ns
            _check_engine(turn)
            if turn.body.get("_debug_render_only"):
                exchange.respond(200, dumps(_rendered(turn)), JSON)
            elif turn.streaming:
                await _stream(server, exchange, turn)
            else:
                await _whole(server, exchange, turn)
    except ApiError as error:
        body = dumps({"error": error.message})
        if error.late and turn is not None and turn.streaming:
            exchange.start(error.status, BARE_JSON)
            exchange.chunk(body)
            exchange.end()
        else:
            exchange.respond(error.status, body, JSON)


def _checked(server: StandIn, exchange: Exchange, kind: str, step: Step | None) -> Turn:
    """Binding and the model's existence, in the order the real server checks them."""
    struct = "ChatRequest" if kind == "chat" else "GenerateRequest"
    body = loads(exchange.request.body, struct, _FIELDS)
    if body.get("think") not in _THINK:
        raise ApiError(
            400,
            f'invalid think value: "{body["think"]}"'
            ' (must be "high", "medium", "low", "max", true, or false)',
        )
    if not 0 <= (body.get("top_logprobs") or 0) <= 20:
        raise ApiError(400, "top_logprobs must be between 0 and 20")
    name = body.get("model") or ""
    if not name and kind == "chat":
        raise ApiError(400, "model is required")
    model = server.find(name)
    if model is None or (step is not None and step.fault == "not_found"):
        raise ApiError(404, f"model '{name}' not found")
    return Turn(kind, name, model, body, step)


def _load_only(server: StandIn, exchange: Exchange, turn: Turn) -> None:
    unload = turn.body.get("keep_alive") == 0
    (server.engine.unload if unload else server.engine.load)(turn.model, turn.options)
    reason = "unload" if unload else "load"
    exchange.respond(200, dumps({**turn.line(""), "done": True, "done_reason": reason}), JSON)


def _check_request(turn: Turn) -> None:
    if "completion" not in turn.model.capabilities or turn.fault("no_chat"):
        raise ApiError(400, f'"{turn.name}" does not support {turn.kind}')
    thinks = "thinking" in turn.model.capabilities
    refuses = turn.fault("think_unsupported") and "think" in turn.body
    if refuses or (turn.body.get("think") and not thinks):
        raise ApiError(400, f'"{turn.name}" does not support thinking')
    if turn.body.get("tools") and "tools" not in turn.model.capabilities:
        full = f"registry.ollama.ai/library/{turn.model.name}"
        raise ApiError(400, f"{full} does not support tools")
    for option in _INT_OPTIONS:
        value = turn.options.get(option, 0)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ApiError(500, f'option "{option}" must be of type integer')


def _check_engine(turn: Turn) -> None:
    """What fails only once the engine has the request: the format and a prompt too long."""
    wanted = turn.body.get("format")
    if isinstance(wanted, str) and wanted not in ("", "json"):
        shown = dumps(dumps(wanted).decode()).decode()
        expected = 'expected "json" or a valid JSON Schema object'
        raise ApiError(500, f"invalid format: {shown}; {expected}", late=True)
    tokens = sum(_TEMPLATE_TOKENS + count_tokens(str(m.get("content", ""))) for m in turn.messages)
    if turn.body.get("tools"):
        tokens += count_tokens(str(turn.body["tools"]))
    context = min(turn.options.get("num_ctx", _DEFAULT_NUM_CTX), turn.model.context_length)
    if tokens > context or turn.fault("context_overflow"):
        strict = turn.body.get("truncate") is False or turn.model.overflow_400
        if strict or turn.fault("context_overflow"):
            raise ApiError(400, _overflow(tokens, context), late=True)
        tokens = context // 2 + 2
    turn.prompt_tokens = tokens


def _overflow(tokens: int, context: int) -> str:
    message = (
        f"request ({tokens} tokens) exceeds the available context size ({context} tokens),"
        " try increasing it"
    )
    detail = {
        "code": 400,
        "message": message,
        "type": "exceed_context_size_error",
        "n_prompt_tokens": tokens,
        "n_ctx": context,
    }
    return dumps({"error": detail}).decode()


def _rendered(turn: Turn) -> dict[str, Any]:
    text = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in turn.messages)
    line = {**turn.line(""), "message": {"role": "", "content": ""}}
    return {**line, "_debug_info": {"rendered_template": text + "<|im_start|>assistant\n"}}


def _pieces(server: StandIn, turn: Turn) -> tuple[list[str], list[str], str]:
    """Thinking tokens, content tokens and the reason the answer ends."""
    if turn.body.get("format"):
        reply = Reply(formatted_reply(turn.body["format"]))
    else:
        answer = server.reply(turn.messages)
        reply = Reply(answer) if isinstance(answer, str) else answer
    wanted = "thinking" in turn.model.capabilities and turn.body.get("think") is not False
    thinking = reply.thinking if wanted or server.thinks_anyway else ""
    content = reply.content
    if thinking and not turn.model.knows_template:
        thinking, content = "", f"{thinking}</think>\n\n{content}"
    ends = [at for stop in turn.options.get("stop", []) if (at := content.find(stop)) >= 0]
    content = content[: min(ends)] if ends else content
    thoughts, words = _tokens(thinking), _tokens(content)
    limit = turn.options.get("num_predict", -1)
    if turn.body.get("shift") is False:
        context = turn.options.get("num_ctx", _DEFAULT_NUM_CTX)
        room = max(1, context - turn.prompt_tokens)
        limit = room if limit < 0 else min(limit, room)
    if 0 <= limit < len(thoughts) + len(words):
        thoughts = thoughts[:limit]
        return thoughts, words[: limit - len(thoughts)], "length"
    return thoughts, words, "stop"


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s*(?:\w+|[^\w\s])|\s+$", text)


def _last_line(turn: Turn, reason: str, tokens: int, content: str = "") -> dict[str, Any]:
    """The line with ``done``: durations in nanoseconds, zeros left out."""
    total = time.monotonic_ns() - turn.began
    counts = {
        "total_duration": total,
        "load_duration": turn.load_ns,
        "prompt_eval_count": turn.prompt_tokens,
        "prompt_eval_duration": max(1000, total // 4),
        "eval_count": tokens,
        "eval_duration": max(1000, total // 2),
    }
    line = {**turn.line(content), "done": True, "done_reason": reason}
    if turn.kind == "generate":
        line["context"] = [0] * (turn.prompt_tokens + tokens)
    return {**line, **{name: value for name, value in counts.items() if value}}


async def _whole(server: StandIn, exchange: Exchange, turn: Turn) -> None:
    thoughts, words, reason = _pieces(server, turn)
    if turn.fault("engine_death"):
        raise ApiError(500, UNEXPECTED_EOF)
    if server.token_delay:
        await asyncio.sleep(server.token_delay * (len(thoughts) + len(words)))
    content = "".join(words)
    if turn.fault("abort_repeats"):
        exchange.respond(200, dumps(turn.line(content)), JSON)
        return
    line = _last_line(turn, reason, len(thoughts) + len(words), content)
    if thoughts and turn.kind == "chat":
        line["message"]["thinking"] = "".join(thoughts)
    if turn.body.get("logprobs"):
        line = _with_logprobs(line, words, turn.body.get("top_logprobs") or 0)
    exchange.respond(200, dumps(line), JSON)


def _with_logprobs(line: dict[str, Any], words: list[str], top: int) -> dict[str, Any]:
    def entry(token: str) -> dict[str, Any]:
        return {"token": token, "logprob": -1.5, "bytes": list(token.encode())}

    rows = [{**entry(w), "top_logprobs": [entry(w)] * top} if top else entry(w) for w in words]
    at = list(line).index("done_reason") + 1
    items = list(line.items())
    return dict([*items[:at], ("logprobs", rows), *items[at:]])


async def _stream(server: StandIn, exchange: Exchange, turn: Turn) -> None:
    thoughts, words, reason = _pieces(server, turn)
    if server.first_token_delay:
        await asyncio.sleep(server.first_token_delay)
    sent = 0
    lines = _lines(server, turn, thoughts, words)
    async for line in lines:
        if sent == 0:
            exchange.start(200, NDJSON)
        if turn.step is not None and await _break_off(exchange, turn, turn.step, sent):
            return
        _send(exchange, turn, line)
        sent += 1
    if not exchange.started:
        exchange.start(200, NDJSON)
    if turn.step is not None and await _break_off(exchange, turn, turn.step, sent):
        return
    if not turn.fault("abort_repeats"):
        _send(exchange, turn, _last_line(turn, reason, len(thoughts) + len(words)))
    exchange.end()


async def _lines(
    server: StandIn, turn: Turn, thoughts: list[str], words: list[str]
) -> AsyncIterator[dict[str, Any]]:
    for index, (kind, piece) in enumerate(
        [*(("thinking", t) for t in thoughts), *(("content", w) for w in words)]
    ):
        if index and server.token_delay:
            await asyncio.sleep(server.token_delay)
        yield turn.line("", piece) if kind == "thinking" else turn.line(piece)


def _send(exchange: Exchange, turn: Turn, line: dict[str, Any]) -> None:
    data = dumps(line) + b"\n"
    for part in [data[i : i + 1] for i in range(len(data))] if turn.fault("split_utf8") else [data]:
        exchange.chunk(part)


async def _break_off(exchange: Exchange, turn: Turn, step: Step, sent: int) -> bool:
    """Apply a fault of mid-stream once ``step.after`` lines are out; True when nothing follows."""
    if sent < step.after:
        return False
    match step.fault:
        case "stall":
            await asyncio.Event().wait()
        case "drip":
            while True:
                _send(exchange, turn, turn.line(" and"))
                await asyncio.sleep(step.seconds)
        case "malformed_line":
            exchange.chunk(b'{"model":"m","message":{"role"\n')
        case "wrong_shape_line":
            exchange.chunk((step.text or '[{"message":5}]').encode() + b"\n")
        case "error_line" | "engine_death":
            exchange.chunk(dumps({"error": step.text or UNEXPECTED_EOF}) + b"\n")
        case "no_done":
            pass
        case "reset":
            exchange.reset()
            return True
        case "cut_chunk":
            exchange.raw(b"40\r\n" + dumps(turn.line("x"))[:20])
            exchange.close()
            return True
        case _:
            return False
    exchange.end()
    return True
