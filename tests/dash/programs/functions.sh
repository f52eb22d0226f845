### definition and call
f() { echo "f $# $*"; }; f; f a 'b c'; g () ( echo sub; exit 3 ); g; echo $?; h ( ) if true; then echo if; fi; h; k() for i; do echo $i; done; k 1 2; l()
{
echo newline
}
l; m() case $1 in a) echo case;; esac; m a; n() while :; do echo while; break; done; n
### the status of a definition and of a call
false; f() { false; }; echo $?; f; echo $?; g() { :; }; false; g; echo $?; h() { (exit 5); }; h || echo $?; f() { return; }; (exit 6); f; echo $?
### return
f() { return 3; echo no; }; f; echo $?; g() { false; return; }; g; echo $?; h() { for i in 1 2; do while :; do return 4; done; done; }; h; echo $?; k() { if return 5; then :; fi; }; k; echo $?; l() { case a in a) return 6;; esac; echo no; }; l; echo $?
m() { { return 7; } >f; echo no; }; m; echo "$?"; n() { (return 8; echo no); echo $?; }; n; o() { return 9 | cat; echo $?; x=$(return 10); echo $?; }; o; p() { ! return 11; }; p; echo $?; r() { true && return 12 || echo no; }; r; echo $?
### return in a file that is read
printf 'echo a; return 3; echo no\n' >f; . ./f; echo $?; g() { . ./f; echo "b $?"; return 4; }; g; echo $?; for i in 1 2; do . ./f; done; (. ./f; echo c); if . ./f; then :; else echo $?; fi; eval 'h() { return 5; }'; h; echo $?
### return at the top of a script
echo a; (return 3; echo no); echo $?; trap 'echo bye' EXIT; return 4; echo no
### return at the top of a file
#: form file
echo a; return 4; echo no
### return by eval
f() { eval 'return 3; echo no'; echo no; }; f; echo $?; f() { eval 'for i in 1; do return 4; done'; echo no; }; f; echo $?
### positional parameters
set -- x y z; f() { echo "$# $1 $*"; shift; echo "$# $1"; set -- p q; echo "$#"; }; f a b c; echo "$# $1"; f; f "" ""; g() { for i; do echo "<$i>"; done; f "$@"; }; g 1 '2 3'; echo $0 | grep -c . ; h() { echo "$0"; }; [ "$(h)" = "$0" ] && echo same
### variables are the shell's
x=1; f() { x=2; y=3; unset z; export e=4; cd /; umask 077; }; z=5; f; echo "$x $y [$z] $PWD"; umask; sh -c 'echo $e'; f() { exec 3>out; }; cd - >/dev/null; f; echo text >&3; cat out
### assignments in front of a call last as long as it
x=1; f() { echo $x; sh -c 'echo "<$x>"'; x=5; }; x=2 f; echo $x; sh -c 'echo "[$x]"'; y=3 f; echo [$y]; x=a y=$x f; IFS=: f; g() { echo "$A$B"; unset A; echo "[$A]"; }; A=1 B=2 g; echo "[$A][$B]"; h() { export x; x=9; }; x=8 h; echo $x; sh -c 'echo [$x]'
f() { return 3; }; x=7 f; echo "$? $x"; x=8 f | cat; x=9 f & wait; echo $x
### local
x=1 y=1; f() { local x y=2; echo "$x$y"; x=3; y=4; g; echo "$x$y"; }; g() { echo "g$x$y"; x=5; }; f; echo "$x$y"; h() { local u; u=1; unset u; echo "[$u]"; }; h; echo "[$u]"; u=2; h; echo $u
f() { local a=$1; [ $a = ooo ] && { echo $a; return; }; f o$a; echo $a; }; f o; g() { local z='a  b' w="$1 x" v=$2; echo "$z|$w|$v"; }; g 'p  q' 'r  s'; h() { local PATH=/nowhere; ls 2>/dev/null || return 7; }; h; echo $?; ls >/dev/null && echo found
f() { local i; for i in 1 2; do :; done; echo $i; }; i=0; f; echo $i; f() { local x; export x=e; sh -c 'echo $x'; }; f; sh -c 'echo [$x]'; f() { local IFS=:; set -- $1; echo $#; }; f a:b:c; set -- $x; f() { local; echo $?; }; f; f() { local x x=2; local x; echo $x; x=3; }; f; echo $x
### local in loops, subshells and nested calls
f() { for i in 1 2; do local v=$i; done; (local v=3; echo $v); echo $v; }; v=0; f; echo $v; f() { local a=1; g() { local a=2; h; a=3; echo $a; }; h() { echo "h$a"; a=4; }; g; echo $a; }; a=0; f; echo $a
### local keeps options
#: bash differs
f() { local -; set -f; set -u; echo *; }; touch q; f; echo q*; echo "$-" | tr -d a-eg-tv-z; f() { set -f; }; f; echo *
### local outside of a function
(local x; echo no); echo $?; (local x=1 2>/dev/null; echo no) || echo or; echo end
### readonly and local
readonly r=1; f() { local r=2; echo no; }; (f; echo no); echo $?; g() { local s=1; readonly s; (s=2; echo no); echo $s; }; g; s=3; echo $s; h() { readonly t=1; }; h; (t=2; echo no); echo $t
### functions go before programs and builtins, not before special builtins
ls() { echo mine; }; ls; command ls >/dev/null; cd() { echo "cd $1"; }; cd /nowhere; command cd /; pwd; true() { false; }; true || echo changed; unset -f ls cd true; ls >/dev/null && true && echo back
### special builtins cannot be functions
(eval 'export() { echo no; }'; echo no); echo $?; (eval 'return() { :; }'; echo no); echo $?; (eval ':() { echo no; }'; echo no); echo $?
### names of functions and variables are apart
f=1; f() { echo f; }; f; echo $f; unset f; f; unset -f f; f 2>/dev/null || echo gone; f=2; echo $f; unset -f nosuch; echo $?
### redefinition, also while it runs
f() { f() { echo second; }; echo first; }; f; f; g() { unset -f g; echo g; }; g; g 2>/dev/null || echo gone; h() { h() { echo 2; }; h; echo 1; }; h
### recursion
f() { case $1 in xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx) echo end;; *) f x$1; x=$1;; esac; }; f; echo "<$x>"; even() { [ $# = 0 ] && return 0; shift; odd "$@"; }; odd() { [ $# = 0 ] && return 1; shift; even "$@"; }; even a b c d && echo even; odd a b c d || echo not odd
### recursion without end
f() { f; echo no; }; f; echo no
### recursion without end between two
f() { g; }; g() { if :; then f; fi; }; trap 'echo bye' EXIT; f; echo no
### redirections of definitions and calls
f() { echo out; echo err >&2; } >f1 2>&1; f; cat f1; g() { cat; } <<E; g; g </dev/null
text $x
E
x=later; g; h() { echo "$1"; } >"$2"; h a; f() { echo $1; } >$1; f one; f two; cat one two; k() { cat; }; k <<E; echo piped | k | tr a-z A-Z; k <f1 >f2; cat f2
k $x
E
l() { echo a; } 2>&1 >&3; l 3>f3; cat f3; m() { echo $1 >&2; }; m err 2>f4; cat f4
### functions in pipelines, subshells and the background
x=1; f() { x=2; cat; }; echo a | f; echo $x; f </dev/null | cat; echo $x; (f </dev/null; echo $x); echo $x; y=$(echo b | f; echo $x); echo $y $x; g() { echo $1; }; g a | g b; g c & wait; g d | f | f; g e && g f || g h; ! g i; echo $?
f() { exit 3; }; (f); echo $?; f | true; echo $?; true | f; echo $?; z=$(f); echo $?; f & wait $!; echo $?
### functions and the environment
f() { echo no; }; sh -c 'f' 2>/dev/null || echo not exported; export f; f() { echo "$f"; }; f=v f; env | grep '^f='; echo end
### functions and exec, command, type of command
f() { echo f; }; command -v f; (exec f) 2>/dev/null || echo no program; command f 2>/dev/null || echo not by command; type f >/dev/null && echo known; command -v nosuch || echo unknown
### a function that a substitution defines stays there
x=$(f() { echo in; }; f); echo $x; f 2>/dev/null || echo none; (f() { echo sub; }; f); f 2>/dev/null || echo none; f() { echo pipe; } | cat; f 2>/dev/null || echo none; { f() { echo group; }; }; f; if true; then f() { echo if; }; fi; f; f() { echo bg; } & wait; f
### traps and functions
f() { trap 'echo "exit $?"' EXIT; echo in; }; f; echo out; g() { return 3; }; g
### exit status and traps in functions
f() { false; trap 'echo "trap $?"' USR1; (exit 3); kill -USR1 $$; echo "$?"; }; f; trap 'false' USR1; g() { kill -USR1 $$; }; g; echo $?
### shift in functions
f() { shift; echo "$*"; shift 2; echo "$#"; shift 0; echo "$#"; (shift 5; echo no); echo end; }; f a b c d
### a function whose body is an arithmetic lookalike
f() ( (echo a); (echo b) ); f; f() { (echo c) }; f; f() { { echo d; } }; f
### getopts in functions begins anew
f() { while getopts ab: o; do echo "$o[$OPTARG]"; done; }; set -- -a; f -a -b x; getopts ab: o; echo $o
### a simple command as a body
f() echo "simple $1"; f a; g() ls nosuch 2>/dev/null >f1; g || echo $?
### definitions on one line with lists
f() { echo 1; }; g() { echo 2; } && f && g; h() { echo 3; } || echo no; h; false || k() { echo 4; }; k
### here-documents in functions see the parameters of the call
f() {
cat <<E
$1 $# $x
E
}
x=1; f a; x=2; f b c; g() { cat <<'E'; }
$1
E
g a
