### wait for all
(exit 3) & (exit 4) & wait; printf '%s' "$?"
### wait for one
(exit 3) & wait $!; printf '%s' "$?"
### wait twice for one
(exit 3) & P=$!; wait $P; A=$?; wait $P 2>/dev/null; printf '%s' "$A"
### wait for several: the last one's status
(exit 3) & A=$!; (exit 4) & B=$!; wait $A $B; printf '%s' "$?"; 
### wait in the other order
(exit 3) & A=$!; (exit 4) & B=$!; wait $B; printf '%s' "$?"; wait $A; printf '%s' "$?"
### wait for what is not ours
wait 1; printf '%s' "$?"
### wait with nothing to wait for
wait; printf '%s' "$?"
### wait in a subshell knows no children of the parent
(exit 3) & (wait; printf '%s' "$?"); wait
### wait for a killed one
sh -c 'kill -KILL $$' & wait $! 2>/dev/null; printf '%s' "$?"
### the status of a background command is 0
false & printf '%s' "$?"; wait
### background input is empty
printf 'text\n' | { cat >f & wait; cat; }; printf -; cat f
### background input redirected is kept
printf 'text\n' >g; cat <g >f & wait; cat f
### output order through wait
printf a >f & wait; printf b >>f & wait; printf c >>f; cat f
### exit does not wait
mkfifo p; { read x <p; } & printf '\n' >p; exit 5
### kill by number
sleep 100 & kill -9 $!; wait $!; printf '%s' "$?"
### kill by name
sleep 100 & kill -TERM $!; wait $! ; printf '%s' "$?"
### kill with -s
sleep 100 & kill -s HUP $!; wait $!; printf '%s' "$?"
### kill without a signal is TERM
sleep 100 & kill $!; wait $!; printf '%s' "$?"
### kill several
exec 2>/dev/null; sleep 100 & A=$!; sleep 100 & B=$!; kill $A $B; wait $A; printf '%s' "$?"; wait $B; printf '%s' "$?"
### signal 0 asks only
sleep 100 & kill -0 $!; printf '%s' "$?"; kill $!; wait $!; (kill -0 $!) 2>/dev/null || printf gone
### kill of nobody fails
kill -TERM 999999999 2>/dev/null || printf failed
### kill with a bad signal fails
(kill -NOSUCH $$) 2>/dev/null || printf failed
### kill with a bad pid fails
(kill -TERM abc) 2>/dev/null || printf failed
### kill without operands fails
(kill) 2>/dev/null || printf failed
### kill -l of a status
kill -l 143; kill -l 9; kill -l 137
### stopped and continued
sh -c 'kill -STOP $$; exit 3' & P=$!; sh -c 'until grep -q "State:.T" /proc/'$P'/status; do :; done'; kill -CONT $P; wait $P; printf '%s' "$?"
### $! changes
true & A=$!; true & B=$!; test "$A" != "$B"; printf '%s' "$?"; wait
### $! of a pipeline is its last process
true | sh -c 'printf %s $$ >f' & P=$!; wait; test "$P" = "$(cat f)"; printf '%s' "$?"; rm f
### $! in a subshell
true & (test -n "$!"; printf '%s' "$?"); wait
### background in a subshell
(printf x >f & wait); cat f
### background in a substitution
printf '[%s]' "$(printf a & wait)"
### background of a group with several
{ printf a; printf b; } >f & wait; cat f
### background chain runs in order
false || printf x >f & wait; cat f
### ten at once
printf 1 >a1 & printf 2 >a2 & printf 3 >a3 & printf 4 >a4 & printf 5 >a5 & printf 6 >a6 & printf 7 >a7 & printf 8 >a8 & printf 9 >a9 & printf 0 >a0 & wait; cat a*
### two through a fifo
mkfifo p; printf 'hello\n' >p & read x <p; printf '%s' "$x"; wait
### a chain of processes through fifos
mkfifo p q; cat <p >q & printf x >p & cat q; wait
### the killed one's message
sh -c 'kill -KILL $$'; printf '%s' "$?"
### terminated in the foreground
sh -c 'kill -TERM $$'; printf '%s' "$?"
### aborted
sh -c 'ulimit -c 0; kill -ABRT $$'; printf '%s' "$?"
### segmentation violation
sh -c 'ulimit -c 0; kill -SEGV $$'; printf '%s' "$?"
### killed by PIPE is silent
sh -c 'kill -PIPE $$'; printf '%s' "$?"
### killed by USR1
sh -c 'kill -USR1 $$'; printf '%s' "$?"
### killed by HUP in a pipeline's last stage
true | sh -c 'kill -HUP $$'; printf '%s' "$?"
### a killed subshell
(sh -c 'kill -TERM $$'); printf '%s' "$?"
### a killed one and a chain
sh -c 'kill -TERM $$' || printf failed
### not of a killed one
! sh -c 'kill -TERM $$'; printf '%s' "$?"
### a status above 128 that is no signal
sh -c 'exit 200'; printf '%s' "$?"
### waiting for one keeps the other's status
(exit 3) & A=$!; (exit 4) & B=$!; wait $B; wait $A; printf '%s' "$?"
### orphans are no longer ours
(sh -c 'printf x >f' & wait); wait; cat f
### a background subshell has its own variables
A=1; { A=2; } & wait; printf '%s' "$A"
### wait for a bad operand fails
(wait abc) 2>/dev/null || printf failed
### the exit status of the shell after a background failure
(exit 3) & wait; true
### times runs
times >/dev/null; printf '%s' "$?"
### sigterm ignored by a child stays
{ trap '' TERM; sh -c 'kill -TERM $$; printf alive'; } >f & wait; cat f
### the parent of a program is the shell
test "$(sh -c 'printf %s $PPID')" != "$PPID"; printf '%s' "$?"; A=$(exec sh -c 'printf %s $PPID'); test "$A" = $$; printf '%s' "$?"
