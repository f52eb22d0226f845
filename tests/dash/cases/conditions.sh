# if: which branch runs, and the status.
if true; then p a; fi; p $?
if false; then p a; fi; p $?
if false; then p a; else p b; fi; p $?
if true; then p a; else p b; fi; p $?
if false; then p a; elif true; then p b; else p c; fi
if false; then p a; elif false; then p b; else p c; fi
if false; then p a; elif false; then p b; fi; p $?
if false; then p a; elif true; then p b; elif true; then p c; fi
if true; then false; fi; p $?
if false; then :; else false; fi; p $?
if true; then (exit 5); fi; p $?
if true
> then p a
> fi
if
> true
> then
> p a
> else
> p b
> fi
if false
> then p a
> elif
> true
> then
> p b
> fi
if true; false; true; then p a; fi; if true; false; then p a; else p b; fi
if ! false; then p a; fi
if ! true; then p a; else p b; fi
if ! { ! true; }; then p c; fi
if true && false; then p a; else p b; fi; if false || true; then p c; fi
if p cond; then p body; fi; if p cond | grep -q x; then p a; else p b; fi
if (exit 3); then p a; else p $?; fi; if (exit 3); then :; elif p $?; then p b; fi
if nosuchcommand 2>/dev/null; then p a; else p $?; fi
if x=$(false); then p a; else p $? "$x"; fi; if x=$(printf y); then p $x; fi
if x=1; then p $x; fi
if x=2 false; then p a; else p $x; fi
if >f; then p made; ls; fi
if <nosuch; then p a; else p b; fi 2>/dev/null
if true; then if false; then p a; else p b; fi; fi; if true; then if true; then if true; then p deep; fi; fi; fi
if true; then p a; fi >f; cat f
if false; then :; else p b; fi >>f; cat f
if read x; then p "$x"; fi <<E
> line
> E
if read x; then p "$x"; else p end; fi </dev/null
if true; then p a; fi | cat
if true; then p a; else p b; fi | sed s/a/c/; p x | if cat; then p y; fi
if true; then p a; fi && p b
if false; then p a; fi || p no
! if true; then false; fi && p c
if true; then p a; fi & wait; if false; then :; else p b; fi & wait $!
x=$(if true; then p a; fi); p "$x"; (if true; then exit 4; fi; p no); p $?; { if true; then p b; fi; }
if if true; then false; fi; then p a; else p b; fi
if { true; }; then p c; fi
if (true); then p d; fi
if while false; do :; done; then p a; fi
if case x in x) false;; esac; then p a; else p b; fi
if for i in; do :; done; then p c; fi
if true; then :; fi; p $?
if true; then p; fi
if [ a = a ]; then p eq; fi
if [ "$A" ]; then p set; fi
if test -f nofile; then p a; elif test -d .; then p dir; fi; if ! test -e x; then p none; fi
if true;then p a;fi;if false;then p b;else p c;fi
if true; then p a; fi
if true; then p b; fi; p if then else fi; p a if; p x; then=5; p $then; fi=1; p $fi
\if true 2>/dev/null; p on; 'if' 2>/dev/null; p on
if=x; p $if; p "if"; x=if; p $x; $x true 2>/dev/null; p $?
# while and until.
while false; do p a; done; p $?
until true; do p a; done; p $?
i=0; while [ $i != 3 ]; do p $i; i=$((i+1)); done; p $?
i=0; until [ $i = 3 ]; do p $i; i=$((i+1)); done; p $?
i=0; while [ $((i+=1)) -lt 3 ]; do false; done; p $?
i=0; while [ $((i+=1)) -lt 3 ]; do (exit 4); done; p $?
i=0; while i=$((i+1)); [ $i -lt 3 ]; do p $i; done; p $i
i=0
> while
> [ $i -lt 2 ]
> do
> p $i
> i=$((i+1))
> done
while read x; do p "$x"; done <<E
> a
> b  c
>  d
> E
p "$x"
while IFS= read -r x; do p "$x"; done <<'E'
>  a
> b\c
> E
while read x y; do p "$y" "$x"; done <<E
> 1 2 3
> 4
> E
printf 'a\nb\n' | while read x; do p $x; v=$x; done; p "$v"
printf 'a\nb\nc' | while read x; do p $x; done
printf '1\n2\n' >f; while read x; do p $x; done <f >g; cat g
v=; while read x; do v=$v$x; done <f; p $v
while true; do p a; break; done
until false; do p b; break; done; p $?
while :; do p a; break; p no; done; while :; do while :; do p in; break; done; p out; break; done
while true; do (exit 3); break; done; p $?
while (exit 3); do :; done; p $?
until (exit 0); do :; done; p $?
while p cond; false; do p body; done; p $?
while ! true; do :; done; p $?
while true && false; do :; done; p $?
i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && continue; p $i; done
i=0; until [ $i -ge 3 ]; do i=$((i+1)); case $i in 2) continue;; esac; p $i; done
i=0; while [ $i -lt 2 ]; do j=0; while [ $j -lt 2 ]; do p $i$j; j=$((j+1)); done; i=$((i+1)); done
while false; do :; done >f; ls
while :; do p a; break; done >f; cat f
while :; do p a; break; done 2>/dev/null
while read x; do p "$x"; read y; p "<$y>"; done <<E
> 1
> 2
> 3
> E
(while :; do exit 5; done; p no); p $?; x=$(while :; do p a; break; done); p "$x"; { while :; do p b; break; done; }
while :; do p a; break; done | cat; while :; do p a; break; done & wait
while :; do break; done && p ok
! while false; do :; done; p $?
while :; do break; done; p $?
while :; do false; break; done; p $?
while { break; }; do p no; done; p $?
while break; do p no; done; p $?
until break; do p no; done; p $?
# for.
for i in a b c; do p $i; done; p $? $i
for i in; do p $i; done; p $? ${i-unset}
for i; do p "$i"; done
for i in "$@"; do p "$i"; done
for i do p "$i"; done
for i in $*; do p $i; done
for i in "$*"; do p "$i"; done
for i in $@; do p $i; done
set --; for i; do p no; done; p $?
for i in "$@"; do p no; done; p ${i-unset}
for i in a 'b c' "d  e" f\ g; do p "$i"; done; for i in $B "$B"; do p "$i"; done
for i in a$E b$A$E "" '' ; do p "$i"; done; for i in $E; do p no; done
for i in $(printf 'a b\nc'); do p $i; done
for i in "$(printf 'a\nb')"; do p "$i"; done
for i in `printf 'x y'`; do p $i; done
>b1; >b2; for i in b*; do p $i; done
for i in z*; do p "$i"; done
for i in 'b*'; do p "$i"; done
for i in b[2-9]; do p $i; done
for i in 1 2 3; do for j in a b; do p $i$j; done; done; p $i$j
for i in 1 2; do for i in x y; do p $i; done; p $i; done
for i
> do
> p "$i"
> done
for i in a
> do p $i
> done
for i
> in a b
> do
> p $i; done
for i in a b; do p $i
> done; for i in a \
> b; do p $i; done
for i in 1 2 3; do [ $i = 2 ] && continue; p $i; done
for i in 1 2 3; do [ $i = 2 ] && break; p $i; done; p $i
for i in 1 2; do false; done; p $?
for i in 1; do (exit 3); done; p $?
for i in 1; do false; continue; done; p $?
for i in 1; do break; done; p $?
for i in a b; do i=x; p $i; done; p $i
for i in a b; do unset i; p ${i-none}; done
for i in a b; do set -- $i; p "$@"; done
for i; do set -- x; p $i; done
for i; do shift; p "$#"; done
for i in $((1+1)) ${U-x y} "${A}"; do p $i; done
for i in ~ "~"; do p "${i#$HOME}"; done
for i in {a,b}; do p $i; done
IFS=:; for i in a:b $A:c; do p $i; done
v=x:y; for i in $v; do p $i; done
for i in "$v"; do p $i; done
for i in $v$v; do p $i; done
for in in in; do p $in; done
for do in do; do p $do; done
for x in for in do done; do p $x; done
for if in then; do p $if; done
for i in a b; do p $i; done >f; cat f
for i in a b; do cat; done <f
for i in a; do p x >&2; done 2>g; cat g
for i in a b; do p $i; done | cat; p x | for i in a b; do cat; done
for i in c a b; do printf '%s\n' $i; done | sort
for i in a b; do p $i; done & wait; p ${i-unset}; (for i in a b; do exit 3; done); p $?; x=$(for i in 1 2; do p $i; done); p "$x"
for i in a b; do p $i & wait; done
for i in 1 2; do { printf "%s\n" $i; } & done | sort; wait
for i in 1 2 3; do case $i in 1) continue;; 2) p two;; *) break;; esac; p end $i; done
for i in 1 2 3 4; do if [ $i -gt 2 ]; then break; fi; p $i; done
for _x in a; do p $_x; done
for x1 in a; do p $x1; done
readonly i=1; for i in 2; do p no; done; p no
for 1 in a; do p no; done
for a-b in a; do p no; done
for $A in a; do p no; done
for i in a; p no; done
for i in a; do done
for i in a; do p a
for i in a do p a; done
for; do p a; done
# Reserved words where they are none, and mistakes.
if; then p a; fi
if true; then; fi
if true; p a; fi
if true then p a; fi
if true; then p a
if true; then p a; else; fi
if true; then p a; else p b; else p c; fi
if true; then p a; elif; then p b; fi
fi
then p a
else
elif true
do p a
done
esac
while; do p a; done
while true; do; done
while true; p a; done
while true; do p a
while true do p a; done
until true; done
if true; then p a; done
while false; do p a; fi
{ p a; fi
(p a; done)
p a; then
p a | done
p a && fi
if true; then p a; fi p b
while false; do :; done p a
{ p a; } p b
(p a) p b
if true; then p a; fi >f p b
p do done if fi then in esac case for while until { } ! x
p a; p do; p x done; : fi; p then
{ p a; p }; }; p b; { p { ; }; p } {
! p a; p $?; ! ! true; p $?
! false; p $?; ! true | false; p $?; ! (exit 3); p $?; ! { true; }; p $?; ! if true; then false; fi; p $?
p !; p a ! b; x='!'; $x true 2>/dev/null; p $?; '!' true 2>/dev/null; p $?
true && p a || p b; false && p a || p b; true || p a && p b; false || false && p a; p $?; true && false || true && p c
false || p a; true && p b; false && p c; p $?; true || p d; p $?; false || false || p e; true && true && p f
true &&
> p a; false ||
> p b
p a; p b & wait; p c; p d &
> wait; { p e & }; wait; (p f & wait); p g & wait; p h | cat; wait
(p a; p b); { p a; p b; }; (p a;); { p a
> }; ( p a ); (
> p a
> ); { { p a; }; }; ((p a); p b); ( (p a) )
{ p a; }; {
> p a; }; {p a 2>/dev/null; p $?; p }
(exit 3); p $?; { (exit 4); }; p $?; (false); p $?; (true; false); p $?; (p a; exit 7; p no); p $?
x=1; (x=2; p $x); p $x; { x=3; }; p $x; (cd /; pwd); [ "$PWD" = / ] || p back; (set -- q; p $@); p $1; (A=z; export A); p $A
(p a) >f; cat f; { p a; p b; } >f; cat f; { p a; } >f 2>&1; cat f; (p a; p b) | cat; { p a; p b; } | cat; p x | { cat; p y; }; p x | (cat; p y)
