"""From an uploaded file to chunks and embeddings in SQL."""
