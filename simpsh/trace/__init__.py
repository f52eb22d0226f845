"""Recordings of what happened: written, read, merged; and the tracer that sees it from outside."""
