"""On-Prem RAG: an air-gapped answer machine for an enterprise's own documents."""

__version__ = "0.1.0"
