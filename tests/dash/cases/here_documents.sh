cat <<E
> a $A "$A" '$A' \$A \\ \a "q" `printf x` $(printf y) $((1+1)) ~ * #c
> E
cat <<'E'
> a $A "$A" \$A \\ `x` $(y) $((1)) ~
> E
cat <<"E"
> $A \a
> E
cat <<\E
> $A \\
> E
cat <<E''
> $A
> E
cat <<-E
> 	a
> 		b
>  c
> 	E
cat <<-'E'
> 	$A
> 	E
cat <<E
> E
cat <<E
> 
> a
> 
> E
cat <<E
> a\
> b
> c\\
> d
> E
cat <<'E'
> a\
> b
> E
cat <<A <<B
> first
> A
> second
> B
cat <<A; cat <<B
> first
> A
> second
> B
cat <<E | tr a-z A-Z
> abc
> E
cat <<E >f; cat f
> text
> E
cat >f <<E; cat f
> text
> E
cat <<E && p yes
> a
> E
if cat <<E; then p yes; fi
> a
> E
while read x; do p "$x"; done <<E
> 1
> 2 3
> E
for i in 1 2; do cat <<E; done
> line $i
> E
f() { cat <<E
> arg $1
> E
> }; f a; f b
(cat <<E)
> sub
> E
{ cat <<E; }
> grp
> E
{ cat; p x; } <<E
> grp
> E
(read x; p $x; cat) <<E
> one
> two
> E
x=$(cat <<E
> in $A
> E
> ); p "$x"
x=`cat <<E
> in $A
> E
> `; p "$x"
cat <<E
> $(cat <<F
> inner $A
> F
> )
> E
cat <<E; p after
> $(p inner)
> E
cat 3<<E <&3
> three
> E
cat 3<<A 4<<B - <&3; cat <&4 2>/dev/null
> three
> A
> four
> B
read x <<E; p "$x"
>  a b 
> E
IFS= read -r x <<'E'; p "$x"
>  a\b 
> E
read x y <<E; p "$x" "$y"
> $B
> E
cat <<E
> ${U-none} ${A:+set} ${#B} ${B%c} ${B#*  } "${U-"a b"}" ${U-'a b'} ${U-a\}b}
> E
cat <<E
> $@ $* "$@" $# $1 ${2} $?
> E
cat <<E
> ${U:=given}
> E
cat <<E
> $ a$ $% "$" \" \' \` `printf '\`'`
> E
cat <<E
> \$A \${A} \$(x) \`x\` \\$A \\\$A
> E
cat <<E
> "a"b"c" 'it''s' "unclosed 'also
> E
cat <<E
> a)b(c{d}e[f]g;h&i|j<k>l
> E
cat <<EOF
> E
> EO
> EOF2
>  EOF
> EOF
cat <<'a b'
> text
> a b
cat <<end-of.text
> text
> end-of.text
cat <<$A
> text
> $A
cat <<"$A"
> text
> $A
cat <<E;
> a
> E
cat << E
> a
> E
cat <<	E
> a
> E
cat <<E#c
> a
> E#c
cat <<E # comment
> a
> E
p a <<E; p b
> not read
> E
: <<E; p $?
> x
> E
<<E; p $?
> x
> E
<<E cat
> before
> E
cat <<E; exit 3
> x
> E
case a in a) cat <<E;; esac
> in case
> E
if false; then cat <<A; else cat <<B; fi
> a
> A
> b
> B
cat <<E & wait
> bg
> E
! cat <<E; p $?
> x
> E
cat <<E || p no; p yes
> x
> E
eval 'cat <<E
> in eval $A
> E'
sh -c 'cat <<E
> in sh
> E'
cat <<E | while read x; do p "$x"; done
> a b
> c
> E
sort <<E
> b
> a
> c
> E
wc -c <<E | tr -d ' '
> éa
> E
x=E; cat <<E
> $x
> $E
> E
cat <<E
> tab	here
> trailing 
>   leading
> E
cat <<-E
> 	${U-	x}
> 	$(printf 'a\n\tb')
> 	E
cat <<E
> $(printf 'a  b') `printf 'c  d'` $(( 1 + 2 ))
> E
IFS=:; set -- a b; cat <<E
> $* "$*" $@
> E
set -u; cat <<E 2>/dev/null; p on
> ok $A
> E
cat <<E1 <<E2 <<E3
> 1
> E1
> 2
> E2
> 3
> E3
cat <<E
> ${A}${A}$A$A a${A}b
> E
cat <<E
> $A\
> $A
> E
cat <<E
> a\ b\	c \# \n
> E
cat <<E
> line with \\
> next
> E
tr -d '\n' <<E; tr a b <<F
> a
> b
> E
> aa
> F
cat /dev/null - <<E
> dash
> E
cat <<E 2>&1 1>f; cat f
> o
> E
exec 3<<E; read x <&3; p "$x"; read y <&3; p "$y"; exec 3<&-
> one
> two
> E
exec <<E; read x; p $x; cat
> l1
> l2
> l3
> E
cat <<E >a <<F >b; cat b; ls
> e
> E
> f
> F
cat <<
cat <<E)
cat <<E; )
> a
> E
# Delimiters that are taken as they stand.
cat <<''
> x $A
> 
> p z
cat <<'a b'; cat <<${A}y
> $A
> a b
> $A
> ${A}y
cat << -
> x
> -
cat <<*
> x $A
> *
cat <<if
> x
> if
cat <<E''
> x $A
> E
cat <<'it'\''s'
> x $A
> it's
