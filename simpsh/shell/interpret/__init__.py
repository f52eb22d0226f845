"""Runs a tree; each pipeline is planned and passed to jobs/.

error_policy – what the error of a command does: the one table
interpreter – a method for each kind of node
stage_planner – plans each process of a pipeline: a program, or a copy of the shell
tried_subshells – which subshells are tried without a process, and how their changes are undone
conditions – `[[ ]]`
job_conclusion – `$?`, messages and `time` after a job
plan_outline – the calls that a line would make: `explain`
"""
