"""Tokens, passwords and users."""
