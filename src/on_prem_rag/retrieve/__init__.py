"""From a question to ranked passages the caller may read."""
