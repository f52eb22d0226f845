### a failed redirection without a command goes on
#: everywhere
< nosuch; echo after
### a failed redirection without a command is a condition
#: everywhere
< nosuch || echo or; > nodir/log && echo no; echo after
### a failed redirection without a command in a file that is read
#: everywhere
printf '< nosuch\necho in\n' >f; . ./f; echo after
### a failed redirection without a command under errexit
#: everywhere
set -e; < nosuch || echo or; echo after
### a failed redirection without a command in a substitution and a pipeline
#: everywhere
x=$(< nosuch; echo in); echo $x; < nosuch | cat; echo after
### a failed redirection beside an empty expansion
#: everywhere
A=; $A < nosuch || echo or; echo after
### the exit trap runs once after a failed redirection without a command
#: everywhere
trap 'echo bye' EXIT; < nosuch; echo on
### a remembered program was removed
#: everywhere
mkdir p q; printf '#!/bin/sh\necho p\n' >p/foo; printf '#!/bin/sh\necho q\n' >q/foo; chmod +x p/foo q/foo
PATH=$PWD/p:$PWD/q:$PATH; foo; rm p/foo; foo; foo | cat; x=$(foo); echo $x
### a remembered program may no longer be executed
#: everywhere
mkdir p q; printf '#!/bin/sh\necho p\n' >p/foo; printf '#!/bin/sh\necho q\n' >q/foo; chmod +x p/foo q/foo
PATH=$PWD/p:$PWD/q:$PATH; foo; chmod -x p/foo; foo
### a remembered program became a directory
#: everywhere
mkdir p q; printf '#!/bin/sh\necho p\n' >p/foo; printf '#!/bin/sh\necho q\n' >q/foo; chmod +x p/foo q/foo
PATH=$PWD/p:$PWD/q:$PATH; foo; rm p/foo; mkdir p/foo; foo
### a remembered program is gone for good
#: everywhere
mkdir p; printf '#!/bin/sh\necho p\n' >p/foo; chmod +x p/foo
PATH=$PWD/p:$PATH; foo; rm p/foo; foo; echo $?
### a relative entry of PATH is another directory after cd
#: everywhere
mkdir s; printf '#!/bin/sh\necho mine\n' >s/ls; chmod +x s/ls; PATH=.:$PATH; ls; cd s; ls; cd ..; ls
### an empty entry of PATH is another directory after cd
#: everywhere
mkdir s; printf '#!/bin/sh\necho mine\n' >s/ls; chmod +x s/ls; PATH=:$PATH; cd s; ls; cd ..; ls
### a directory in PATH is no program
#: everywhere
mkdir foo; PATH=.:$PATH; foo; echo $?; ..; echo $?; ./foo; echo $?
### without PATH only the working directory is searched
#: everywhere
printf '#!/bin/sh\nexec /bin/echo mine\n' >foo; chmod +x foo; unset PATH; foo; ls; /bin/echo $?
### an empty PATH for one command
#: everywhere
PATH= ls; echo $?; PATH=/nosuch exec ls
### a shell started without PATH finds programs and exports none
#: everywhere
env -u PATH $SELF -c 'ls /; env | grep ^PATH='
### a file in the working directory is not found by the dot
#: everywhere
printf 'echo in\n' >s; PATH=.:$PATH; . s; PATH=$PWD/nodir:/usr/bin:/bin; (. s); test $? -gt 0; echo $?
### a dot without a file is fatal
#: everywhere
#: differs status-of-a-failed-dot
. ./nosuch || echo no; echo no
### a dot without a file is no special builtin after command
#: everywhere
command . ./nosuch || echo or; echo on
### the arguments of a file that is read
#: everywhere
#: differs arguments-of-a-sourced-file
printf 'echo $# $1 $2\n' >f; set -- x; . ./f a b; echo $# $1; . ./f
### SIGINT ends a script that runs builtins
#: everywhere
kill -INT $$; echo no
### SIGINT ends a list, a group, a condition
#: everywhere
: || echo no; { kill -INT $$ || echo no; echo no; }; echo no
### SIGINT ends a script in a file that is read
#: everywhere
printf 'kill -INT $$; echo no\n' >f; . ./f; echo no
### SIGINT ends a script in a substitution
#: everywhere
x=$(kill -INT $$; echo in); echo no
### SIGINT ends a script in an action
#: everywhere
trap 'kill -INT $$; echo no' USR1; kill -USR1 $$; echo no
### SIGINT ends a script at its exit
#: everywhere
trap 'kill -INT $$; echo no' EXIT; exit 3
### SIGINT ends a script as its last command
#: everywhere
kill -INT $$
### SIGINT after its trap was reset
#: everywhere
trap 'echo got' INT; kill -INT $$; trap - INT; kill -INT $$; echo no
### SIGINT to the group
#: everywhere
kill -INT 0; echo no
### SIGINT with a background job
#: everywhere
sleep 0.1 & kill -INT $$; wait; echo no
### SIGINT in wait
#: everywhere
sleep 0.3 & (sleep 0.1; kill -INT $$) & wait; echo no
### SIGINT in the wait of a subshell
#: everywhere
(sleep 0.3 & sh -c 'sleep 0.1; kill -INT $PPID' & wait; echo no); echo $?
### an ignored SIGINT in wait
#: everywhere
trap '' INT; sleep 0.2 & (sleep 0.1; kill -INT $$) & wait; echo on
### a SIGINT in the wait of a background job, which ignores it
#: everywhere
{ sleep 0.2 & sh -c 'sleep 0.1; kill -INT $PPID' & wait; echo on; } & wait; echo $?
### a SIGINT that was ignored at the start
#: everywhere
trap '' INT; $SELF -c 'trap "echo no" INT; kill -INT $$; echo on; sleep 0.2 & (sleep 0.1; kill -INT $$) & wait; echo on'
### a SIGTERM that was ignored at the start
#: everywhere
trap '' TERM; $SELF -c 'trap "echo no" TERM; sleep 0.2 & (sleep 0.1; kill -TERM $$) & wait; kill -TERM $$; trap - TERM; kill -TERM $$; echo on'
### SIGPIPE ends a script
#: everywhere
kill -PIPE $$; echo no
### SIGPIPE from a program
#: everywhere
sh -c 'kill -PIPE $PPID'; echo no
### SIGPIPE in wait
#: everywhere
sleep 0.2 & (sleep 0.1; kill -PIPE $$) & wait; echo no
### SIGPIPE in a substitution
#: everywhere
x=$(kill -PIPE $$; echo in); echo no
### SIGPIPE trapped, reset, ignored
#: everywhere
trap 'echo got' PIPE; kill -PIPE $$; trap '' PIPE; kill -PIPE $$; echo on; trap - PIPE; kill -PIPE $$; echo no
### a builtin that writes to a closed pipe
#: everywhere
mkfifo p; exec 5<>p 6>p 5<&-; (pwd >&6; echo no); echo $?; pwd >&6; echo no
### SIGXFSZ ends a script
#: everywhere
kill -XFSZ $$; echo no
### SIGXFSZ by a builtin
#: everywhere
ulimit -f 0; pwd >f; echo no
### SIGXFSZ in wait
#: everywhere
sleep 0.2 & (sleep 0.1; kill -XFSZ $$) & wait; echo no
### SIGHUP in a file that is read
#: everywhere
printf 'kill -HUP $$; echo no\n' >f; . ./f; echo no
### SIGINT while a command runs
#: everywhere
#: differs sigint-while-a-command-runs
sh -c 'kill -INT $PPID; exit 3'; echo $?
### wait for a pipeline in the background
#: everywhere
(sleep 0.2; echo late >f) | true & wait $!; cat f
### wait for a pipeline has its last status
#: everywhere
(sleep 0.1; exit 4) | (exit 3) & wait $!; echo $?; true | (sleep 0.1; exit 5) & wait %1; echo $?
### a pipeline that was waited for is off the list
#: everywhere
true | (exit 3) & wait $!; echo $?; sleep 0.1 & wait %1; echo $?
### wait for a stopped process waits
#: everywhere
sleep 0.2 & p=$!; kill -STOP $p; (sleep 0.1; kill -CONT $p) & wait $p; echo $?
### wait for a stopped job waits
#: everywhere
(sleep 0.2; exit 3) & kill -STOP $!; p=$!; (sleep 0.1; kill -CONT $p) & wait %1; echo $?
### wait for a process that was continued just now
#: everywhere
sleep 0.2 & p=$!; kill -STOP $p; kill -CONT $p; wait $p; echo $?
### a wrong PWD in the environment
#: everywhere
mkdir d; cd d; env PWD=/wrong $SELF -c 'echo $PWD; cd /; cd - >/dev/null; pwd; echo $OLDPWD'
### a PWD in the environment that is no absolute path
#: everywhere
env PWD=. $SELF -c 'echo $PWD; pwd'; env PWD= $SELF -c 'echo $PWD; pwd'; env PWD=/. $SELF -c 'cd .; echo $PWD'
### a PWD in the environment with a link
#: everywhere
mkdir d; ln -s d l; cd l; env PWD=$PWD $SELF -c 'echo $PWD; pwd; pwd -P'
### a damaged binary without NUL bytes
#: everywhere
printf '\177ELFjunk' >foo; chmod +x foo; ./foo; echo $?; PATH=.:$PATH; foo; echo $?; exec ./foo
### other binary data
#: everywhere
#: bash differs
printf '\001\002junk\n' >foo; chmod +x foo; ./foo; echo $?; printf 'junk\030\n' >foo; ./foo; echo $?
### text that is no ASCII is a script
#: everywhere
printf '# caf\351 \303\251\necho ok\n\001\n' >foo; chmod +x foo; ./foo 2>/dev/null
### operands that mean nothing
#: everywhere
cd /; pwd x y; times x >/dev/null; umask 022 033; type; echo $?
### numbers with a sign and blanks
#: everywhere
set -- a b c; shift +1; shift ' 1'; echo $#; exit +5
### the exit status is taken modulo 256
#: everywhere
(exit ' 7'); echo $?; exit 1027
### unset of functions
#: everywhere
A=1; unset -f A; unset -f nosuch; echo $? $A; unset -v A; echo "[$A]"
### unset of a name with a value
#: everywhere
#: bash differs
unset A=B; echo $?
### traps for KILL and STOP
#: everywhere
trap '' KILL; echo $?; trap 'echo x' STOP; echo $?; trap - KILL STOP; echo $?
### traps within traps
#: everywhere
trap 'echo A; kill -USR1 $$; echo C' USR2; trap 'echo B' USR1; kill -USR2 $$
### a trap for the same signal within its trap
#: everywhere
trap 'trap "echo B" USR1; echo A; kill -USR1 $$; echo C' USR1; kill -USR1 $$; echo D
### the status within nested traps
#: everywhere
trap 'false' USR1; trap 'true; kill -USR1 $$; echo $?' USR2; (exit 7); A=$?; kill -USR2 $$; echo $? $A
### exit in a nested trap
#: everywhere
trap 'echo A; exit 3' USR1; trap 'kill -USR1 $$; echo no' USR2; kill -USR2 $$; echo no
### patterns match bytes in the C locale
#: everywhere
>$(printf 'a\303\251b'); LC_ALL=C; echo a??b a?b a[!x][!x]b a[[:alpha:]]*b
### options that are turned off
#: everywhere
$SELF +e -c 'false; echo on'; $SELF -eu +u +e -c 'false; echo $A on'; $SELF -e +o errexit -c 'false; echo on'
### a single sign ends the options
#: everywhere
printf 'echo "in $1"\n' >f; $SELF - f x; $SELF -e - f y
### keywords are found
#: everywhere
type if for esac in '}'; command -V while; command -v if
