"""What the student sees, as values: listings, pictures, tables, answers; no terminal, no rich."""
