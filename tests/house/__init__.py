"""Tests of the house's rules: what import-linter and ruff cannot see."""
