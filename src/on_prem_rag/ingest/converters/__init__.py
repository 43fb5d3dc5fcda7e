"""One converter per file format."""
