"""Runs a tree; each pipeline is planned and passed to jobs/.

error_policy – what the error of a command does: the one table
interpreter – a method for each kind of node
stage_planner – plans each process of a pipeline: a program, or a copy of the shell
tried_subshells – tries subshells without a process, and undoes what they have changed
conditions – `[[ ]]`
job_conclusion – `$?`, messages and `time` after a job
plan_outline – the calls that a line would make: `explain`
"""
