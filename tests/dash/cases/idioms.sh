# What scripts do every day.
path=/usr/lib/x.so.1; base=${path##*/}; dir=${path%/*}; stem=${base%%.*}; ext=${base#"$stem"}; p $base $dir $stem $ext
trim() { x=$1; x=${x#"${x%%[! ]*}"}; x=${x%"${x##*[! ]}"}; p "$x"; }; trim '  a b  '; trim ''; trim '   '; trim x
rev() { s=$1 r=; while [ "$s" ]; do r=${s%"${s#?}"}$r s=${s#?}; done; p "$r"; }; rev abc; rev 'a b'; rev ''
join() { IFS=$1; shift; p "$*"; }; join , a b c; join ' ' x y; join '' 1 2; p "$*"
split() { IFS=$1; set -f; set -- $2; p $# "$@"; }; split : a:b::c; split , 'x y,z'; split / /usr/bin
contains() { case $1 in *"$2"*) p yes;; *) p no;; esac; }; contains abc b; contains abc d; contains 'a*b' '*'; contains abc '*'; contains abc ''
starts() { case $1 in "$2"*) p yes;; *) p no;; esac; }; starts --name -; starts name -; starts '*x' '*'; starts x '*'
ends() { [ "${1%"$2"}" != "$1" ] && p yes || p no; }; ends file.c .c; ends file.c .h; ends 'a*' '*'; ends ab '*'
isnum() { case $1 in ''|*[!0-9]*) p no;; *) p yes;; esac; }; isnum 12; isnum 1x; isnum ''; isnum -1; isnum 007
max() { m=$1; shift; for i; do m=$((i>m?i:m)); done; p $m; }; max 3 9 2; max -1 -5; max 4
sum() { s=0; for i; do s=$((s+i)); done; p $s; }; sum 1 2 3; sum; sum -1 1 0x10 010
gcd() { while [ $2 != 0 ]; do set -- $2 $(($1%$2)); done; p $1; }; gcd 12 18; gcd 7 13; gcd 5 0
pow() { r=1; i=$2; while [ $((i-=1)) -ge 0 ]; do r=$((r*$1)); done; p $r; }; pow 2 10; pow 3 0; pow -2 3
fact() { [ $1 -le 1 ] && p ${2:-1} || fact $(($1-1)) $(($1*${2:-1})); }; fact 5; fact 0; fact 1
fizz() { i=0; while [ $((i+=1)) -le 15 ]; do case $((i%3)),$((i%5)) in 0,0) s=fb;; 0,*) s=f;; *,0) s=b;; *) s=$i;; esac; set -- "$@" $s; done; p "$@"; }; fizz
prime() { i=2; while [ $((i*i)) -le $1 ]; do [ $(($1%i)) = 0 ] && return 1; i=$((i+1)); done; }; for n in 2 3 4 9 11 15; do prime $n && set -- "$@" $n; done; p "$@"
bin() { n=$1 b=; until [ $n = 0 ]; do b=$((n&1))$b n=$((n>>1)); done; p ${b:-0}; }; bin 10; bin 0; bin 255
hex() { printf '%x\n' $1; }; hex 255; p $((0x$(hex 255)))
count=0; for w in a b a c a; do [ $w = a ] && count=$((count+1)); done; p $count
last() { for x; do :; done; p "$x"; }; last a 'b c'; first() { p "$1"; }; first x y; nth() { shift $1; p $1; }; nth 2 a b c
set -- c a b; sorted=$(printf '%s\n' "$@" | sort); set -- $sorted; p "$@"
set -- a b c; r=; for i; do r="$i $r"; done; set -- $r; p "$@"
set -- 1 2 3 4; while [ $# -gt 1 ]; do p $1 $2; shift 2; done
set -- -v -o out file; while :; do case $1 in -v) v=1;; -o) o=$2; shift;; --) shift; break;; -*) p bad;; *) break;; esac; shift; done; p $v $o "$@"
set -- --size=10 --name 'x y' -- -z; while [ $# -gt 0 ]; do case $1 in --*=*) p ${1%%=*} ${1#*=};; --) shift; break;; --*) p $1 "$2"; shift;; esac; shift; done; p "$@"
while IFS== read -r k v; do case $k in \#*|'') continue;; esac; p "$k" "$v"; done <<E
> # comment
> a=1
> 
> b=x=y
> c = d
> E
while read -r line; do set -- $line; p $# "$1"; done <<E
> one two three
> 
> x
> E
n=0; while read l; do n=$((n+1)); done <<E; p $n
> a
> b
> c
> E
while read a b; do eval "v_$a=\$b"; done <<E; p "$v_x" "$v_y"
> x 1 2
> y $(z)
> E
old=$IFS; IFS=:; for d in /a:/b::/c; do p "$d"; done; x=/a:/b::/c; for d in $x; do p "$d"; done; IFS=$old; p $x
f() { [ $# -ge 1 ] || { p usage; return 2; }; p ok "$@"; }; f; p $?; f a; p $?
die() { p "$@" >&2; exit 1; }; (die oops) 2>e; p $?; cat e
try() { "$@" && p ok || p failed $?; }; try true; try false; try sh -c 'exit 3'; try p x
log() { p "$@" >>log; }; log a; log b c; cat log
with() { A=$1; shift; "$@"; }; with x p y; p $A; (with z p); p $A
cleanup() { rm -f t; p cleaned; }; trap cleanup EXIT; >t; p work; ls
retry() { n=0; until "$@"; do n=$((n+1)); [ $n -ge 3 ] && return 1; done; }; c=0; flaky() { c=$((c+1)); [ $c -ge 2 ]; }; retry flaky; p $? $c; retry false; p $?
i=0; while :; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; p $i; done
for i in 1 2 3; do for j in 1 2 3; do [ $j -gt $i ] && continue 2; p $i$j; done; done
s=; for i in a b c; do s=$s${s:+,}$i; done; p $s
s=; for c in h i; do case $c in [aeiou]) s=$s$c$c;; *) s=$s$c;; esac; done; p $s
x='a,b,c'; while [ "$x" ]; do p "${x%%,*}"; case $x in *,*) x=${x#*,};; *) x=;; esac; done
x=hello; i=0; while [ $i -lt ${#x} ]; do i=$((i+1)); done; p $i ${#x}
stack=; push() { stack="$1 $stack"; }; pop() { set -- $stack; top=$1; shift; stack="$*"; }; push a; push b; pop; p $top; pop; p $top "$stack"
eval_add() { eval "$1=\$((\$$1+$2))"; }; n=5; eval_add n 3; p $n; get() { eval "p \"\$$1\""; }; get n; get A
set_default() { eval ": \"\${$1:=\$2}\""; }; set_default U 'a b'; p "$U"; set_default A x; p $A
indirect=A; eval v=\$$indirect; p $v; eval "set -- \"\$$indirect\" \"\${$indirect}b\""; p "$@"
quote() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }; q=$(quote "it's"); eval "p $q"
menu() { case $1 in s|start) p starting;; s*) p other;; '') p none;; *) p unknown "$1"; return 1;; esac; }; menu s; menu st; menu; menu x; p $?
yesno() { case $1 in [yY]|[yY][eE][sS]) return 0;; [nN]|[nN][oO]) return 1;; esac; return 2; }; yesno y; p $?; yesno NO; p $?; yesno maybe; p $?
leap() { [ $(($1%4)) = 0 ] && { [ $(($1%100)) != 0 ] || [ $(($1%400)) = 0 ]; }; }; for y in 2000 1900 2024 2023; do leap $y && p $y; done
days() { case $1 in 4|6|9|11) p 30;; 2) p 28;; [13578]|1[02]) p 31;; *) p '?';; esac; }; days 1; days 2; days 11; days 12; days 13
temp() { [ $1 -lt 0 ] && p ice || if [ $1 -gt 100 ]; then p steam; else p water; fi; }; temp -5; temp 50; temp 101
hanoi() { [ $1 = 0 ] || { hanoi $(($1-1)) $2 $4 $3; p $2$3; hanoi $(($1-1)) $4 $3 $2; }; }; hanoi 2 a b c
collatz() { n=$1 c=0; until [ $n = 1 ]; do n=$((n%2?3*n+1:n/2)) c=$((c+1)); done; p $c; }; collatz 6; collatz 1
bits() { n=$1 c=0; while [ $n != 0 ]; do c=$((c+(n&1))) n=$((n>>1)); done; p $c; }; bits 255; bits 0; bits 10
div() { p $(($1/$2)) $(($1%$2)); }; div 7 2; div -7 2; (div 1 0) 2>/dev/null || p undefined
>a.txt; >b.txt; >c.md; for f in *.txt; do p ${f%.txt}; mv "$f" "${f%.txt}.bak"; done; ls
>x; [ -e x ] && [ ! -d x ] && p file; mkdir d && [ -d d ] && p dir; [ -e none ] || p none; rm x; [ -e x ]; p $?
set -- *; [ -e "$1" ] || p empty; >f; set -- *; [ -e "$1" ] && p "$@"
printf 'b\na\nb\n' >f; sort f | uniq -c | while read n w; do p $n $w; done
printf '1 a\n2 b\n' >f; while read n w; do [ $n = 2 ] && p $w; done <f; x=$(while read n w; do printf $w; done <f); p $x
printf '%s\n' 3 1 2 >f; m=; while read n; do [ -z "$m" ] || [ $n -lt $m ] && m=$n; done <f; p $m
cat >script <<'E'; sh script a b; p $?
> printf '[%s]' "$0" "$@"
> exit 3
> E
cat >lib <<'E'; . ./lib; greet x; p $lib
> lib=loaded
> greet() { p hello $1; }
> E
{ read a; read b; } <<E; p "$a" "$b"
> first line
> second
> E
{ out=$(p a; p b >&2); } 2>f; p "$out"; cat f
x=$(cat <<E
> multi
> line
> E
> ); p "$x"; p $x
(cd / && p "$PWD"); [ "$PWD" != / ] && p back; (umask 77; >s; ls -l s | cut -c1-10)
x=outer; (x=inner; p $x); p $x; x=new | :; p $x; { x=group; }; p $x; : | { x=pipe; }; p $x
start=$((2+3)) end=$((start*2)); while [ $start -lt $end ]; do start=$((start+2)); done; p $start $end
${DEBUG:+p debug} ; p on; DEBUG=1; ${DEBUG:+p debug}; : ${VERBOSE:=0}; [ $VERBOSE = 0 ] && p quiet
if [ "${1:-}" = one ] && [ $# -ge 2 ] || false; then p args; fi; [ "$#" -eq 3 ] && p three
if command -v ls >/dev/null 2>&1; then p have; fi; command -v nosuchtool >/dev/null || p lack
for i in $(seq 3); do p $i; done; for i in $(printf '%s ' x y); do p $i; done; set -- $(seq 5); p $# $5
a=1 b=2; t=$a a=$b b=$t; p $a $b; x=5; x=$((x+1)) y=$x; p $x $y; : $((x+=1)); p $x
alpha=abc; case $alpha in *[!a-z]*) p mixed;; *) p lower;; esac; case aBc in *[[:upper:]]*) p upper;; esac
ver=1.12.3; IFS=.; set -- $ver; p $1 $2 $3; p $(($1*10000+$2*100+$3)); unset IFS; major=${ver%%.*} minor=${ver#*.}; p $major ${minor%.*}
url=http://host:80/a/b; proto=${url%%:*} rest=${url#*//}; host=${rest%%/*}; p $proto $rest ${host%:*} ${host#*:} /${rest#*/}
date=2024-02-29; IFS=-; set -- $date; IFS=' '; p $3.$2.$1; y=${date%%-*} d=${date##*-}; m=${date#*-}; p $y ${m%-*} $d
csv='a,"b",c'; IFS=,; set -- $csv; p $# "$2"; line='k: v: w'; p "${line%%:*}" "${line#*: }"
# Small facts that scripts rely on.
[ "$A" = a ] && p yes; [ "$U" ] || p no; [ -z "$E" ] && p empty; [ -n "$B" ] && p set
[ $# -eq 3 ]; p $?; [ 2 -lt 10 ]; p $?; [ ! a = b ]; p $?
test "$A" = "a" -a "$N" -gt 5 && p both; test a = b -o 1 -eq 1 && p either
true; p $?; false; p $?; : ; p $?; ! :; p $?
p "$(printf '%s\n' a b c | head -2)"; p $(printf '%s\n' a b c | tail -1)
p "$(printf '%03d' 7)" "$(printf '%x' 255)" "$(printf '%5s|' ab)"; printf '%s-%s\n' a b c
p `printf '%s' "a  b"` "`printf '%s' 'c  d'`"
x=$(exit 7) || p $?; x=$(:) && p ok
y=$(x=5; printf $x); p $y ${x-none}
set -- "$@" four; p $# "$4"; set -- zero "$@"; p $# "$1"
set -- $(printf 'x y z'); p $2; set -- "$(printf 'x y z')"; p "$1"
set --; p $# "${1-none}" "$*"; set -- ''; p $# "${1-none}"
shift 3; p $# "${1-none}"; set -- last; p $1
for a in "$@"; do set -- "$@" "$a$a"; shift; done; p "$@"
i=10; while [ $((i-=3)) -gt 0 ]; do p $i; done; p $i
i=3; until [ $i -eq 0 ]; do p $i; i=$((i-1)); done
until false; do p once; break; done; while true; do p one; break; done
for f in a b; do >"$f"; done; ls; for f in *; do p "<$f>"; done
if mkdir d && cd d; then p ${PWD##*/}; fi; cd ..; rmdir d && p gone
mkdir -p a/b/c; cd a/b; p ${PWD##*/}; cd ..; p ${PWD##*/}; cd "$OLDPWD"; p ${PWD##*/}
ln -s nowhere l; [ -e l ] || p dangling; [ -L l ] && p link; p *
>f; chmod 600 f; [ -r f ] && p r; [ -x f ] || p nox; ls -l f | cut -c1-10
p one >f; p two >>f; wc -l <f | tr -d ' '; cat f; : >f; [ -s f ] || p empty
printf 'a\nb\nc\n' >f; sed -n 2p f; grep -c . f; sort -r f; head -1 <f
printf 'k=v\n' >f; IFS== read k v <f; p $k $v; . ./f; p $k
tr a-z A-Z <<E | sed 's/^/> /'
> some text
> E
cat <<E >f; . ./f; p $made
> made=$A$N
> E
while read n; do [ $n -gt 1 ] && p $n; done <<E
> 1
> 2
> 3
> E
case $#:$1 in 3:one) p both;; 3:*) p count;; esac
case $(printf '%s' "$2" | wc -w | tr -d ' ') in 2) p two;; esac
case "$1$2" in "$1"*) p begins;; esac; case $2 in *' '*) p blank;; esac
f() { p "$1"; [ $# -gt 1 ] && { shift; f "$@"; }; }; f a b c; p $?
f() { while [ $# -gt 0 ]; do p $1; shift; done; }; f x y; f; p $?
f() { local i; for i in 1 2; do p $i; done; }; i=keep; f; p $i
f() { p "$FUNC$1"; }; FUNC=x f y; p "${FUNC-gone}"
f() { eval "$1=done"; }; f result; p $result
f() { cat; }; p in | f; f <<E
> here
> E
f() { return $1; }; f 0 && p zero; f 1 || p one; f 2; p $?
f() { p a; g; p b; }; g() { p c; return 4; p no; }; f; p $?
a() { b; }; b() { c || p failed; }; c() { return 1; }; a; p $?
(f() { p inner; }; f); command -v f >/dev/null || p none
{ p a; p b; } | { read x; p "got $x"; cat; }
(p a; p b) | while read x; do p "<$x>"; done
p a | { p b; cat; } | { cat; p c; }
p x | cat >f && p y >>f || p no; cat f
{ p out; p err >&2; } >o 2>e; cat e o
{ p out; p err >&2; } 2>&1 >o | sed s/err/ERR/; cat o
exec 3>f; p a >&3; (p b >&3); { p c; } >&3; exec 3>&-; cat f
exec 4<<E; read x <&4; read y <&4; p $x $y; exec 4<&-
> r1
> r2
> E
p a & wait; p b | cat & wait; p all
(exit 3) & wait $!; p $?; { p x; false; } & wait $! || p $?
x=0; (x=1) & wait; p $x; x=2 & wait; p $x
trap 'p last' EXIT; p first; (p sub); p second
trap 'p one' EXIT; trap 'p two' EXIT; p body
(trap 'p in' EXIT; p body); p out
set -e; x=$(printf ok); p $x; [ "$x" = ok ]; p on; [ "$x" = no ] || p handled
set -u; p "${U:-safe}" "${A}" $#; x=; p "$x"; p ${1:+one}
set -f; x='*'; p $x; set +f; >g; p $x
set -a; EXPORTED=1; set +a; sh -c 'echo $EXPORTED'; LOCAL=2; sh -c 'echo ${LOCAL-none}'
export P1=a P2; P2=b; sh -c 'echo $P1$P2'; unset P1; sh -c 'echo ${P1-gone}$P2'
A=x sh -c 'echo $A'; p $A; A=y; sh -c 'echo ${A-none}'; env -i /bin/sh -c 'echo ${A-clean}'
readonly K=1; p $K; (K=2) 2>/dev/null || p kept; p $K
alias hi='p hello'
> hi; unalias hi; hi 2>/dev/null || p away
eval 'for w in 1 2; do p $w; done'; cmd='p "a b"'; eval "$cmd"; $cmd
type p >/dev/null && p known; type nosuch >/dev/null 2>&1 || p unknown
umask 027; >m; ls -l m | cut -c1-10; umask 022; (umask 0; umask); umask
p "${B%% *}" "${B##* }"; p ${B%%  *}${B##*  }
v=$A$N; p $v; v="$A $N"; p "$v"; v=$A\ $N; p "$v"
p $((N*2)) $((N%2)) $((N>5)); p $((N<<1)) $((N&1)); N=$((N-1)); p $N
for i in 1 2 3; do case $i in 2) ;; *) p $i;; esac; done
if [ -d / ]; then p root; elif [ -d /nosuch ]; then p no; else p none; fi
while read x && [ "$x" != end ]; do p $x; done <<E
> a
> end
> b
> E
n=0; while [ $n -lt 5 ]; do n=$((n+1)); [ $((n%2)) = 0 ] || continue; p $n; done
s='a:b:c'; n=0; while case $s in *:*) :;; *) false;; esac; do s=${s#*:} n=$((n+1)); done; p $n $s
w=${A}${N}; p "${w#a}" ${#w}
p "${A}${U-}${N}" "${U:-$A}${A:+$N}"
