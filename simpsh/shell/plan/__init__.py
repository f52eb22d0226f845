"""The plan of one pipeline, as data; jobs/ carries it out.

job_plan – the processes of a job, and the changes to their descriptors
"""
