### at exit
trap 'printf bye' EXIT; printf hi
### at exit by number
trap 'printf bye' 0; printf hi
### at exit with a status
trap 'printf bye' EXIT; exit 3
### the status inside the action
trap 'printf "%s" "$?"' EXIT; (exit 5); exit 7
### the action's exit changes the status
trap 'exit 9' EXIT; exit 3
### the action's last command does not change it
trap 'false' EXIT; exit 3
### at the end of a file
#: form file
trap 'printf bye' EXIT; printf hi
### reset
trap 'printf bye' EXIT; trap - EXIT; printf hi
### a subshell resets
trap 'printf bye' EXIT; (printf in); printf '%s' "$?"
### a subshell's own
(trap 'printf bye' EXIT; printf in); printf out
### a subshell's own with exit
(trap 'printf bye' EXIT; exit 4); printf '%s' "$?"
### on a signal
trap 'printf caught' TERM; kill -TERM $$; printf on
### on USR1 several times
trap 'printf x' USR1; kill -USR1 $$; kill -USR1 $$; kill -USR1 $$; printf end
### with the prefix left off only
trap 'printf got' HUP; kill -HUP $$; printf end
### by number
trap 'printf got' 15; kill -15 $$; printf end
### several signals
trap 'printf x' HUP USR1 USR2; kill -HUP $$; kill -USR1 $$; kill -USR2 $$
### the status is kept over an action
trap 'false' USR1; (exit 5); A=$?; kill -USR1 $$; printf '%s' "$?$A"
### ignore
trap '' TERM; kill -TERM $$; printf alive
### ignored in programs too
trap '' TERM; sh -c 'kill -TERM $$; printf alive'
### ignored stays ignored in a subshell
trap '' TERM; (sh -c 'kill -TERM $$; printf alive')
### caught is default in programs
#: differs reports-of-kills
trap 'printf no' TERM; sh -c 'kill -TERM $$; printf no' 2>/dev/null; printf '%s' "$?"
### reset kills again
trap '' TERM; trap - TERM; kill -TERM $$; printf no
### unset trap: the signal kills the shell
kill -TERM $$; printf no
### killed by KILL
kill -KILL $$; printf no
### exit in an action
trap 'exit 8' USR1; kill -USR1 $$; printf no
### exit in an action and at exit
trap 'exit 8' USR1; trap 'printf bye' EXIT; kill -USR1 $$; printf no
### exit trap on a signal that kills
trap 'printf no' EXIT; kill -KILL $$
### action is read when it runs
A=1; trap 'printf "%s" "$A"' USR1; A=2; kill -USR1 $$
### action with quotes
trap 'printf "[%s]" "a  b" c' USR1; kill -USR1 $$
### action of several commands
trap 'printf a; printf b
printf c' USR1; kill -USR1 $$
### action with redirection
trap 'printf x >f' USR1; kill -USR1 $$; cat f
### action with a pipeline
trap 'printf "b\na\n" | sort' USR1; kill -USR1 $$
### list
trap 'printf "a b"' TERM; trap '' HUP; trap
### list is quoted for reading back
trap 'printf "it'\''s"' USR1; trap >f; trap - USR1; . ./f; rm f; kill -USR1 $$
### list of nothing
trap
### list of the exit
trap ':' EXIT; trap
### a subshell's list in a substitution is the parent's or empty
trap - EXIT; printf '[%s]' "$(trap)"
### an unknown signal fails
(trap 'x' NOSUCHSIGNAL) 2>/dev/null || printf failed
### number reset form
trap 'printf no' USR1; trap 10; kill -USR1 $$; printf no
### replacing
trap 'printf one' USR1; trap 'printf two' USR1; kill -USR1 $$
### nested action
trap 'trap "printf second" USR1; printf first' USR1; kill -USR1 $$; kill -USR1 $$
### wait is interrupted by a trapped signal
trap ':' USR1; sh -c 'until test -e done; do kill -USR1 "$1"; sleep 0.01; done' x $$ & wait $!; A=$?; trap '' USR1; >done; wait; test "$A" -gt 128; printf '%s' "$?"
### a trap waits for the foreground program
trap 'printf trap' USR1; sh -c 'kill -USR1 $PPID; printf program'; printf end
### from a child
trap 'printf got' USR2; sh -c 'kill -USR2 $PPID'; printf end
### from a subshell to the shell
trap 'printf got' USR2; (kill -USR2 $$); printf end
### exit trap runs once
trap 'printf bye; exit 2' EXIT; exit 1
### exit trap after exec fails
(trap 'printf bye' EXIT; exec nosuchcommand) 2>/dev/null; printf '%s' "$?"
### exit trap with set -e
set -e; trap 'printf bye' EXIT; false; printf no
### exit trap and a syntax error in the action
trap 'printf bye' EXIT; :
### TERM kills a background process by default
sh -c 'kill -TERM $$' & wait $!; printf '%s' "$?"
### background processes ignore INT
{ sh -c 'kill -INT $$; printf alive'; } >f & wait; cat f
### a background process may be killed by TERM after a trap in the shell
trap 'printf no' TERM; { sh -c 'kill -TERM $$'; exit 3; } 2>/dev/null & wait $!; printf '%s' "$?"
### $? of a killed group of commands
(kill -KILL $$) ; printf no
### sigpipe is default in programs
trap '' USR1; yes | head -n 1
### assignment before trap stays
A=1 trap 'printf "%s" "$A"' EXIT
### the shell's own ignore is seen by trap
trap '' INT; sh -c 'trap' | grep -c . ; sh -c 'kill -INT $$; printf alive'
### exit and return in a trap mean the status from before it
(trap 'printf t; false; exit' EXIT; (exit 3)); printf '%s ' $?
sh_c() { $SELF -c "$1"; }; sh_c 'trap "false; exit" USR1; (exit 4); kill -USR1 $$; exit 9'; printf '%s ' $?
f() { (exit 5); kill -USR1 $$; (exit 6); printf no; }; trap 'true; return' USR1; f; printf '%s ' $?
trap 'g() { false; return; }; g; printf "%s " $?; return 7' USR1; f; printf '%s' $?
### a loop of nothing but continue hears its trap
trap 'printf end; exit' USR1; (sleep 0.2; kill -USR1 $$) & while continue; do continue; done
### return and break in the exit trap
trap 'echo e; return 3' EXIT; (trap 'break; echo n' EXIT; for i in 1; do exit 5; done); echo $?; (while :; do exit 6; done); echo $?; exit 4
### signals in loops and functions
n=; trap 'echo t; n=x$n' INT; while case $n in xx) false;; *) :;; esac; do kill -INT $$; done; echo out; trap break TERM; while :; do kill -TERM $$; done; echo out
f() { trap 'return 4' TERM; kill -TERM $$; echo no; }; f; echo $?; trap 'exit 5' TERM; while :; do kill -TERM $$; done
### a loop is ended by the interrupt that its command dies of
$SELF -c 'for i in 1 2 3; do sh -c "kill -INT \$\$"; echo $i; done; echo no'; echo $?
trap : INT; for i in 1 2; do sh -c 'kill -INT $$'; echo $i; done; echo yes
### a loop of builtins is ended by the interrupt
$SELF -c 'kill -INT $$; while :; do :; done'; echo $?
