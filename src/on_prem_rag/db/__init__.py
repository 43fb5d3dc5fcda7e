"""Engine, sessions, the declarative base and the migrations."""
