"""Conversations, messages, their events and feedback."""
