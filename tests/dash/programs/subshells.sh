### what a printing subshell changes is lost
#: everywhere
f() { local v=2; v=3; echo "f $v $#"; g=5; }; x=1 v=1; set -- a b; OPTIND=1
(x=2; export x; unset v; shift; readonly r=1; f; echo "$x ${v-none} $1"); echo "$x $v $1 ${g-none} ${r-none}"
y=$(x=3; f; echo "$x"); echo "$y $x $v ${g-none}"; r=2; export | grep '^export x' || echo not exported
h() { local v=4; (local v=5; v=6; echo "$v"); echo "$v"; }; h; echo "$v"
### a printing subshell has the status of its end
#: everywhere
#: bash differs
f() { (return 4; echo no); echo $?; x=$(return 5; echo no); echo "$? $x"; return 6; }
(exit 300); echo $?; x=$(echo a; exit 3); echo "$? $x"; f; echo $?; x=$(f); echo "$? $x"
for i in 1 2; do (break; echo no); x=$(continue; echo no); echo "$i $x"; done
### errexit and a printing subshell
#: everywhere
set -e; if (false; echo yes); then echo condition; fi
(true); x=$(echo a; false; echo no); echo never
### redirections in a printing subshell
#: everywhere
f() { echo out; echo err >&2; }
x=$( { f; } 2>&1; f 2>/dev/null; echo lost >/dev/null; echo file >f ); echo "$x"; cat f
(f >g; echo b) >h 2>&1; cat g h; (cat) <<END
text
END
(echo a >nodir/x; echo on) 2>/dev/null
### substitutions within printing subshells
#: everywhere
f() { if [ "$1" -le 1 ]; then echo 1; else echo $(($1 * $(f $(($1 - 1))))); fi; }
g() { x=$(echo "$1" | sed s/a/b/); echo "[$x]"; }; x=1; echo "$(f 5) $(g cat) $(g "$(g a)") $x"
(y=$(sh -c 'echo program; exit 7'); echo "$? $y"; (sh -c 'kill -PIPE $$; echo no'); echo $?)
### a trap waits for a printing subshell, which does not have it
#: everywhere
trap 'echo trapped' USR1; trap 'echo bye' EXIT
x=$(kill -USR1 $$; echo a; exit 1); echo "$? $x"; (: "$(kill -USR1 $$)"; echo in; exit 2); echo $?
### a subshell of one program, and one whose function runs a program
#: everywhere
f() { cd /; echo "$(pwd)"; sh -c 'exit 3'; }; (sh -c 'exit 5'); echo $?; (x=2 sh -c 'echo $x'); echo "${x-none}"
here=$PWD; (f); echo $?; [ "$PWD" = "$here" ] && echo here; (PATH=/nosuch; sh -c :) 2>/dev/null; echo $?
### a redirection beside an assignment applies to its substitution
#: everywhere
#: bash differs
x=$(echo e >&2; echo o) 2>/dev/null; echo "$? $x"; y=$(echo e >&2; echo o) >nodir/x; echo "${y-none}"
z=$(cat) <<END; echo "$z"
in
END
