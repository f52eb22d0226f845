"""Tests of the project's rules that import-linter and ruff cannot check."""
