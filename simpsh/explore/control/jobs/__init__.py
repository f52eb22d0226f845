"""Signals and process groups: when a signal arrives, which operation a call is, what came of it.

signal_delivery – when a signal arrives
group_calls – process groups and sessions
"""
