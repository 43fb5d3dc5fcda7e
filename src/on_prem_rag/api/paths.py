"""Where the routes lie. Prefixes are whole, so that a route's template is its whole path."""

from __future__ import annotations

API = "/api/v1"
PROBES = frozenset({"/health", "/ready", "/metrics", f"{API}/health", f"{API}/ready"})
"""Asked every few seconds by machines: never refused for load, and not worth a line in the log."""
