"""Leased background work with progress."""
