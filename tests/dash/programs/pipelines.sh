### two stages
printf 'b\na\n' | sort
### three stages
printf 'b\na\nb\n' | sort | uniq -c | tr -d ' '
### ten stages
printf x | cat | cat | cat | cat | cat | cat | cat | cat | cat
### the reader that leaves early ends the writer
yes | head -n 1
### the writer's status is lost
(exit 3) | cat; printf '%s' "$?"
### the last status counts
cat /dev/null | (exit 4); printf '%s' "$?"
### a builtin writes into a pipe
pwd | wc -l | tr -d ' '
### a builtin reads from a pipe
printf 'one two\n' | { read a b; printf '[%s]' "$a" "$b"; }
### read in a pipe leaves the shell's variables alone
a=old; printf 'new\n' | read a; printf '%s' "$a"
### a group in a pipe
{ printf 'b\n'; printf 'a\n'; } | sort
### a subshell in a pipe
(printf 'b\n'; printf 'a\n') | (sort; printf end)
### lists inside the stages
{ false || printf 'a\n'; } | { cat && printf b; }
### cd in a stage does not leak
mkdir d; cd d | cat; printf '%s' "$PWD" | sed 's:.*/::' | grep -c d
### standard error is not in the pipe
sh -c 'printf err >&2; printf out' 2>/dev/null | tr a-z A-Z
### standard error into the pipe
{ sh -c 'printf err >&2; printf out' 2>&1; } | tr a-z A-Z
### the pipe is set up before redirections
sh -c 'printf err >&2; printf out' 2>&1 >f | tr a-z A-Z; cat f
### a redirection wins over the pipe
printf x >f | cat; printf -; cat f
### input redirection wins over the pipe
printf file >f; printf pipe | cat <f
### a command not found in a pipe
nosuchcommand 2>/dev/null | cat; printf '%s' "$?"; true | nosuchcommand 2>/dev/null; printf '%s' "$?"
### an empty stage
true | > f; ls
### assignments in stages
A=1 | printf '[%s]' "$A"
### newline after the bar
printf a |

cat
### large data
head -c 300000 /dev/zero | cat | wc -c | tr -d ' '
### large data through a builtin's descriptor
head -c 200000 /dev/zero | (cat) | { cat; } | wc -c | tr -d ' '
### the shell's input is kept from the pipe
printf 'rest\n' | { cat; } ; printf end
### a background pipeline
printf 'b\na\n' | sort >f & wait; cat f
### status of a background pipeline
true | (exit 5) & wait $!; printf '%s' "$?"
### a pipeline in a substitution
printf '[%s]' "$(printf 'b\na\n' | sort | head -n 1)"
### substitution inside a stage
printf 'x\n' | printf '[%s]' "$(cat)"
### pipelines in a chain
true | false && printf no || printf 'y\n' | cat
### every stage gets its own variables
A=1; { A=2; printf '%s' "$A"; } | { A=3; cat; printf '%s' "$A"; }; printf '%s' "$A"
### exit in a stage
{ printf a; exit 3; printf b; } | cat; printf '%s' "$?"; true | { exit 7; }; printf '%s' "$?"
### killed in a stage
sh -c 'kill -TERM $$' | true; printf '%s' "$?"
### the last one killed
true | sh -c 'kill -KILL $$' 2>/dev/null; printf '%s' "$?"
### exec in a stage
exec printf a | cat; printf b
### trap in a stage
{ trap 'printf bye' EXIT; printf hi; } | cat; printf end
### a reader that reads nothing
printf 'much\n' | true; printf '%s' "$?"
### fifty stages
seq 1 3 | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat | tail -n 1
### descriptors of other stages are closed
printf a | sh -c 'cat; ls /proc/self/fd | tr -d "\n"' | cat
