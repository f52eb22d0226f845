### eval joins its words and runs them here
x='printf "%s-" a; y=2'; eval "$x"; printf %s $y; eval printf '%s-' '"a  b"' '\$x' ; eval 'cd /; pwd'
false; eval 'printf %s $?'; false; eval ''; printf %s $?; eval; printf %s $?; eval false; printf %s $?
eval 'x=1
printf "%s" $x
'
### a syntax error in eval ends a script
eval 'if ('; printf no
### readonly -p and export -p list in words that are read back
readonly q="it's" n; export e='x y' m; readonly -p; unset PWD OLDPWD; export -p | grep -e 'e=' -e ' m'
### what is readonly is so in a subshell, and not in a program
readonly a=1; (a=2) 2>/dev/null; printf %s $?; export a; "$SELF_NONE" 2>/dev/null; sh -c 'a=3; printf %s $a'
### getopts complains on standard error
getopts a o -x; printf '%s' "$o"
### OPTIND=1 starts over, in the middle of a word as well
getopts ab o -ab; printf %s $o; OPTIND=1; getopts ab o -ab; printf %s $o; getopts ab o -ab; printf %s $o; getopts ab o -ab; printf '%s%s' $? $o
### getopts wants a name
getopts a 1x -a 2>/dev/null; printf %s $?; getopts a 2>/dev/null; printf %s $?
### set -n reads and does not run
set -n; printf no
printf no
(
### set -n within a group
{ set -n; printf no; }
printf no
### hash remembers, and a new PATH forgets
hash cat; hash | grep -c /cat; PATH=$PATH:/nosuch; hash; hash nosuch 2>/dev/null; printf '%s ' $?; hash -r; hash cd; printf %s $?
### a program that moves is found again
mkdir a b; printf '#!/bin/sh\nprintf a' >a/prog; printf '#!/bin/sh\nprintf b' >b/prog; chmod +x a/prog b/prog
PATH=$PWD/a:$PWD/b:$PATH; prog; rm a/prog; prog
### set -o and set +o name the options
set -x -o allexport 2>/dev/null; set +x 2>/dev/null; { set -o | grep -e allexport -e xtrace; set +o | grep -e allexport -e xtrace; } | tr -s ' \t' ' ' | sort
