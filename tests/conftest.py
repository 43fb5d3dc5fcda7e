"""Fixtures every folder of tests may use."""

from tests.ollama_standin.fixtures import *  # noqa: F403
