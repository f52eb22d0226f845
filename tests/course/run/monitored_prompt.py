"""A lesson's end of a prompt, for tests on a terminal: it prints the observation of each line.

LINE 'echo a' names=shell,echo hangs=False left= output='a\\n' moments=end
"""

import os
import sys

from simpsh.cli.lesson_prompt import TutoringPrompt
from simpsh.course.teach.teaching_stage import LessonLeft


def say(*words):
    print(*words, flush=True)


def command(line):
    say("COMMAND", line)
    if line == ":free":
        prompt.free()
        say("BACK")
        return True
    return line != ":skip"


def report(line, seen):
    lasting = ",".join(f"{name}:{seen.left[name]}" for name in seen.left if name != "shell")
    say(
        f"LINE {line!r} names={','.join(seen.names)} hangs={seen.hangs} left={lasting}",
        f"output={seen.output!r} moments={','.join(seen.moments)}",
    )
    if "--events" in sys.argv:
        from simpsh.view.event_sentences import sentence

        for index, _ in enumerate(seen.events):
            say("   ", sentence(seen.chronicle, index))


prompt = TutoringPrompt()
try:
    while tried := prompt.attempt(command):
        report(*tried)
    say("ENDED")
except LessonLeft:
    say("LEFT")
finally:
    prompt.finish()
say("FOREGROUND", os.tcgetpgrp(0) == os.getpgrp())
print(end="? ", flush=True)
# Not input(): it edits the line if a library has imported readline, as pdb of Python 3.13 does.
say("ANSWER", sys.stdin.readline().rstrip("\n"))
