"""The plan: what will be done to run one pipeline, as data; jobs do it.

job_plan – processes to be, and what happens to their descriptors
"""
