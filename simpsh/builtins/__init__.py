"""Commands that run in the shell itself: those a child could not do, and those that teach."""
