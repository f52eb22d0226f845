# eval
eval p a; eval 'p b'; eval p 'c d'; eval p '"e  f"'; eval 'p g; p h'; eval; p $?; eval ''; p $?; eval ' '; p $?
eval 'x=1'; p $x; eval x=2; p $x; eval "y=\$x"; p $y; n=x; eval "p \$$n"; eval "$n=3"; p $x; eval "$n='a  b'"; p "$x"; eval p \$$n \"\$$n\"
eval false; p $?; eval '(exit 3)'; p $?; eval 'exit 4' & wait $!; p $?; eval true; p $?; false; eval; p $?; false; eval 'p $?'; eval 'true;false' || p or; ! eval false; p $?
eval 'if true; then p a; fi'; eval 'for i in 1 2; do'' p $i; done'; eval 'f() { p f $1; }'; f x; eval f y; eval 'case a in' 'a) p c;; esac'; eval 'p a
> p b'; eval "p '
> '"; eval 'p a # c'; eval '# c'; p $?
eval 'p a' | cat; eval 'p b' >f; cat f; eval 'p c' & wait; x=$(eval 'p d'); p $x; eval 'eval "p e"'; eval eval eval p f; eval 'cat <<E
> h $A
> E'; eval 'p a |' cat; eval p a '|' cat; eval 'p "$@"'; set -- z; eval 'set -- y'; p $1; eval 'shift'; p $#
eval 'p )'; p no
eval 'if'; p no
eval "p 'a"; p no
(eval 'p )') 2>/dev/null; p $?; eval 'p ${' 2>/dev/null; p no
x='p a; p b'; $x; eval $x; eval "$x"; x='a b'; eval p $x "$x" '$x' '"$x"'; x='*'; >g; eval p $x; eval p "$x"; eval p "'$x'"; x='y=5'; eval $x; p $y; $x 2>/dev/null; p $?
x=1 eval 'p $x'; p ${x-none}; x=2 eval 'y=$x'; p $y; for i in 1 2; do eval "v$i=$i"; done; p $v1 $v2; eval 'return 3' 2>/dev/null
f() { eval 'return 3'; p no; }; f; p $?; eval "p \"\${A}\" \${U-x}"
set -x; set -; case $- in *x*) p x;; esac; set a b; set -; p $#; set -f - c; p $# "$@"; case $- in *f*) p f;; esac
set -- a b c; eval "last=\${$#}"; p $last; eval p \${1} \"\$$#\"; i=2; eval "p \$$i"; eval set -- $(printf "'%s' " 'x y' z); p "$@"; eval "set -- \"\$@\" more"; p "$@"
# alias: only from the next command that is read.
alias a='p x'
> a; a y; \a 2>/dev/null; p $?; 'a' 2>/dev/null; p $?; p a; unalias a
> a 2>/dev/null; p $?
alias a=p b='a x'
> b; b y; a z; unalias -a
> b 2>/dev/null; p $?
alias a='p 1;'
> a p 2
> alias p='p x'
> p y; unalias p
> p z
alias e='p '
> alias f='x'
> e f; e g f; e e
alias a=p; alias a; alias b=c; alias | sort; alias nosuch; p $?; unalias a; alias a; p $?; unalias nosuch; p $?; alias x='a b' y="it's"; alias x y
alias if=p
> if true; then p a; fi
alias i=if t=then
> i true; t p a; fi
alias s='p a | cat; p'
> s b; s c | cat
alias q='p "a  b'
> q c"
alias x1='x2' x2='x1'
> x1 2>/dev/null; p $?; alias ls='p ls'
> ls; command ls -d /; ls a | cat; (ls b); { ls c; }; if ls d; then ls e; fi; x=$(ls f); p "$x"; ls() { p no; } 2>/dev/null
alias a='p 1'; a 2>/dev/null; p $?; eval a; eval 'a'; f() { a; }; f 2>/dev/null; p $?
alias g=p
> f() { g in; }
> unalias g
> f; g 2>/dev/null; p $?
alias a=b=c
> alias a; alias 'a b=c' 2>/dev/null; alias z=1; alias z; unalias -a; alias
alias do=p
> for i in a; do p $i; done; p do
# readonly
readonly r=1; p $r; readonly s; p ${s-unset}; r=2; p no
readonly r=1; (r=2; p no); p $? | sed s/[12]/n/; p $r; unset r; p no
readonly r=1; r=2 p x; p no
readonly r=1; r=2 :; p no
readonly r=1; export r; sh -c 'echo $r'; export r=2; p no
readonly r=1; readonly r; p ok; readonly r=2; p no
readonly r=1; read r <<E; p no
> x
> E
readonly r=1; for r in 2; do p no; done; p no
readonly r; p ${r:=x}; p no
readonly r=1; p $((r=2)); p no
readonly r=1; f() { local r; p ${r-none}; }; (f) 2>/dev/null; p on
readonly r=1; eval 'r=2'; p no
readonly r=1; r=2 || p no; p no
readonly r=1; x=5 r=2 y=6; p no
readonly a='b c' b=$A; p "$a" $b; readonly -p | grep -c "^readonly a='b c'$"; readonly c=~ d=$(p x); [ "$c" = "$HOME" ] && p $d; readonly e="$B" f=$B; p "$e" "$f"; sh -c 'echo ${a-none}'
command readonly r=1; p $r; (command r=2) 2>/dev/null; p $?; readonly 1x=2; p no
# getopts
set -- -a -b x -c y; while getopts ab:c o; do p $o ${OPTARG:-none} $OPTIND; done; p $? $OPTIND; shift $((OPTIND-1)); p "$@"
set -- -abx -c; while getopts ab:c o; do p $o "${OPTARG:-none}" $OPTIND; done; p $OPTIND; set -- -bx y
OPTIND=1; while getopts b: o; do p $o $OPTARG; done; p $OPTIND
set -- -a -- -b; while getopts ab o; do p $o; done; p $OPTIND; OPTIND=1; set -- -a - -b
while getopts ab o; do p $o; done; p $OPTIND; OPTIND=1; set -- x -a
while getopts a o; do p $o; done; p $OPTIND $o
set -- -x; while getopts ab o 2>/dev/null; do p $o "${OPTARG-none}" $OPTIND; done
OPTIND=1; while getopts :ab o; do p $o $OPTARG; done; OPTIND=1; set -- -b
while getopts :ab: o; do p "$o" $OPTARG; done; OPTIND=1; getopts ab: o 2>/dev/null; p $? "$o" "${OPTARG-none}"
set -- -x; getopts a o; p $o
getopts a: o -a v -b; p $? $o $OPTARG $OPTIND; getopts a: o -a v -b 2>/dev/null; p $? $o; getopts a: o -a v -b; p $? $o $OPTIND; set --; OPTIND=1; getopts a o; p $? "$o"
f() { OPTIND=1; while getopts xy: o; do p $o ${OPTARG-}; done; p $OPTIND; }; f -x -y 1; f -y2 -x z; f; set -- -a; OPTIND=1; getopts a o; p $o; f -x; getopts a o; p $?
OPTIND=1; set -- -a -b; getopts ab o; p $o; getopts ab o; p $o; getopts ab o; p $? $o; OPTIND=1; getopts ab o; p $o; getopts; p $?
set -- -a1 -a 2 -a '' -a; while getopts a: o 2>/dev/null; do p $o "$OPTARG"; done; p $OPTIND; OPTIND=1; set -- -ab; getopts a o; p $o $OPTIND; getopts a o 2>/dev/null; p $o $OPTIND; set -- '' -a; OPTIND=1; getopts a o; p $?
getopts 'a b' 1x -a; p $?
# hash, command, type
hash ls; p $?; hash nosuch 2>/dev/null; p $?; hash -r; p $?; hash -r; hash ls cat; p $?
command p a 2>/dev/null; p $?; command ls -d /; command nosuch 2>/dev/null; p $?; command; p $?; command -p ls -d /; ls() { p f; }; command ls -d /; command cd /; pwd; command exit 3; p no
command -v cd; command -v ls | grep -c /ls; command -v nosuch; p $?; command -v p; command -v if; alias a=b; command -v a; command -v /bin/ls; command -v ./x; p $?; command -v eval; p $?
command exec 3>&1; p x >&3; command exec 3>&-; p y >&3; command export q=1; p $q; command readonly q; command unset A; p ${A-none}; command eval 'p b'; command : <nosuch 2>/dev/null; p on; command . ./nosuch 2>/dev/null; p on; command shift 99 2>/dev/null; p on
type cd >/dev/null; p $?; type nosuch >/dev/null 2>&1 || p no; type p >/dev/null; p $?; type ls if . : >/dev/null; p $?; alias a=b; type a >/dev/null; p $?
# set
set -f; p *; set +f; >f1; p *; set -o noglob; p *; set +o noglob; p *; case $- in *f*) p f;; *) p nof;; esac; set -C; p x >f1 || p failed; p y >|f1; cat f1; p z >>f1; cat f1; set +C; p w >f1; cat f1
set -a; x=1; sh -c 'echo $x'; set +a; y=2; sh -c 'echo ${y-none}'; x=3; sh -c 'echo $x'; set -a; read z <<E; sh -c 'echo $z'; for w in 5; do sh -c 'echo $w'; done; p ${v=6}; sh -c 'echo $v'
> 4
> E
set -x; p a 2>/dev/null; set +x; (set -x; x=1; p $x) 2>f; grep -c . f; PS4='> '; (set -x; : a b/c "$A") 2>f; cat f; PS4='$A '; (set -x; : x) 2>f; cat f; (set -x; y=1 z=2; for i in 1; do :; done) 2>f; cat f
(set -v; p a) 2>/dev/null; sh -c 'set -n; echo no'; set -o | grep -c nounset; set +o | grep -c 'set +o noglob'; set -o nosuch 2>/dev/null; p no
set -Z 2>/dev/null; p no
set -- a; set -e; set -f -C; case $- in *C*f*|*f*C*) p ok;; esac; p $1; set +e +f +C b; p $1; set - c; p $1; set -- -x; p $1; set -f d; p $1; set +f; set -fC; set +fC; p "$-" | grep -c '[fC]'; set -u -- e f; p $2
set | grep -c "^A='*a'*$"; x='a
> b'; set | grep -c "^x='a$"; y="it's"; set | grep -c "^y="; f() { :; }; set | grep -c '^f'
# errexit
set -e; true; p a; false; p no
set -e; false || p a; false && p b; p c; ! true; p d; ! false; p e
set -e; if false; then p no; fi; p a; while false; do :; done; p b; until true; do :; done; p c; if ! false; then p d; fi; case x in y) false;; esac; p e
set -e; (false; p no); p no
set -e; (false) || p a; p b; { false; } || p c; { false || true; }; p d; { true && false; } || p e; x=$(false) || p f; p g
set -e; { false; p no; }; p no
set -e; x=$(false); p no
set -e; x=$(false; p in); p no
set -e; p "$(false)" a; p "$(false; p in)" b; x=$(true) ; p c; : $(false); p d
set -e; false | true; p a; true | false; p no
set -e; f() { false; p no; }; f; p no
set -e; f() { false; p in; }; f || p or; f && p and; if f; then p if; fi; ! f; p not; while f; do break; done; p end
set -e; f() { return 3; }; f || p $?; f; p no
set -e; for i in 1 2; do p $i; false; done; p no
set -e; for i in 1 2; do false || continue; p no; done; p a; while :; do false || break; done; p b; for i in 1; do false && p x; done; p c; for i in 1; do ! true; done; p d
set -e; eval false; p no
set -e; eval 'false; p no'; p no
set -e; eval false || p a; eval 'false || p b'; . /dev/null; p c; command false || p d; command false; p no
set -e; nosuch 2>/dev/null; p no
set -e; p x >nodir/f; p no
set -e; <nosuch; p no
set -e; false & wait; p a; (exit 3) & wait $! || p $?; { false & wait $!; } || p c; p d
set -e; trap 'p bye' EXIT; false; p no
set -e; trap 'p $?' EXIT; (exit 5); p no
(set -e; false; p no) && p no || p a; (set -e; false; p no); p $?; if (set -e; false; p in); then p b; fi; set +e; false; p d
set -e; set +e; false; p a; set -e; (set +e; false; p b); p c; { set +e; }; false; p d; f() { set -e; }; f; false; p no
set -e; if true; then false; fi; p no
set -e; if false; then :; else false; fi; p no
set -e; case x in x) false;; esac; p no
set -e; while true; do false; break; done; p no
set -e; true && { false; p no; }; p no
set -e; { false; } && p no; p a; ( false ) && p no; p b; (true && false) || p c; (true && false); p no
set -e; false || false; p no
set -e; true && false || false; p no
set -e; true && false; p a; { true && false; }; p b; f() { true && false; }; f; p no
set -e; readonly r=1; unset U || p no; shift 0; cd . ; p ok; cd /nosuch; p no
set -e; read x </dev/null || p eof; read x </dev/null; p no
set -e; [ a = b ] || p a; [ a = b ] && p b; p c; [ a = b ]; p no
