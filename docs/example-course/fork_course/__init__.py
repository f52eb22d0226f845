"""A course on fork and wait: one lesson, and one exercise in exercises/."""
