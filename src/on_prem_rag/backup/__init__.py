"""Snapshots of the truth: SQL, originals and settings at one moment, in a repository of their own.

docs/backup-format.md describes what lies there; the words are restic's.
"""
