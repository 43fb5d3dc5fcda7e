"""Fixtures every folder of tests may use."""

from tests.databases import *  # noqa: F403
from tests.ollama_standin.fixtures import *  # noqa: F403
from tests.server_process import *  # noqa: F403
