# Quotes.
p 'a  b' "a  b" a\ \ b a'  'b a"  "b 'a'"b"c\d ''a"" "" ''
p '\' '\\' '\a' '"' '$A' '`x`' 'a\'b'' 'a'\''b'
p "\\" "\a" "'" "\"" "\$A" "\`x\`" "a\"b" "a'b" "\\\\" "\n" "\ " "\'"
p \a \\ \" \' \$A \` \  \* \; \& \| \< \> \( \) \# \~ \{ \} \! \=
p "a
> b" 'c
> d' e\
> f "g\
> h" 'i\
> j'
p a"b"'c'd "a"b"c" 'a'b'c' "$A"'$A'$A\$A "'$A'" '"$A"' "\"$A\"" \"$A\" \'$A\'
p "a;b" 'a&b' "a|b" "(a)" '<a' "a>b" a#b "#a" '#a' \#a a\#b # a comment
p # nothing
p a# b #c
p "a # b" a '# b' a\ # b
p "$A#" $A#b ${A}#b "$(printf a)#b" `printf a`#b # c
p a b\
>  c d\
> e
p "$B" $B '$B' \$B "\$B" "$B"$B "${B}" ${B} x$B y"$B"z
p "$C" $C '*' "*" \*
>f1; p $C "$C" * f* "f*" f\* 'f'* "f"*
p ~ | grep -c "\[$HOME\]"
p "~" '~' \~ a~ ~"" ~'x' ~$E /~ | cat
HOME=/h; p ~ ~/ ~/a "$HOME" ~/"a b" ~nosuchuser ~nosuchuser/x
HOME=/h; x=~; p $x
HOME=/h; x=~/a; p $x
HOME=/h; x=a:~; p $x
HOME=/h; x=~:~/b; p $x
HOME=/h; x="~"; p $x
HOME=/h; x=\~; p $x
HOME=/h; x=a~; p $x
HOME=/h; x=a=~; p $x
HOME=/h; x=~a:b; p $x
HOME=/h; x=~a:b; p x=~ x=a:~
HOME='/a b'; p ~ ~/x "$HOME"; x=~; p "$x"; p ~/*; HOME=; p ~ ~/x; x=~; p "$x"; HOME='*'; p ~; unset HOME; p ~ ~/x
HOME=/h; export y=~ z=a:~; p $y $z; readonly r=~; p $r; A=~ sh -c 'echo $A'; for i in ~ ~/x; do p $i; done
case ~ in /h) p ok;; esac; p ~ >f~; ls
p {a,b} a{b}c {} { } {a a} ! = == a=b a==b -n -- - --x @ % ^ , : . .. / // [ ] [[ ]] [a
p "" '' "$E" $E $U "$U" a$E b"$E" $E"" ''$E $E$E "$E$E" $U$U
p `printf a` "`printf 'a  b'`" `printf 'a  b'` "`printf "a  b"`" `printf \'x\'` "`printf \"x\"`" `printf '\\\\'` "`printf '\\\\'`" `printf '$A'` `printf "\$A"` `printf "$A"`
p `p \`p a\`` "`p \`p b\``" $(p `p c`) `p $(p d)` "$(p "`p "e"`")" `printf '%s' "$(printf "%s" 'f g')"`
p $(printf a) "$(printf 'a  b')" $(printf 'a  b') "$(printf "a  b")" $(printf '$A') "$(printf '"')" $(printf "'") "$(printf ")")" $(printf ')') "$(p "$(p "x")")"
p $(printf 'a\n') "$(printf 'a\n\n\n')" "$(printf '\na')" "$(printf 'a\nb\n')" $(printf 'a\nb\n') "x$(printf '\n')y" "$(printf ' ')" $(printf ' ') "$(:)" $(:) x$(:)y
p $(p a; p b) $(p a & wait) $( (p a) ) $({ p a; }) $(p a | cat) $(! false) $(if true; then p i; fi) $(for i in 1 2; do p $i; done) $(case a in a) p c;; esac) $(# comment
> p a) $(p b # c
> )
p $(cat <<E
> a $A
> E
> ) x "$(cat <<'E'
> $A "q" 'r' )
> E
> )"
x=$(printf a)$(printf b); p $x; x="$(printf 'a  b')"; p "$x"; x=$(printf 'a  b'); p "$x"; x=`printf 'c  d'`; p "$x" $x; x=$(exit 3); p $? "$x"; x=1$(:)2; p $x
x=1; y=$(x=2; p $x); p $x "$y"; p $(cd /; pwd) $(exit 4)$?; y=$(A=z; printf $A); p $y $A; p $(set -- q; printf $1) $1; p "$(f() { p f; }; f)"; (f) 2>/dev/null; p $?
p $(<nosuch) 2>/dev/null; p $(nosuchcommand) 2>/dev/null; p "$(p e >&2)" 2>f; cat f; p $(p x 2>&1 >/dev/null) $(p y >&2 2>/dev/null)
p "a"$(printf 'b c')"d" a$(printf ' b c ')d a"$(printf ' b c ')"d $(printf 'a ')$(printf ' b') $(printf a)$(printf b) "$(printf a)"$(printf ' b')
p $((1)) $(( 2 )) $( (p x); ) $(p '(') $(p ")" '(' \)) `p ')'` "$(case x in x) p y;; esac)" "$(case x in (x) p y; esac)"
# Fields.
x='a b'; p $x
x='a b'; p "$x"
x='a b'; p x$x
x='a b'; p $x$x
x='a b'; p "$x"$x
x='a b'; p ''$x
x='a b'; p $x''
x='a b'; p $x"$x"
x='a b'; p \ $x
x='a b'; p $x\ 
x='a b'; y=$x; p "$y"
x='a b'; y=$x; p -$x-
x=' a  b '; p $x
x=' a  b '; p "$x"
x=' a  b '; p x$x
x=' a  b '; p $x"x"
x=' a  b '; p x${x}x
x=' a  b '; p "x"$x"x"
x=' a  b '; p $x$x
x='	a
> b'; p $x "$x"
x='	a
> b'; x='   '; p $x "$x" a$x a${x}b
IFS=:; x=a:b; p $x "$x"
IFS=:; x=:a; p $x
IFS=:; x=a:; p $x
IFS=:; x=a::b; p $x
IFS=:; x=::; p $x
IFS=:; x=:; p $x
IFS=:; x=; p $x
IFS=:; x=; x='a b:c'; p $x
IFS=:; x=; x='a b:c'; p a:b
IFS=:; x=; x='a b:c'; p a:$E
IFS=:; x=a:b; p -$x- x$x:c
IFS=': '; x=' a : b '; p $x
IFS=': '; x=' a : b '; x='a :: b'; p $x
IFS=': '; x=' a : b '; x='a :: b'; x=' : a'; p $x
IFS=': '; x=' a : b '; x='a :: b'; x=' : a'; x='a : '; p $x
IFS=': '; x=' a : b '; x='a :: b'; x=' : a'; x='a : '; x='a b:c d'; p $x
IFS=': '; x=' a : b '; x='a :: b'; x=' : a'; x='a : '; x='a b:c d'; x=' :'; p $x
IFS=': '; x=' a : b '; x='a :: b'; x=' : a'; x='a : '; x='a b:c d'; x=' :'; x=': :'; p $x
IFS=': '; x=' a : b '; x='a :: b'; x=' : a'; x='a : '; x='a b:c d'; x=' :'; x=': :'; x='  '; p $x
IFS=': '; x=' a : b '; x='a :: b'; x=' : a'; x='a : '; x='a b:c d'; x=' :'; x=': :'; x='  '; x='a  b'; p $x
IFS=; x='a b'; p $x "$x"
IFS=; x='a b'; p $(printf 'a b')
IFS=; x='a b'; p $@ "$*" $*
x='a b'; IFS='
> '; x='a b
> c'; p $x
x='a b'; IFS='
> '; x='a b
> c'; unset IFS; x='a b'; p $x
x='a b'; IFS='
> '; x='a b
> c'; unset IFS; x='a b'; IFS=' '; x=' a	b '; p $x
unset IFS; IFS=ab; x=xaybz; p $x
unset IFS; IFS=\\; x='a\b'; p $x
unset IFS; IFS='*'; x='a*b'; p $x
unset IFS; x='a*b'; IFS=0; p $((101)) 101
IFS=,; set -- a,b c; p $1 $@ "$@" $* "$*"; x=$*; p "$x"; x="$*"; p "$x"; x=$@; p "$x"; for i in $x; do p $i; done; p ${1%,*} ${1#*,} "${1#*,}"; p $(printf a,b) `printf c,d` "$(printf a,b)"
IFS=' ,'; x='a , b,c ,d , '; p $x; x=',a'; p $x; x=' , a'; p $x; x='a,,b'; p $x; x='a, ,b'; p $x; x='a b'; p $x; x='a,'; p $x; x='a,,'; p $x; read y z <<E
> 1 , 2,3
> E
p "$y" "$z"
IFS=x; p axb "axb" ax$E; y=axb; p $y; p $y$y; p x$y; p ${U-axb} ${U-"axb"} ${U-a'x'b}; A=axb; for i in $A; do p $i; done
case $A in axb) p same;; esac; z=$A; p "$z"
IFS=1; p $((212))
IFS=-; p -$((-1))- "$-" | cut -c1-6
IFS=/; p $(printf /a/b/) "$(printf /a/b)"
IFS=/; HOME=/x/y; p ~
HOME=/x/y; x='a b'; IFS=; p $x
HOME=/x/y; x='a b'; IFS=; IFS=$(printf '\t'); x='a	b c'; p $x
IFS=:; x='*:f*'; >f1; p $x
IFS=:; x='*:f*'; >f1; set -f; p $x
x='*:f*'; >f1; set -f; set +f; IFS=; p $x
>f1; set -f; set +f; IFS=; x='f?'; p $x
>f1; set -f; set +f; IFS=; x='f?'; x='f 1'; p $x
>f1; set -f; set +f; IFS=; x='f?'; x='f 1'; IFS=' '; x='f* n*'; p $x
>f1; set -f; set +f; IFS=; x='f?'; x='f 1'; IFS=' '; x='f* n*'; x='"f1" '"'f1'"; p $x
>f1; set -f; set +f; IFS=; x='f?'; x='f 1'; IFS=' '; x='f* n*'; x='"f1" '"'f1'"; x='f1 f\1 \f1'; p $x
IFS=: read a b c <<E; p "$a" "$b" "$c"; p "$IFS" | od -c | head -1
> 1:2:3:4
> E
x="a  b"; set -- $x; p $#
x="a  b"; set -- $x; set -- "$x"; p $#
x="a  b"; set -- $x; set -- "$x"; set -- $x "$x" $E "$E" $U; p $#
x="a  b"; set -- $x; set -- "$x"; set -- $x "$x" $E "$E" $U; set -- $x$E; p $#
x="a  b"; set -- $x; set -- "$x"; set -- $x "$x" $E "$E" $U; set -- $x$E; set -- $E$U; p $#
x="a  b"; set -- $x; set -- "$x"; set -- $x "$x" $E "$E" $U; set -- $x$E; set -- $E$U; set -- ""$E; p $#
x="a  b"; set -- $x; set -- "$x"; set -- $x "$x" $E "$E" $U; set -- $x$E; set -- $E$U; set -- ""$E; set -- $(printf 'a b c'); p $#
x='$A'; p $x; x='`p x`'; p $x; x='$(p x)'; p "$x" | cat; x='a;b'; p $x; x='a|b'; p $x; x='>f'; p $x; ls; x='"a b"'; p $x; x="a\\ b"; p $x; x='~'; p $x; x='#a'; p $x; x='a=b'; p $x; $x 2>/dev/null; p $?
x=p; $x a; "$x" b; x='p a'; $x b; "$x" 2>/dev/null; p $?; x=; $x; p $?; $x p c; "$x" 2>/dev/null; p $?; ''; p $?
x='p q'; $x $x; E=; $E p a; $U; p $?; false; $U; p $?; $(exit 3); p $?; $(false) p a $?; x=1 $(exit 4); p $? $x; `exit 5`; p $?; $(p); p
p\
> rintf '[%s]' a; pri"nt"f '[%s]' b; 'p' c; "p" d; \p e; p"" f; ""p g; p'' 'h'; $E""p i; ${U-p} j; ${A:+p} k; $(printf p) l; `printf p` m; x=p; $x"" n
# Assignments.
x=1 y=2; p $x $y
x=1 y=2; x=1 y=$x; p $y
x=1 y=2; x=1 y=$x; x=a x=b; p $x
x=1 y=2; x=1 y=$x; x=a x=b; x=$x$x; p $x
x=; p "$x"
x=; x='a  b'; p "$x"
x=; x='a  b'; x=a\ b; p "$x"
x="a"'b'c; p $x
x=a=b; p $x
x==; p $x
x=1 p $x; p $x; x=2 sh -c 'echo $x'; p $x; x=3 :; p $x; x=4 true; p $x; x=5 eval 'p $x'; p $x; x=6 f 2>/dev/null; p $x; f() { p $x; }; x=7 f; p $x; x=8 y=$x sh -c 'echo $y'; x=9 export y; p $x
PATH=/nowhere ls 2>/dev/null; p $?; (PATH=/nowhere; ls 2>/dev/null); p $?; A=1 B=2 C=3 env | grep '^[ABC]=' | sort; A=1 sh -c 'echo $A' | cat; A=1 B=$A sh -c 'echo $A $B'; p $A
x=1 y=2 >f; p $x $y; ls; >g x=3; p $x
1x=2 2>/dev/null; p $?; x-y=1 2>/dev/null; p $?; "x"=1 2>/dev/null; p $?; \x=1 2>/dev/null; p $?; x"y"=1 2>/dev/null; p $?; =1 2>/dev/null; p $?; $A=1 2>/dev/null; p $?; p x=1 y= =z
x=$(p a) y=$(p b); p "$x" "$y"; x=$(exit 2) y=$(exit 3); p $?; x=$(exit 2) y=1; p $?; x=1; p $?; false; x=1; p $?; x=$(false) p $?; x=$(false) true; p $?; x=$(true) false; p $?
x=(a) 2>/dev/null; p no
x=a;y=b;p $x$y; x=a&y=b;wait;p "$x"|grep -c a;p $y; x=1&&p $x; x=2||p no; x=3|cat; p $x; (x=4); p $x; { x=5; }; p $x; x=6 | p a; p $x; x=7 & wait; p $x; if x=8; then p $x; fi
export x=1; x=2; sh -c 'echo $x'; unset x; sh -c 'echo ${x-none}'; x=3; sh -c 'echo ${x-none}'; export x; sh -c 'echo $x'; x=4 sh -c 'echo $x'; sh -c 'echo $x'; (x=5; sh -c 'echo $x'); export y; sh -c 'echo ${y-none}'; y=1; sh -c 'echo $y'
export x=a y='b c' z=$B w="$B"; p $x "$y" "$z" "$w"; export v=~ u=$(printf '1  2'); p "$u"; [ "$v" = "$HOME" ] && p home; export t=$@; p "$t"; export A; sh -c 'echo $A'; export -p | grep -c "^export x='*a'*$"
unset A; p ${A-none}; unset A; p $?; unset -v B C; p ${B-none}${C-none}; x=1; unset x y z; p ${x-none}; f() { :; }; unset f; f; p $?; unset -f f; f 2>/dev/null; p $?; unset; p $?; readonly r; unset r; p no
p ${U:-~ } ${U:-~ x} ${U:-~root x} "${U:-~ x}"; q=${U:-~ x}; p "$q"
