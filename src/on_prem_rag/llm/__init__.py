"""Models: protocols and their implementations for embedding and generation."""
