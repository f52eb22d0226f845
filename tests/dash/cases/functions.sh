# Definitions and calls.
f() { p a; }; f; f
f () { p a; }; f
f( ) { p b; }; f
f	()	{ p c; }; f
f() { p "$@"; }; f; f x; f 'a b' c; f "$@"; f $@
f() { p $# "$1" "$2"; }; f; f x; f x y; f '' ''; p $# "$1"
f()
> { p a; }; f; f()
> {
> p b
> }; f
f() (p a); f
f() (x=1; cd /; exit 3); x=0; f; p $? $x; [ "$PWD" = / ] || p here
f() if true; then p a; fi; f
f() for i; do p $i; done; f x y
f() while :; do p w; break; done; f
f() case $1 in a) p A;; *) p other;; esac; f a; f b
f() { p a; } >out; f; cat out; f; f | cat; cat out
f() { p a; }
f() { p b; }; f
f() { f() { p second; }; p first; }; f; f
f() { p "$0" | grep -c script; }; f
f() { p "$*" "$#"; }; f a b
f() { p $1; shift; p $1; }; f a b; p $1
f() { p in; return; p no; }; f; p $?
f() { return 3; }; f; p $?
f() { false; return; }; f; p $?
f() { false; }; f; p $?
f() { (exit 4); }; f; p $?
f() { :; }; f; p $?
f() { x=$(exit 5); }; f; p $?
f() { x=1; }; (exit 6); f; p $?
f() { if true; then return 2; fi; p no; }; f; p $?
f() { for i in 1 2; do return $i; done; }; f; p $?
f() { while :; do return 7; done; }; f; p $?
f() { { return 2; }; p no; }; f; p $?
f() { (return 2); p $?; }; f
f() { return 2 | true; p $?; }; f
f() { eval return 3; p no; }; f; p $?
f() { case x in x) return 4;; esac; p no; }; f; p $?
f() { return $1; }; f 5; p $?
f() { return $(($1+1)); }; f 5; p $?
f() { true && return 1; p no; }; f; p $?
f() { x=2; y=3; }; x=1; f; p $x $y
f() { p $x; }; x=4 f; p $x
f() { x=6; }; x=5 f; p $x
g() { f; }; g; p $x
f() { export x=1; }; f; sh -c 'echo $x'
f() { unset x; }; f; p ${x-unset}
f() { cd /; }; (f; p $PWD)
f() { set -- z; p $1; }; f; p $1
f() { exit 3; }; (f; p no); p $?
f() { set -e; false; p no; }; (f; p no); p $?
f() { trap 'p bye' EXIT; }; (f; p on); x=$(f); p $x
f() { g; }
g() { p g; }; f
g() { p other; }; f
f() { g() { p inner; }; }; f; g; unset -f g; (g) 2>/dev/null; p $?
f() { p a; }; unset f; f; unset -f f; (f) 2>/dev/null; p $?; unset -f f; p $?
f() { p again; }; f; f=1; f; p $f; unset f; f
f() { [ $1 = 0 ] && return; p $1; f $(($1-1)); }; f 3
f() { [ $1 -gt 2 ] && return $1; f $(($1+1)); }; f 0; p $?
ls() { p mine; }; ls; command ls; unset -f ls
cat() { command cat; p done; }; p x | cat
cat() { p y; }; cat </dev/null
echo() { p e "$@"; }; echo a
cd() { p cd $1; }; cd /nosuch; command cd /; p $PWD
pwd() { p w; }; pwd
read() { p r; }; read x
true() { return 1; }; true; p $?
f() { p a; } 2>&1; f; f() { p x >&2; } 2>err; f; command cat err; f() { read x; p $x; } <<E; f; f
> line
> E
f() { p $1; p $x; cat; }; x=v f a <<E
> in
> E
f() { cat <<E
> $1 ${2-none}
> E
> }; f a; f b c
f() { cat <<'E'
> $1
> E
> p after; }; f a; f | cat
f() { p 1; } && f
g() { p 2; } || g
f() { p 3; }; f; f() { p 4; } & f; wait
f() { p 5; } | true; f
x=$(f() { p in; }; f); p $x; (f() { p sub; }; f); (f) 2>/dev/null || p none; { f() { p grp; }; }; f; if f() { p if; }; then f; fi
f() { p "$1"; }; p x | f y; f z | cat; f w & wait; x=$(f v); p $x; f u >o; cat o; f t && f s; ! f r; p $?
if f q; then p yes; fi
f() { for i in "$@"; do p $i; done; }; f a 'b c'
g() { f "$@" x; }; g; g 1 '2 3'
h() { shift $1; p "$@"; }; h 2 a b c
f() { return 3; }
if f; then p a; else p $?; fi
while f; do p no; done; p $?; f || p $?; x=$(f); p $?; (f); p $?; f | cat; p $?; f & wait $!; p $?
f() { break; }
for i in 1 2; do f; p $i; done
f() { for j in a b; do p $j; break; done; }
for i in 1 2; do f; done
f() { local x=1; p $x; }; x=0; f; p $x
f() { local x; p "${x-unset}"; x=2; g; }
g() { p $x; x=3; p $x; }; f; p $x
f() { local x y=2; x=1; p $x $y; }; f; p ${x-u} ${y-u}
f() { local x=$1; p $x; if [ $x -gt 0 ]; then f $((x-1)); fi; p $x; }; f 2
f() { local A; p ${A-unset}; A=l; p $A; }; f; p $A
f() { local A=$A$A; p $A; }; f; p $A
f() { local A="$B"; p "$A"; local C=$B; p "$C"; }; f
f() { local x=1; g() { local x=2; p $x; }; g; p $x; }; f; p ${x-none}
f() { local x; unset x; p ${x-none}; x=9; }; x=1; f; p $x
f() { local x=1; (x=2; p $x); p $x; x=3 | true; p $x; y=$(x=4; p $x); p $y $x; }; f
f() { local PATH=/nowhere; ls 2>/dev/null; }; f; ls -d /
f() { local IFS=:; set -- a b; p "$*"; }; f; set -- c d; p "$*"
f() { local x; export x=1; sh -c 'echo <$x>' 2>/dev/null; }; f; p ${x-none}
local x=1; p $?
f() { local; p ok; }; f
f() { local 1x; p no; }; f; p no
f() { local a=1 b=2 c; p $a $b ${c-unset}; }; f
f() { local x=a\ b y='c  d' z=~; p "$x" "$y"; [ "$z" = "$HOME" ] && p home; }; f
f() { local a=$B; p "$a"; local $1; p "${v-none}"; }; f v=x; p ${v-unset}
f() { readonly r=1; }; f; p $r; (r=2); p on
f() { local q; readonly q; }; f; q=2; p $q
return 3; p no
return; p no
(return 4; p no); p $?; { return 5; }; p no
x=$(return 6; p no); p $? $x; eval 'return 7'; p no
f() { trap 'p t' EXIT; p in; }; f; p out; (f; p sub); trap - EXIT
f() { (f() { p inner; }; f); f2; }
f2() { p outer; }; f
f() { eval "f() { p new; }"; p old; }; f; f
f() { $1 "$2"; }; f p x;
f() { A=$1; }; A=0; f 1; p $A; A=5 f 2; p $A; B=3 f $B; p "$B"
f() { p "$A$1"; }; A=x f $A; p $A
# break and continue.
for i in 1 2 3; do break; p no; done; p $i
for i in 1 2 3; do continue; p no; done; p $i
for i in 1 2; do for j in a b; do break; done; p $i$j; done
for i in 1 2; do for j in a b; do break 2; done; p no; done; p $i$j
for i in 1 2; do for j in a b; do continue 2; p no; done; p no; done; p $i$j
for i in 1 2; do for j in a b; do continue 1; p no; done; p $i; done
for i in 1 2; do for j in a b; do break 5; done; done; p $i$j
for i in 1 2; do continue 9; p no; done; p $i
for i in 1; do break 1; done; p $?
for i in 1 2; do while :; do break 2; done; p no; done; p $i
while :; do for i in 1 2; do continue; done; p $i; break; done
until false; do while :; do break 2; done; done; p ok
for i in 1 2; do if [ $i = 1 ]; then continue; fi; p $i; break; done
for i in 1 2; do { break; }; done; p $i
for i in 1 2; do case $i in 1) break;; esac; done; p $i
for i in 1 2; do true && break; done; p $i
for i in 1 2; do false || continue; p no; done; p $i
for i in 1 2; do eval break; done; p $i
for i in 1 2; do ! break; done; p $i $?
for i in 1 2; do (break; p no); p $i; done
for i in 1 2; do break | true; p $i; done
for i in 1 2; do x=$(break; p no); p $i "$x"; done
for i in 1 2; do break & wait; p $i; done
break; p $?; continue; p $?; if true; then break; fi; p on
f() { break; p f; }; f; (break; p sub)
for i in 1 2; do break 0; p no; done; p no
for i in 1 2; do break x; p no; done; p no
for i in 1 2; do break -1; p no; done; p no
for i in 1 2; do continue 0; p no; done; p no
for i in 1; do false; break; done; p $?
while :; do (exit 3); break; done; p $?
for i in 1 2 3; do p $i; [ $i = 2 ] && break; done
for i in 1 2; do for j in 1 2; do for k in 1 2; do [ $k = 2 ] && continue 3; p $i$j$k; done; done; done
for i in 1 2 3; do for j in 1 2; do [ $i = 2 ] && break; [ $j = 2 ] && continue 2; p $i$j; done; p after $i; done
for i in a b; do p $i; break; done >o; cat o; for i in a b; do p $i >>q; continue; done; cat q; while read x; do [ $x = b ] && break; p $x; done <<E
> a
> b
> c
> E
# Names.
f-g() { p a; }; f-g
1f() { p a; }
f() p a
f() { p a
f() p a; f
f() { }
f() ( )
f()
f( { p a; }
f x() { p a; }
$A() { p a; }
"f"() { p a; }
if() { p a; }; p no
f() { p a; }; f() ; p no
f() { p a; } p b
f() (p a) p b
function f { p a; }
break() { p a; }; p no
