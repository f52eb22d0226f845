"""Runs a tree; each pipeline is planned and passed to jobs/.

interpreter – a method for each kind of node
stage_planner – plans each process of a pipeline: a program, or a copy of the shell
conditions – `[[ ]]`
job_conclusion – `$?`, messages and `time` after a job
explained_trace – how the words of a command became its arguments: `set -o explain`
plan_outline – the calls that a line would make: `explain`
"""
