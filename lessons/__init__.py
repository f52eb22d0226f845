"""The course: one lesson a file, found by simpsh through the entry-point group `simpsh.lessons`."""
