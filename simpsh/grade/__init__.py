"""Judging programs, shells and whole classes by behaviour."""
