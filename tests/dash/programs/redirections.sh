### out to a new file
printf x >f; cat f
### out truncates
printf long >f; printf x >f; cat f
### append
printf a >>f; printf b >>f; cat f
### in
printf x >f; cat <f
### read and write keeps the content
printf abcdef >f; printf XY 1<>f; cat f
### read and write creates
cat <>new; ls
### clobber
printf a >f; printf b >|f; cat f
### noclobber refuses
printf a >f; set -C; (printf b >f) 2>/dev/null || printf refused; cat f
### noclobber allows new files
set -C; printf a >f; cat f
### noclobber allows the bar
set -C; printf a >f; printf b >|f; cat f
### noclobber allows append
set -C; printf a >f; printf b >>f; cat f
### noclobber allows devices
set -C; printf a >/dev/null; printf '%s' "$?"
### noclobber off again
set -C; printf a >f; set +C; printf b >f; cat f
### by number
sh -c 'printf out; printf err >&2' 1>f 2>g; cat f; printf -; cat g
### a number must touch the operator
printf '[%s]' 2 >f; cat f
### a number as a word
printf '[%s]' a2>f; cat f
### a quoted number is a word
printf '[%s]' \2>f; cat f
### a variable is no number
N=2; printf '[%s]' $N>f; cat f
### both to one file
sh -c 'printf out; printf err >&2' >f 2>&1; cat f
### the order matters
{ sh -c 'printf out; printf err >&2' 2>&1 >f; } >g; cat f; printf -; cat g
### from left to right, the last wins
printf x >f >g; ls; cat f; printf -; cat g
### redirection before the command
>f printf x; cat f
### redirection between the words
printf '[%s]' a >f b; cat f
### redirections everywhere
<f >g cat 2>/dev/null || printf missing; printf x >f; <f >g cat; cat g
### redirection alone makes a file
>f; >>g; ls
### redirection alone with two
>f 2>g; ls
### a file that is missing
cat <missing 2>/dev/null || printf failed
### the message goes where standard error goes, if redirected before
{ cat <missing; } 2>f || printf failed; test -s f && printf said; rm f
### a missing directory
(printf x >no/such/f) 2>/dev/null || printf failed
### a directory as output
mkdir d; (printf x >d) 2>/dev/null || printf failed
### a failed redirection does not run the command
touch g; rm g <missing 2>/dev/null; ls
### a failed redirection leaves the earlier ones done
(cat >made <missing) 2>/dev/null; ls
### a failed redirection of a builtin does not run it
mkdir d; (command cd d <missing) 2>/dev/null; (cd d </dev/null && printf '%s' in)
### a failed redirection of a group
{ printf no; } <missing 2>/dev/null || printf failed
### a failed redirection of a subshell
(printf no) <missing 2>/dev/null || printf failed
### a failed redirection goes on with the script
cat <missing 2>/dev/null; printf on
### a failed redirection of a special builtin ends a script
#: differs status-of-a-failed-redirection
: <missing 2>/dev/null; printf not reached
### a failed redirection of exec ends a script
#: differs status-of-a-failed-redirection
exec 3<missing; printf not reached
### a failed redirection under command goes on
command : <missing 2>/dev/null; printf reached
### a failed redirection's status is not zero
cat <missing 2>/dev/null && printf zero; ! cat <missing 2>/dev/null && printf nonzero
### duplicate an output
printf x 3>f >&3; cat f
### duplicate an input
printf x >f; cat 3<f <&3
### close an output
{ printf x >&-; } 2>/dev/null || printf failed
### close an input
cat <&- 2>/dev/null || printf failed
### close standard error
sh -c 'printf x >&2' 2>&- || printf failed
### closing what is closed is fine
true 7>&-; printf '%s' "$?"
### duplicating what is closed fails
(printf x >&7) 2>/dev/null || printf failed
### duplicating from a word
N=2; sh -c 'printf x' 2>f >&$N; cat f
### duplicating to a bad word fails
(eval_='printf x'; $eval_ >&7) 2>/dev/null || printf failed
### move by dup and close
{ printf x >&3 3>&-; } 3>f; cat f
### swap two outputs
{ sh -c 'printf out; printf err >&2' 3>&1 1>&2 2>&3 3>&-; } >f 2>g; cat f; printf -; cat g
### descriptors three to nine
sh -c 'printf 3 >&3; printf 4 >&4; printf 9 >&9' 3>a 4>b 9>c; cat a b c
### a descriptor is inherited by a program
printf x >f; sh -c 'cat <&5' 5<f
### a descriptor of a group is inherited
{ printf a >&3; sh -c 'printf b >&3'; } 3>f; cat f
### the offset is shared
{ printf a; printf b; sh -c 'printf c'; } >f; cat f
### two opens do not share the offset
printf a >f 2>f; { printf aaaa; printf b >&2; } >f 2>f; cat f
### append and truncate
{ printf one; printf two >>f; } >>f; cat f
### input offset shared between programs
printf 'abcdef' >f; { head -c 2; printf -; dd bs=1 count=2 2>/dev/null; } <f | cat
### target from a variable
F=name; printf x >$F; cat name
### target from a substitution
printf x >$(printf name); cat name
### target quoted
printf x >'a b'; printf y >"c d"; ls
### target with tilde
HOME=$PWD; printf x >~/t; ls
### target expanded before the command runs
F=f; F=g sh -c : >$F; ls
### target empty
E=; (printf x >$E) 2>/dev/null || printf failed
### expansions happen before redirections
printf x >f; printf '%s' "$(cat f)" >f; cat f
### reading and truncating the same file
printf x >f; cat f >f; cat f
### /dev/null
printf x >/dev/null; cat </dev/null; printf end
### /dev/full
printf x 2>/dev/null >/dev/full || printf failed
### a builtin's output to a full device
(pwd >/dev/full) 2>/dev/null || printf failed
### a builtin's output closed
(pwd >&-) 2>/dev/null || printf failed
### /dev/fd and /proc
printf x >f; cat /dev/fd/3 3<f
### a subshell keeps what its parent opened
exec 3>f; (printf a >&3); printf b >&3; exec 3>&-; cat f
### a redirected substitution
printf '[%s]' "$(cat <<E
in
E
)" "$(sh -c 'printf err >&2' 2>&1)"
### redirection of a pipeline's stages only
printf a 2>e1 | cat 2>e2; ls
### permissions follow umask
umask 077; >f; umask 022; >g; stat -c %a f g
### a read-only place
>f; chmod 444 f; test -w f || (printf x >f) 2>/dev/null; printf end
### a fifo between two
mkfifo p; cat p >f & printf x >p; wait; cat f
### a big number
sh -c 'printf x >&9' 9>f; cat f
### redirection of an assignment
A=1 2>f; printf '%s' "$A"; ls
### redirecting read
printf 'a b\n' >f; read x y <f; printf '[%s]' "$x" "$y"
### read from an opened descriptor line by line
printf '1\n2\n3\n' >f; exec 5<f; read a <&5; read b <&5; printf '%s%s' "$a" "$b"; cat <&5
### a redirection in a list belongs to one command
printf a >f && printf b; printf c; cat f
### many redirections at once
sh -c 'cat; printf e >&2' </dev/null >o 2>e 3>x 4>y; ls
### redirection error in the last stage
printf a | cat <missing 2>/dev/null; printf on
### background with redirections
printf x >f & wait; cat f; cat <f >g & wait; cat g
### a file named by a number
printf x >1; ls; cat 1
### operators without blanks
printf x>f;cat<f>g;cat g
### a name beginning with a dash
printf x >-; cat <-
### the ampersand form closes what follows
printf x >f 2>&1 3>&2 4<&0; cat f
