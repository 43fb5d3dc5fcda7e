"""Projections of SQL: vectors and the lexical index."""
