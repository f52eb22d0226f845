"""The language: text becomes tokens, a tree, and words; no process is started here."""
