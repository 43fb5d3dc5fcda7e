"""A stand-in for an Ollama server that speaks its protocol as recorded, with scripted faults.

    python -m tests.ollama_standin --port 11434

What it says is made up. How it says it (statuses, headers, shapes, framing, error texts) is
compared with a real server's in ``recordings/`` by tests/contract/test_ollama_recordings.py.
"""

from tests.ollama_standin.faults import FAULTS, Step
from tests.ollama_standin.models import StandInModel, default_models
from tests.ollama_standin.replies import Reply
from tests.ollama_standin.server import StandIn, ThreadedStandIn

__all__ = [
    "FAULTS",
    "Reply",
    "StandIn",
    "StandInModel",
    "Step",
    "ThreadedStandIn",
    "default_models",
]
