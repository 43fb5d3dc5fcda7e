"""Faults a script can ask of single requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FAULTS = {
    "none": "answer as usual (a place holder in a script)",
    "hang": "accept the request and never answer",
    "slow_first_byte": "wait `seconds`, then answer as usual",
    "slow_headers": "send the headers a byte every `seconds`",
    "not_found": "404 as for a model that is not installed",
    "page_not_found": "404 in plain text, as something else than Ollama would",
    "server_error": "500 with an error in JSON",
    "bad_gateway": "502 with a page, as a proxy would",
    "busy": "503 as while a model loads and the queue is full",
    "think_unsupported": "400 as from a model that cannot think, when the request names think",
    "no_chat": "400 as from a model for embedding",
    "context_overflow": "400 with exceed_context_size_error",
    "redirect": "307 to `text`",
    "not_json": "200 with a page",
    "empty_200": "200 without a body",
    "array_json": "200 with a JSON array",
    "reset_first": "TCP reset before any answer",
    "close_first": "orderly close before any answer",
    "huge_line": "a line of `after` MiB that does not end",
    "stall": "after `after` tokens never send anything again",
    "malformed_line": "after `after` tokens a line that is not JSON",
    "wrong_shape_line": "after `after` tokens a JSON line of another shape",
    "error_line": "after `after` tokens a line with an error",
    "no_done": "after `after` tokens end the response as if it were whole",
    "reset": "after `after` tokens a TCP reset",
    "cut_chunk": "after `after` tokens close in the middle of a chunk",
    "drip": "all tokens, `seconds` apart, never ending",
    "split_utf8": "every byte in a chunk of its own",
    "abort_repeats": "end without done, as after 30 equal tokens",
    "engine_death": "the engine dies: an error line in a stream, else 500",
    "wrong_dimension": "vectors one shorter than the model's",
    "ragged": "the last vector shorter than the others",
    "nan": "NaN in the last vector",
    "zero": "a vector of zeros",
    "short_batch": "one vector too few",
    "long_batch": "one vector too many",
    "strings": "strings where numbers belong",
    "no_embeddings": "an answer without embeddings",
    "cut_body": "close in the middle of a body whose length was announced",
}


@dataclass(frozen=True)
class Step:
    """``fault`` for the next ``times`` requests to ``path``; the rest as the fault reads it."""

    fault: str
    path: str = "/api/chat"
    times: int = 1
    after: int = 2
    seconds: float = 0.0
    text: str = ""

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"unknown fault {self.fault!r}; known: {', '.join(FAULTS)}")


class Script:
    """The steps that are still to come, per path, first in first out."""

    def __init__(self, steps: list[Step] | None = None) -> None:
        self._steps: list[Step] = []
        self.add(*(steps or []))

    def add(self, *steps: Step) -> None:
        """Append ``steps``."""
        for step in steps:
            self._steps += [step] * step.times

    def take(self, path: str) -> Step | None:
        """The next step for ``path``, None when there is none left."""
        for index, step in enumerate(self._steps):
            if step.path == path:
                return self._steps.pop(index)
        return None

    @classmethod
    def from_json(cls, entries: list[dict[str, Any]]) -> Script:
        """A script of objects with the fields of Step."""
        return cls([Step(**entry) for entry in entries])
