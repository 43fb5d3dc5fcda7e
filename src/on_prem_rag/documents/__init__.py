"""Collections, documents, versions and chunks: the truth every index follows."""
