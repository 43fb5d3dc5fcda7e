"""Structured logs: one JSON object a line, or plain text on a terminal.

No line holds a question's text or a secret. A question appears as ``question_hash``; keys that name
a secret are blanked wherever they turn up; of an exception the message is kept only where our own
code or the system wrote it, because other libraries quote their input in theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import logging.handlers
import secrets
import sys
import traceback
from contextvars import ContextVar
from typing import TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from on_prem_rag.config import Settings
from on_prem_rag.errors import AppError

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request being answered; every line and every error body carries it."""
USER_ID: ContextVar[str | None] = ContextVar("user_id", default=None)
"""Who is asking, once that is known."""

_SECRET_KEYS = frozenset(
    {
        "answer",
        "authorization",
        "cookie",
        "jwt",
        "new_password",
        "password",
        "prompt",
        "query",
        "question",
        "refresh_token",
        "secret",
        "text",
        "token",
    }
)
_SPOKEN = (AppError, OSError, TypeError, AttributeError, ImportError, RuntimeError, MemoryError)
_CHATTY = (
    "alembic",
    "asyncio",
    "chromadb",
    "httpcore",
    "httpx",
    "multipart",
    "PIL",
    "python_multipart",
)
_hash_key = secrets.token_bytes(32)


def configure_logging(
    settings: Settings, *, hash_key: bytes | None = None, stream: TextIO | None = None
) -> None:
    """Send structlog's and the standard library's records through one formatter.

    ``hash_key`` makes question hashes comparable between processes and restarts; without it they
    are so within this process only. Lines go to ``stream`` (standard error) and to LOG_FILE, which
    always gets JSON and may be rotated from outside.
    """
    global _hash_key  # noqa: PLW0603 - one key a process, set once at start
    _hash_key = hash_key or _hash_key
    out = stream or sys.stderr
    text = settings.log_format == "text" or (settings.log_format == "auto" and out.isatty())
    handlers: list[logging.Handler] = [_handler(logging.StreamHandler(out), text, out.isatty())]
    if settings.log_file is not None:
        settings.log_file.parent.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.WatchedFileHandler(settings.log_file, encoding="utf-8")
        handlers.append(_handler(file, False, False))
    _replace_root_handlers(handlers, settings.log_level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def question_hash(text: str) -> str:
    """A keyed hash (16 hex digits) that stands for a question in logs.

    Letter case and white space do not count, so the same question reads the same.
    """
    normal = " ".join(text.casefold().split())
    return hmac.new(_hash_key, normal.encode(), hashlib.sha256).hexdigest()[:16]


def _replace_root_handlers(handlers: list[logging.Handler], level: str) -> None:
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
            old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.propagate = False
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _handler(handler: logging.Handler, text: bool, colors: bool) -> logging.Handler:
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=colors)
        if text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    return handler


def _shared() -> list[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_context,
        structlog.processors.ExceptionRenderer(_describe_exception),
        _blank_secrets,
    ]


def _add_context(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if (request_id := REQUEST_ID.get()) is not None:
        event.setdefault("request_id", request_id)
    if (user_id := USER_ID.get()) is not None:
        event.setdefault("user_id", user_id)
    return event


def _blank_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key in event:
        if key.lower() in _SECRET_KEYS:
            event[key] = "[redacted]"
    return event


def _describe_exception(exc_info: ExcInfo) -> str:
    """Frames and types of an exception and its causes; messages only where they are safe."""
    lines: list[str] = []
    error: BaseException | None = exc_info[1]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        name = f"{type(error).__module__}.{type(error).__qualname__}"
        lines.append(f"{name}: {error}" if isinstance(error, _SPOKEN) else name)
        for frame in traceback.extract_tb(error.__traceback__):
            lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}')
        if isinstance(error, BaseExceptionGroup):
            lines.extend(f"  | {type(part).__qualname__}" for part in error.exceptions)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)
