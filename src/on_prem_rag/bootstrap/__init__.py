"""Builds the object graphs: the only place where adapters are constructed."""
