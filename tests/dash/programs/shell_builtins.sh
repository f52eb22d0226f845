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
### what a name means
for n in if then { } '!' while for case in cd set : . eval cat nosuch /bin/sh; do command -v $n; printf '%s ' $?; done
type if cd set 2>&1; type nosuch >/dev/null 2>&1; [ $? -ne 0 ] && printf ok
### the letters of $-
set -ae; printf %s $- | tr -d s; set +a; case $- in *a*) printf a;; esac; set -fuC; case $- in *f*) printf f;; esac; case $- in *C*) printf C;; esac
### a function wins over a regular builtin, command over a function
cd() { printf 'mine-'; }; cd /; command cd /; pwd; type cd; unset -f cd; cd /usr; pwd; type cd
f() { :; }; command -v f; f=1; unset -f f; printf '%s-' $f; f 2>/dev/null; printf '%s-' $?; f() { printf f; }; unset -v f; f; printf '[%s]' "$f"
unset -f nosuch; printf %s $?
### read takes a delimiter's worth of a line
#: differs delimiter-of-read
printf 'a b#c\\#d#e' | { read -d '#' x y; printf '[%s,%s]' "$x" "$y"; read -d '#' x; printf '[%s]' "$x"; cat; }
### what set -x writes: words after expansion, assignments, no redirections
#: differs quotes-of-xtrace
exec 2>&1; x='a  b'; set -x; y=$x z=1; printf '%s\n' "$x" $x >/dev/null; w=2 env >/dev/null; for i in 1; do :; done; f() { : $1; }; f 'c d'; case a in a) : b;; esac
A=3 :; ( : sub ); v=$(printf q); { : group; } 2>g; PS4='$A> '; : after; set +x; cat g
### set -x at the command line, and in a subshell alone
exec 2>&1; (set -x; : in); : out; "$SHELL" -c : 2>/dev/null; sh -xc ': a' 2>/dev/null; printf %s $?
### set -v writes the lines that are read after it
#: form file
exec 2>&1
printf 'one\n'; set -v
printf 'two\n' # a comment
if :
then printf 'three\n'; fi
set +v
printf 'four\n'
### eval within eval, deep
x='n=$((n))'; i=0; c='printf .'; for k in 1 2 3 4 5 6 7 8; do c="eval \"\$(cat <<'E$k'
$c
E$k
)\""; done; eval "$c"
### readonly refuses every assignment
readonly a=1 b; for c in 'a=2' 'b=2' 'export a=2' 'readonly a=2' 'unset a' 'for a in 1; do :; done' ': ${b:=2}'; do
(eval "$c"; printf no) 2>/dev/null; printf '%s ' $?; done; (export a; printf ok); printf '%s' "$a"
### getopts takes clusters and arguments
set -- -a -bval -cd -b 'arg ument' -- -a rest
while getopts ab:cd o; do printf '%s,%s,%s ' "$o" "$OPTIND" "${OPTARG-}"; done; printf '%s,%s' "$o" "$OPTIND"; shift $((OPTIND-1)); printf ',%s' "$@"
### getopts complains, and is silent after a colon
for s in ab: :ab:; do for w in -x -b -axa -b:; do OPTIND=1; getopts $s o $w; printf '%s %s %s %s\n' $? "$o" "${OPTARG-}" $OPTIND; done; done 2>/dev/null
### set -a exports what is assigned
set -a; A=1; B=2 :; read C <<E
3
E
for D in 4; do :; done; : ${E:=5}; set +a; F=6; env | grep '^[A-F]=' | sort
### an assignment to a readonly variable before a program ends a script
readonly r=1; (r=2 true; printf no) 2>/dev/null; printf '%s-' $?; r=2 true | cat; printf no
### getopts starts over when the positional parameters change
set -- -a -b; getopts ab o; printf '%s' $o; set -- -b -a; getopts ab o; printf '%s' $o; shift; getopts ab o; printf '%s' $o
OPTIND=2; set -- -a -b; getopts ab o; printf '%s' $o
f() { getopts ab o; printf '%s' $o; }; f -b; f -a; getopts ab o; printf '%s' $o
### what a value before a program assigns besides remains
A=${y:=1} B=$A true; printf '[%s]' "$y" "$A" "$B"; A=2; A=${A}3 env | grep '^A='; printf '%s' $A
### continue has the status 0
e=; while printf '%s ' $?; test $e && exit; :; do e=1; false; continue; done
### a substitution of nothing has the status 0
false; x=$(); printf %s $?; false; $(); printf %s $?; false; ``; printf %s $?; false; x=`
`; printf %s $?; false; (false; x=$( # nothing
)); printf %s $?
### wait knows a job that has ended by its number
(exit 3) & wait_for_end() { sh -c 'until test ! -e /proc/$0 || grep -qs "State:.Z" /proc/$0/status; do :; done' $!; }; wait_for_end
:
:
wait %1; printf '%s' $?
### command keeps an error of a special builtin from ending a script, and exit is none
readonly r=1
exec 2>/dev/null
command . ./nosuch; test $? -ne 0 && printf 'c '; command eval '('; printf '%s ' $?; command export r=3; printf '%s ' $?
command eval 'exit 3'; printf no
