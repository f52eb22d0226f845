# What ${…} gives: unset, empty, set; E is empty, U is never set.
p "${U-w}" "${U:-w}" "${E-w}" "${E:-w}" "${A-w}" "${A:-w}"
p "${U+w}" "${U:+w}" "${E+w}" "${E:+w}" "${A+w}" "${A:+w}"
p ${U-w} ${U:-w} ${E-w} ${E:-w} ${A-w} ${A:-w}
p ${U+w} ${U:+w} ${E+w} ${E:+w} ${A+w} ${A:+w}
p ${U=w} "$U"; p ${E=w} "$E"; p ${A=w} "$A"
p ${U:=w} "$U"; p ${E:=w} "$E"; p ${A:=w} "$A"
p ${A?w} "${A:?w}" "${E?w}"
p a${U-b}c "a${U-b}c" a"${U-b}"c ${U-b}${U-c}
p ${U-a b} "${U-a b}" ${U-'a b'} ${U-"a b"} ${U-a\ b}
p ${U-  a   b  } x${U- a b }y "${U- a b }"
p ${U-$A$B} "${U-$A$B}" ${U-"$B"} ${U-'$B'} "${U-'$B'}"
p ${U-$(printf 'a  b')} "${U-$(printf 'a  b')}" ${U-`printf 'a  b'`}
p ${U-${E:-${A}}} "${U-${E:-"${B}"}}" ${U-${E:-$B}}
p ${U-} "${U-}" ${U-''} ${U-""} a${U-}b ${U:-}
p ${U-"$@"} "${U-$@}" "${U-"$@"}" ${U-$*} "${U-$*}"
p ${A+"$@"} "${A+$@}" ${A+$*} "${A+x$@y}" ${A+x"$@"y}
p ${1+"$@"} ${4+"$@"} "${3-x}" "${3:-x}" "${4-x}"
p ${U-*} "${U-*}" ${U-"*"} ${U-\*}
>f1; >f2; p ${U-f*} "${U-f*}" ${U-'f*'} f${U-?} ${U-"f"*}
p ${U-}} "${U-}}" ${U-\}} "${U-\}}" ${U-'}'} ${U-"}"}
p ${U-a}b} "${U-{}}" ${U-{}} ${U-${A}}
p ${U-#} ${U-a#b} ${U- #b} "${U-# no comment}"
p ${U-a;b} ${U-a&b} ${U-a|b} ${U-(a)} ${U-<f} ${U->f}
p "${U-a"b  c"d}" ${U-a"b  c"d} "${U-"a"b"c"}"
p "${U-it's}" "${U-a 'b  c' d}" ${U-a 'b  c' d}
p "${U-\$A}" ${U-\$A} "${U-\a}" ${U-\a} "${U-\"}" ${U-\"} "${U-\\}" ${U-\\}
p "${U-
> }" ${U-a
> b}
p ${U-a\
> b} "${U-a\
> b}" ${\
> A} ${A\
> } $\
> A ${U\
> :-x} ${A\
> \
> :\
> \
> +x} ${#\
> \
> A} ${#\
> -\
> \
> } $(\
> \
> (1\
> \
> )\
> \
> )
HOME=/h; p ${U-~} "${U-~}" ${U-~/x} ${U-'~'} ${U-\~} x${U-~} ${U-a~}
HOME=/h; v=${U-~}; p "$v"
HOME=/h; v="${U-~}"; p "$v"
HOME=/h; v=${U-a:~}; p "$v"
HOME=/h; v=x:${U-~:~/y}; p "$v"
HOME=/h; p ${U=~}; p "$U"; p ${#HOME} ${HOME#/} ${HOME%h}
HOME=/h; export v=${U-~}:${U-~}; p "$v"
HOME=/h; export v=${U-~}:${U-~}; v=/h/x; p ${v#~} "${v#~/}" ${v#'~'}
v=${U-a b}; p "$v"
v=${U-$B}; p "$v"
v=${U-$B}; v="${U-'a b'}"; p "$v"
v=${U-$B}; v="${U-'a b'}"; v=${U-'a b'}; p "$v"
v=${U-$@}; p "$v"
v=${U-"$@"}; p "$v"
v=${A+$*}; p "$v"
v=$@; p "$v"
v="$*"; p "$v"
v=${U=x y}; p "$v" "$U"; v=${E:=$B}; p "$v" "$E"
# Assignments by an expansion last, also in a command that fails; not those in a subshell.
: ${U=1}; p $U; : ${U=2}; p $U; (: ${V=3}; p $V); p ${V-none}
: ${U:=$((1+1))} ${V:=$U$U}; p $U $V
p ${U:=${V:=x}}; p $U $V
: "${U="a b"}"; p "$U"; : ${V='c  d'}; p "$V" $V
p ${U=a\ b} "$U"; unset U; p ${U="$A"\*}; p "$U"
p x | p ${U=1}; p ${U-none}
U=1 p ${U-none}; p ${U-none}
false ${U=1} || p $U
${U=p} x; p $U
>${U=file}; p f*; p $U
for i in ${U=1 2 3}; do p $i; done; p "$U"
case ${U=abc} in a*) p $U;; esac
# ? complains and ends the shell that met it.
p ${U?gone}; p no
p ${U?}; p no
p ${E?}
p ${E:?}
p no
p ${U:?"two  words"}; p no
(p ${U?gone}); p yes
(p ${U?gone}) || p or
x=$(p ${U?gone}); p "$?" "$x" | sed 's/[0-9]//g'
p ${U?gone} || p no; p no
p ${A?${U?}}
p ${U-${V?}}
: ${1?} ${2:?}; p ok; : ${3:?}; p no
p a | p ${U?}; p on
{ p ${U?}; p no; } & wait; p on
if p ${U?}; then p a; else p b; fi; p no
trap 'p bye' EXIT; p ${U?}; p no
f() { p ${U?}; p no; }; f; p no
eval 'p ${U?}'; p no
p ${U?$(p inner >&2)}
set -e; p ${U?} || p no; p no
# Lengths.
p ${#A} ${#B} ${#C} ${#E} ${#U} ${#1} ${#2} ${#3} ${#4}
p "${#A}" x${#B}y ${#A}${#B} $((${#A}+${#B}))
p ${#} ${##} "${#}" "${##}" $# "$#"; set --; p ${#} ${##}; set a b c d e f g h i j; p ${#} ${##}
p ${#-} | sed 's/[0-9]/n/g'
p ${#?} ${#$} | sed 's/[0-9][0-9]*/n/g'
(exit 42); p ${#?}; p ${?#4} ${?%2}
p ${#:-x} ${#-x} ${#?x} ${#+x} ${#=x}
p ${##1} ${#%3} ${###} ${##*} ${#%%?}
v=12345678901234567890; p ${#v}
v='a
> b'; p ${#v}
p ${#10}
set 1 2 3 4 5 6 7 8 9 ten; p ${#10} ${10} $10 ${10#t} ${10:+x}
v=' '; p ${#v}
v='"'; p ${#v}
v="''"; p ${#v}
v='\'; p ${#v}
# Removal of the smallest and the largest beginning and ending.
v=/usr/local/bin; p ${v#/} ${v##*/}
v=/usr/local/bin; p ${v%/*} ${v%%/*}
v=/usr/local/bin; p ${v#*/} ${v%%/bin}
v=/usr/local/bin; p ${v##/*/}
v=a.tar.gz; p ${v%.*} ${v%%.*}
v=a.tar.gz; p ${v#*.} ${v##*.}
v=a.tar.gz; p ${v%.gz} ${v%gz.}
v=a.tar.gz; p ${v#a} ${v#b}
v=aaa; p ${v#a} ${v##a}
v=aaa; p ${v#a*} ${v##a*}
v=aaa; p ${v%a} ${v%%a}
v=aaa; p ${v%*a} ${v%%*a}
v=aaa; p ${v#aa} ${v%aaa}
v=aaa; p ${v%aaaa}
v=abc; p ${v#?} ${v##?}
v=abc; p ${v%?} ${v%%?}
v=abc; p ${v#??} ${v%???}
v=abc; p ${v#????} ${v#[ab]}
v=abc; p ${v%[!a]} ${v#[!a]}
v=abc; p "${v#}" "${v##}"
v=abc; p "${v%}" "${v%%}"
v=abc; p "${v#*}" "${v##*}"
v=abc; p "${v%*}" "${v%%*}"
v='a*b?c'; p "${v#a\*}" "${v#'a*'}"
v='a*b?c'; p "${v#"a*"}" "${v#a*}"
v='a*b?c'; p "${v##*\?}" "${v%\?*}"
v='a*b?c'; p "${v%'?c'}" "${v%?c}"
v='[x]y'; p "${v#[x]}" "${v#\[x]}"
v='[x]y'; p "${v#'[x]'}" "${v#[[]}"
v='[x]y'; p "${v%[]y]}" "${v##*]}"
v='a\b\c'; p "${v#*\\}" "${v##*\\}"
v='a\b\c'; p "${v%\\*}" "${v%%\\*}"
v='a\b\c'; p "${v%'\c'}" "${v%"\\c"}"
v=a/b/c w=/; p ${v#*$w} ${v##*"$w"}
v=a/b/c w=/; p ${v%$w*} ${v%%${w}*}
v='a b c'; p ${v#* } "${v#* }"
v='a b c'; p ${v##* } "${v% *}"
v='a b c'; p ${v%% *} "${v#a }"
v='a b c'; p "${v#"a b"}" ${v%' c'}
v='x*y' w='*'; p "${v#x$w}" "${v#x"$w"}"
v='x*y' w='*'; p "${v%$w}" "${v%"$w"y}"
v='x*y' w='*'; p "${v%%$w}" "${v#"$v"}"
v='x*y' w='*'; p "${v#$v}"
v=abcabc; p ${v#*b} ${v##*b}
v=abcabc; p ${v%b*} ${v%%b*}
v=abcabc; p ${v#*bc} ${v%abc}
v=abcabc; p ${v%%a*c} ${v##a*b}
v='tab	end'; p "${v#*	}" "${v%	*}"
v='l1
> l2'; p "${v#*
> }" "${v%
> *}"
v=foobar; p ${v#[a-f]} ${v#[[:alpha:]]}
v=foobar; p ${v%[[:alpha:]]*} ${v%%[[:alpha:]]*}
v=foobar; p ${v#[!a-e]oo} ${v##[f-o]*}
p ${U#a} "${U#a}" ${E%b} "${E%%*}" ${A#a} "${A#a}" x${A#a}y
v=$B; p ${v#b} "${v#b}"
v=$B; p "${v#b }" ${v%c}
v=$B; p "${v% c}"
p "${1#o}" "${2%% *}" "${2##* }" ${1%ne} ${0##*/} | sed 's/\[[^]]*\]$//'
v=abc; v=${v%c}; v=${v#a}; p $v
v=abc; v=${v%c}; v=${v#a}; v=${v%$v}; p "$v"
v=abc; p ${v#$(printf a)} ${v%`printf c`}
v=abc; p ${v#${U-a}} ${v%${U-"$E"c}}
v=abc; p ${v#"${v%??}"}
v=10; p ${v%0} ${v#$((1))}
v=10; p $((${v%0}+1)) ${v%$((5-5))}
v=a:b:c; IFS=:; p ${v#*:} "${v#*:}" ${v%:*} ${v##*:}; for x in ${v%:c}; do p $x; done
set -- ab cb; p "${1#a}${2%b}" ${1%%b}${2##c}
v=---; p ${v#-} ${v##-}
v=---; p ${v%%-*} ${v#--}
v=..; p ${v#.} ${v%.*}
v='##%%'; p ${v#\#} ${v##\#\#}
v='##%%'; p ${v%\%} ${v%%%%}
v='##%%'; p ${v%"%"} ${v#"#"}
v='##%%'; p ${v##*#}
v='}x{'; p "${v#\}}" ${v#'}'}
v='}x{'; p "${v%{}" ${v#"}"}
v=aXbXc; p ${v%X*}-${v##*X}-${v#*X}
v=aXbXc; w=${v%%X*}:${v#*X}; p $w
# Special parameters.
p $# "$1" "$2" "$3" "$4" "${1}" "${2}" ${4-unset}
p $1$2$3 "$1$2" $1a "${1}a" $1-$# $#$# a$#b
p "$*" $*; p "$@" $@; set -- ; p "$*" $* "$@" $@
p "a$*b" "a$@b" a$*b a$@b; set --; p "a$*b" "a$@b" a$*b a$@b
p "$@$@" "$*$*" $@$@
p "$@" "$@"
p "x$@$A"
p x"$@"y"$@"z
set -- '' ''; p "$@" $@ "$*" $*
set -- '' ''; p x"$@"y
set -- '' ''; p "$@"''
set -- '' ''; p ''"$@"
set -- '' a; p $@ "$@" $*
set -- '' a; set -- a ''; p $@ "$@" $*
set -- '' a; set -- a ''; set -- ' '; p $@ "$@" "$*"
set -- 'a b' 'c d'; p $@; p "$@"; p $*; p "$*"; for i; do p "$i"; done
IFS=-; p "$*" $*
IFS=-; set -- a b; p "$*"
set -- a b; IFS=; p "$*" $*
set -- a b; IFS=; unset IFS; p "$*" $*
set -- a b; IFS=; unset IFS; IFS=' x'; p "$*"
set -- a b; unset IFS; IFS=x; p "$*" $*
IFS=:; v="$*"; p "$v"
IFS=:; v=$*; p "$v"
IFS=:; v=$@; p "$v"
IFS=:; v="$@"; p "$v"
p $?; false; p $?; true; p $?; (exit 7); p $? $?; ! true; p $?; x=$(exit 3); p $?; x=1; p $?
p "$$" | grep -c '^\[1\]\[[0-9]*\]$'; x=$$; (p $((x == $$))); p $(( $(sh -c 'echo $PPID') == $$ ))
case $- in *i*) p i;; *) p no;; esac; set -f
case $- in *f*) p f;; esac; set +f
case $- in *f*) p f;; *) p off;; esac
p "${!-none}"; : & p "${!:+there}"; wait $!; p $?
p $0 | grep -c script
p ${0:+there}
set a b c; p $3; shift; p $1 $#; shift 2; p $# "${1-none}"; shift; p no
set -- a b c; shift 0; p "$@"; shift 3; p "$@"; set x; p "$@"; set -- -a; p "$@"; set -; p "$@"
set 1 2 3 4 5 6 7 8 9 10 11 12; p $10 ${10} ${11} $11 "${12}" $#; shift 9; p $1 ${3} "$*"
v=1; p $v1 ${v}1 "$v"1 $v'1'
v=1; v1=x; p $v1 ${v1} ${v}1
_=x; A_b1=ok; p $A_b1 ${A_b1} $A_b1-x
_=x; A_b1=ok; a=1 A=2; p $a $A
p $ a$ $% "$" '$' \$A "\$A" '$A' "a$"
p "$A"'$A'\$A$A a"$A"b"$A"c ${A}"${A}"'${A}'
# Bad ones.
p ${}
p ${A
p "${A"
p ${A-
p ${A:-x
p "${A:-x"
(eval 'p ${ A}'); p on
(eval 'p ${1A}'); p on
(eval 'p ${A!}'); p on
(eval 'p ${A-x'); p on
set -u; p ${U-x} "${U+y}" ${U:-z} ${A}; p ${U=1} $U; p "$@" $#; shift 3; p "$@" "$*" $*
set -u; p $U; p no
set -u; p "${U}"; p no
set -u; p ${#U}; p no
set -u; p ${U#a}; p no
set -u; p ${U%a}; p no
set -u; p $4; p no
set -u; p $!; p no
set -u; (p $U); p on; p "$(p ${U})" on
set -u; v=$U; p no
set -u; for i in $U; do :; done; p no
set -u; case $U in *) p no;; esac; p no
set -u; p ${U:-$V}; p no
set -u; p <"$U"; p no
set -u; U=1; p $U; unset U; p ${U-unset}; p $U; p no
set -o nounset; (: $U) 2>/dev/null || p failed; set +o nounset; p "$U" ok
