"""`trace`, `explain`, `step` and `explore`, typed at the prompt, take the whole line."""


def test_a_prefix_takes_the_whole_line(start):
    prompt = start(rows=120, columns=110)
    # explain does not run any part of the line, and its output can be paged.
    quoted = prompt.run("explain 'echo x | cat > made &'")
    assert prompt.run("explain echo x | cat > made &") == quoted
    assert "dup2" in quoted
    assert prompt.run("explain echo $(touch made)").count("execve") >= 1
    assert prompt.run("echo mad[e]") == "mad[e]"
    assert prompt.run("explain 'true | true' | tail -n 1").count("\n") == 0
    # trace takes a pipeline with its redirections and continuation lines.
    output = prompt.run("trace printf 'b\\na\\n' | sort > sorted")
    assert "execs printf" in output
    assert "execs sort" in output
    assert prompt.run("cat sorted") == "a\nb"
    prompt.send("trace for i in 1 2; do\r")
    prompt.wait(r"^for>$")
    prompt.send("sh -c : $i\rdone\r")
    prompt.wait(r"(?s)execs sh -c :.*execs sh -c :.*^>>$")
    # In a script they take operands like any other command.
    assert prompt.run("simpsh -c 'explain true | wc -l'").strip().isdigit()
