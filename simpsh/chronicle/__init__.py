"""The model of a run: a pure function of its events."""
