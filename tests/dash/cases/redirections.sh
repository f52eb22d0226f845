p a >f; cat f; p b >f; cat f; p c >>f; cat f; p d>f; cat f; >f; cat f; p e > f; cat f; p f 1>f; cat f; >g p g; cat g
p a >f >g; ls; cat f g; p b >f 2>g; cat f; p c 2>f; p d >f 2>&1; cat f; p e 2>&1 >f; cat f; p f >&2 2>/dev/null; p g 2>&1 1>&2 2>/dev/null
cat <f 2>/dev/null || p no; p x >f; cat <f; cat 0<f; cat < f; <f cat; cat <f - ; cat - <f; cat f <f; cat <f >g; cat g; cat <f <g
p a <>f; cat f; p b 1<>f; cat f; p cd >f; p e 1<>f; cat f; read x <>f; p "$x"; exec 3<>f; read y <&3; p "$y"; p z >&3; exec 3>&-; cat f
p a 3>f >&3; cat f; { p b >&3; } 3>g; cat g; { p c; p d >&2; } >f 2>g; cat f g; (p e >&3) 3>&1; p f 3>&1 >&3 3>&-; { p g; } >&2 2>f; cat f
exec 3>f; p a >&3; p b >&3; exec 3>&-; cat f; p c >&3 2>/dev/null || p closed; exec 3<f; read x <&3; p "$x"; exec 3<&-; exec 4>&1; p d >&4; exec 4>&-; exec 5>>f; p e >&5; cat f; exec 5>&-
exec 3>&1 >f; p a; exec >&3 3>&-; p b; cat f; exec 3>&1; x=$(p c >&3); p "<$x>"; exec 3>&-; (exec >g; p d); cat g; p e; { exec 3>h; p f >&3; }; p g >&3; exec 3>&-; cat h
p a >&-; p $? >f; cat f; cat <&- 2>/dev/null; p $?; p b 2>&-; p c 3>&-; p d >&- 2>/dev/null || p no; exec 2>&-; p e; exec 1>&-; p f
p a >nodir/f 2>/dev/null; p "$(($?>0))"; (p b >nodir/f) 2>/dev/null || p c; { p d; } >nodir/f 2>/dev/null; p e; if p f >nodir/f; then p no; else p g; fi 2>/dev/null; <nosuch p no 2>/dev/null || p h
x=$(p a >&2; echo v) 2>f sh -c 'echo $x'; cat f; k() { p "$x"; }; x=$(p b >&2; echo w) 2>g k; cat g; x=$(cat h) >h sh -c 'echo "<$x>"'; cat h; x=$(p c >&2) 2>i read y <f; cat i; p "$y"; (x=$(p d >&2) 2>i cat f); cat i; x=$(p e >&2) 2>i cat f | cat; cat i
p a >nodir/f; p on; : >nodir/f; p no
{ p x 2>/dev/null <nosuch; } 2>g || p a; { { p no; } 2>/dev/null >nodir/f; } 2>>g || p b; k() { p no; }; { k 2>h <nosuch; } 2>>g || p c; cat g; p "$(wc -l <h)"; rm h; p e >f; set -C; { p no 2>&- >f; } 2>>g || p d; cat g
: <nosuch; p no
exec <nosuch; p no
exec 3>nodir/f; p no
eval p a >nodir/f; p no
set -- x >nodir/f; p no
export x=1 >nodir/f; p no
{ p a; } >nodir/f; p on; (p b) >nodir/f; p on; while p c; do break; done >nodir/f; p on
f() { p d; }; f >nodir/f; p on
if p e; then :; fi <nosuch; p on; x=1 >nodir/f; p on
x=f; p a >$x; cat f; p b >"$x g"; cat 'f g'; p c >$x$x; cat ff; p d >${U-h}; cat h; p e >$(p k | tr -d '[]1'); cat k; >~nosuchuser/x 2>/dev/null || p no; p f >'*'; cat \*; y='a b'; p g >$y; cat 'a b'; p h >f?; ls
mkdir d; p a >d 2>/dev/null || p isdir; p b >d/f; cat d/f; cat <d 2>/dev/null || p no; p c >d/ 2>/dev/null || p no; cd d; p x >../g; cat ../g; p y >./h; cat h; p z >/dev/null; cat </dev/null; >/dev/null p q; p r >f; p s >f/x 2>/dev/null || p notdir
p a >f; p b >f | cat; cat f; p c | cat >f; cat f; p d >f & wait; cat f; x=$(p e >f); cat f; p f >f && cat f; ! p g >f; cat f; p h >f; p i >>f; cat f; { p j; p k; } >f; cat f; (p l; p m) >>f; cat f; for i in 1 2; do p $i; done >f; cat f
{ cat; p end; } <<E >f; cat f; { read a; read b; } <<E; p $b$a; while read x; do read y; p $y$x; done <<E
> 1
> E
> x
> y
> E
> 1
> 2
> 3
> E
p 1>f; p 2 >f; p a2>f; cat f; p 2\>f; p "2">f; cat f; p a 2>f; p '>' '<' '|'; p a\>b; p "$A">f; cat f; p 1 1>f; cat f; p x>f y; cat f; p >f x z; cat f
p a 2>&1 | cat; p b >&2 2>f | cat; cat f; { p c >&2; } 2>&1 | sed s/c/C/; nosuch 2>&1 | grep -c found; nosuch 2>/dev/null | cat; ls nosuch 2>&1 >/dev/null | grep -c nosuch; (p d; p e >&2) 2>&1 >f | cat; cat f
set -C; >f; p a >f 2>/dev/null || p exists; p b >|f; cat f; p c >>f; cat f; p d >/dev/null; p e <>f; rm f; p g >f; cat f; set +C; p h >f; cat f; set -o noclobber; (>f) 2>/dev/null || p no
umask 077; >f; ls -l f | cut -c1-10; umask 022; >g; ls -l g | cut -c1-10; umask; umask u=rwx,g=,o=; umask; umask 0; umask; umask 777; umask; umask -S; (umask 27; umask); umask; umask 8 2>/dev/null; p on
p a >f; ln f g; p b >>g; cat f; ln -s f l; p c >l; cat f; cat <l; rm f; cat l 2>/dev/null || p dangling; p d >l; cat f; mkfifo q; p e >q & cat q; wait; cat q & p f >q; wait; p g <q & : >q; wait
read x <f || p no; p a >f; read x <f; p "$x"; printf 'b' >f; read x <f; p $? $x; printf 'c d e\n' >f; read x y <f; p $x "$y"; printf '\n' >f; read x <f; p $? "$x"; printf 'a\\\nb\n' >f; read x <f; p "$x"; read -r x <f; p "$x"; printf ' a b ' >f; read x <f; p "$x"; IFS= read x <f; p "$x"
printf 'a:b:c\n' >f; IFS=: read x y <f; p $x $y; IFS=: read x y z w <f; p $x $y $z "$w"; IFS=: read x <f; p $x; printf ':a::b:\n' >f; IFS=: read x y z w <f; p "$x" "$y" "$z" "$w"; IFS=: read x y <f; p "$x" "$y"; printf 'a : b\n' >f; IFS=' :' read x y <f; p $x $y; printf 'a\tb c\n' >f; read x y <f; p $x "$y"
printf 'a\\ b c\n' >f; read x y <f; p "$x" "$y"; read -r x y <f; p "$x" "$y"; printf 'a\\tb\n' >f; read x <f; p "$x"; read -r x <f; p "$x"; printf 'one\ntwo\n' >f; { read x; read y; read z; p $?; } <f; p $x $y "$z"; read 1x <f 2>/dev/null; p bad; printf 'a\n' | read x; p "$x"; printf 'a\n' | { read x; p $x; }
read x y z <<E; p "$x" "$y" "$z"; read -r a <<'E'; p "$a"; read <<E 2>/dev/null; p on; readonly r; read r <<E 2>/dev/null; p no
>   a   b   c   d   
> E
> back\slash\\
> E
> x
> E
> y
> E
# Pipelines.
p a | cat; p a | cat | cat; p b | (cat; p c); p d | { cat; p e; }; p f | while read x; do p "$x"; done; p g |
> cat; p h | cat >f; cat f; true | p i; p j | true; false | p $?; p k | p l | p m
true | false; p $?; false | true; p $?; (exit 3) | (exit 4); p $?; ! true | false; p $?; true | (exit 5) | true; p $?; false | false || p no; true | false && p yes; p $?; nosuch 2>/dev/null | cat; p $?; cat /dev/null | nosuch 2>/dev/null; p $?
x=1; x=2 | cat; p $x; p y | read z; p "${z-none}"; cd / | cat; [ "$PWD" = / ] || p here; set -- q | cat; p $1; exit 3 | cat; p on; { x=3; p $x; } | cat; p $x; f() { x=4; p $x; }; f | cat; p $x; export E=1 | cat; p "$E"; return 3 2>/dev/null | cat; p z
yes 2>/dev/null | head -2; printf 'c\nb\na\n' | sort | head -1; printf 'x\ny\n' | sed 1d | cat; p a | tee f | cat; cat f; p 'a b' | wc -w | tr -d ' '; seq 3 | while read i; do p $i; done; seq 5 | { read a; read b; p $a $b; cat >/dev/null; }; printf a | tr a b | tr b c
p a | eval 'cat; p b'; p c | . /dev/null; p d | command cat; p e | exec cat; p on; p f | (exec cat); p g | sh -c cat; : | p h; p i | :; if p j | grep -q j; then p yes; fi
while p k | grep -q x; do p no; done; x=$(p l | cat); p "$x"; p m | cat & wait
p a & wait; p $?; false & wait $!; p $?; (exit 7) & wait $!; p $?; p b & wait; wait; p $?; { p d; exit 3; } & wait $!; p $?; x=1 & wait; p ${x-none}; sh -c 'exit 9' & wait $!; p $?; true & false & wait; p $?; (p e & wait); wait 99999 2>/dev/null; p $?
: & a=$!; : & b=$!; [ $a != $b ] && p differ; wait $a $b; p $?; (exit 2) & a=$!; (exit 3) & b=$!; wait $a; p $?; wait $b; p $?; (exit 4) & (exit 5) & wait $!; p $?; cat & wait; p eof; cat <f & wait 2>/dev/null; p x | cat & wait $!; p $?; f() { p bg; return 6; }; f & wait $!; p $?
kill -0 $$; p $?; sh -c 'kill -TERM $$' 2>/dev/null; p $?; sh -c 'kill -9 $$' 2>/dev/null; p $?; sleep 100 & kill $!; wait $! 2>/dev/null; p $?; kill -l 15; kill -l $((128+9)); kill -0 99999999 2>/dev/null; p $?; (sh -c 'kill -HUP $PPID'; p no) 2>/dev/null; p $?; kill 2>/dev/null; p $?
# Traps.
trap 'p bye' EXIT; p a; exit 3
trap 'p $?' EXIT; (exit 5); exit
trap 'p bye' EXIT; (p in); x=$(p y); p $x; p z | cat; : & wait
k() { sh -c "kill -$1 \$PPID"; }; trap 'p t' USR1; k USR1; p a; trap - USR1; trap '' USR1; k USR1; p b; trap 'p u' USR1 USR2; k USR2; trap; p end
(trap 'p bye' EXIT; p a); (trap 'p bye' EXIT; exit 4); p $?; (trap 'exit 5' EXIT; exit 4); p $?; (trap 'p $?; false' EXIT; exit 6); p $?; (trap 'p 1' EXIT; trap 'p 2' EXIT); (trap 'p 1' EXIT; trap - EXIT); (trap '' EXIT); (trap 'p 0' 0)
(trap 'p term; exit 3' TERM; kill -TERM $(sh -c 'echo $PPID'); p no); p $?; (trap 'p int' INT; kill -INT $(sh -c 'echo $PPID'); p on); p $?; (trap '' TERM; kill -TERM $(sh -c 'echo $PPID'); p on); (trap 'p "$A $1"' USR1; A=z; kill -USR1 $(sh -c 'echo $PPID'); p on)
k() { sh -c "kill -$1 \$PPID"; }; trap 'p sig; x=1' USR1; x=0; k USR1; p $x; f() { k USR1; p f; }; f; for i in 1 2; do k USR1; p $i; done; y=$(k USR1; p in); p $y; (exit 3); k USR1; p $?; trap 'false' USR1; true; k USR1; p $?
k() { sh -c "kill -$1 \$PPID"; }; trap 'p a' USR1; trap -- - USR1; trap 'p "b  c"' 10; trap - 10; trap USR1; trap; trap 'p x' nosuch 2>/dev/null; p $?; trap - nosuch 2>/dev/null; p $?; trap '' USR1; sh -c 'kill -USR1 $$; echo alive'; p end
trap 'p bye' EXIT; exec p 2>/dev/null
trap 'p bye' EXIT; exec true
trap 'p bye' EXIT; . ./nosuch; p no
trap 'p bye' EXIT; set -u; p $U 2>/dev/null; p no
trap 'p bye' EXIT; p )
f() { trap 'p ft' EXIT; return 2; }; f; p $?; trap - EXIT
f() { (trap 'p sub' EXIT); p f; }; f; trap 'trap - EXIT; p once; exit 3' EXIT; exit 4
k() { sh -c "kill -$1 \$PPID"; }; trap 'p 1; trap "p 2" USR1; k USR1' USR1; k USR1; p end; trap 'eval "p e"' USR1; k USR1; trap 'for i in 1 2; do p $i; done' USR1; k USR1; trap 'p a | cat' USR1; k USR1; trap 'return' USR1; f() { k USR1; p no; }; f; p done
# exec, dot, cd and others.
exec p a 2>/dev/null; p no
exec sh -c 'echo a; exit 3'; p no
(exec sh -c 'exit 4'); p $?; (exec nosuch) 2>/dev/null; p $?; (exec /) 2>/dev/null; p $?; (A=1 exec sh -c 'echo $A'); exec; p $?; x=$(exec printf c); p $x; (exec >f; p d); cat f; (exec p) 2>/dev/null; p $?; x=1; (exec sh -c 'echo ${x-none}'); { exec 3>&1; }; p e >&3
printf 'p a; x=1; p "$1"\n' >s; . ./s; p $x; printf 'return 3; p no\n' >s; . ./s; p $?; printf 'exit 4\n' >s; (. ./s; p no); p $?; printf 'p )\n' >s; (. ./s; p no) 2>/dev/null; p $?; printf 'f() { p f; }' >s; . ./s; f; printf 'cd /' >s; (. ./s; pwd); : >s; false; . ./s; p $?; printf '# c\n' >s; . ./s; p $?; printf 'false\n' >s; . ./s; p $?
printf 'p in; return\np no\n' >s; f() { . ./s; p after; }; f; printf 'shift; set -- q\n' >s; set -- a b; . ./s; p "$@"; printf 'for i in 1 2; do break; done; p $i' >s; . ./s; printf 'break\n' >s; for i in 1 2; do . ./s; done; p $i; printf 'eval return; p on' >s; . ./s; p $?; x=5 . ./s; p ${x-none}; printf 'alias z=p\n' >s; . ./s
> z a; . ./nosuch; p no
mkdir d; cd d; [ "${PWD##*/}" = d ] && p in; cd ..; cd d/../d; p ${PWD##*/}; cd - >/dev/null; p ${OLDPWD##*/}; cd nosuch 2>/dev/null || p no; (cd /; pwd); cd /usr/../tmp; pwd; cd -P /; pwd; cd -- /; HOME=/usr; cd; pwd; cd /nosuch 2>/dev/null; pwd
shift 4 2>/dev/null; p no
shift; p $#; shift 2; p $#; times >f; grep -c m f; rm f; : a b; p $?; true x; p $?; false x; p $?; test; p $?; test a; p $?; [ a = a ]; p $?; [ a; p $?; wait; p $?; exit
exit 256; p no
exit 300
exit -1 2>/dev/null; p no
(exit); p $?; (false; exit); p $?; (exit 255); p $?; (exit 0); p $?; x=$(exit 9); p $?; { (exit 2); }; p $?
