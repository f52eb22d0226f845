# echo, as dash has it
echo; echo -n; echo -n a; echo; echo -e a; echo -n -n a; echo; echo 'a  b' c; echo --help; echo -h; echo -; echo -- a; echo '%s' -nn
echo 'a\tb' '\\\a\b\f\v\r|'; echo '\0101\101\1|'; echo 'a\cb' c; echo; echo '\'; echo '\q\x41\u0041\e['; echo '\0' | od -c
echo a >/dev/full; p $?; echo -n >/dev/full; p $?; echo a >&-; p $?; echo a | cat; echo a >f | cat; cat f; echo a | read x; p $x; echo a | false; p $?
x=$(head -c 150000 /dev/zero | tr '\0' x); echo "$x" | wc -c; echo $x | wc -c; [ -n "$x" ]; p $?; [ "$x" = a ] || p no; p ${#x}; y=$(printf '%s\n' "$x"); p ${#y}
unset PATH; echo a; [ a ] && printf b; test; p $?; true; p $?; false; p $?; x=$(echo c | { read x; echo $x; }); p $x
PATH=; echo a; x=$(echo a); p $x; echo b | { read y; p $y; }
while :; do echo y; done | head -1; while printf 'z\n'; do :; done | head -1; (while echo; do :; done) | true; p $?
trap 'p trapped' USR1; while :; do echo y; done | head -1; p $?
x=$(echo a; exit 3); p $? $x; x=$(printf 'a\n\n'); p "$x" $?; x=$(false); p $?; x=$(true) || p no; x=$(echo $((y = 3))); p $x $y; x=$(echo ${z=1}); p $x ${z-unset}
x=$(echo $?); p $x; false; x=$(echo $?); p $x; x=$(echo *); p "$x"; >a; x=$(echo *); p "$x"; x=`echo \`echo a\``; p $x; x=$(echo $(echo $(echo a))); p "$x"
p $(echo a b) "$(echo 'c  d')"; p $(test a) $(printf)x 2>/dev/null
f() { echo f; }; echo() { command echo in "$@"; }; f; x=$(echo a); p "$x"; echo b | cat; unset -f echo; echo c
command echo a; command -v echo; command printf '%s\n' a; command [ a ]; p $?; A=1 echo $A; p $A; A=2 eval 'echo $A'; exec echo left
true a; p $?; true --help; p $?; false --help; p $?; echo a & wait $!; p $?; (echo b); { echo c; } >f; cat f; ! true; p $?; true && echo d || echo e
# printf
printf 'a\cb\n'; printf '\101\0101\\\"\q\x41\n'; printf '%s\0x' a | od -c; printf 'a%s'; printf '\n%s %s\n' a b c; printf '%d %d\n' 1; printf; p $?
printf '%z'; p $?; printf %; p $?; printf 'a%'; p $?; printf 'a%q' b; p $?; printf -x; p $?; printf -- -a; p $?; printf '%5'; p $?; printf a b c; p $?
printf '%e %f %g %E %G\n' 1.5 2.25 .5 1e10 1e-10; printf '%.2f|%8.1f|%-8.1f|%+g\n' 2.345 1 2 3; printf '%.1a|' 1.97; printf '%f %f %f %05f\n' inf nan 0x1p3 -inf
printf %f 1.5x; p $?; printf %f a; p $?; printf %d 9223372036854775808; p $?; printf %u 18446744073709551616; p $?; printf %u -1; printf %x -1; printf %d 08; p $?
printf '%d,' "'A" '"B' "'" '"'; printf '%5c|' a; printf '%0+5d|%-05d|% 05d|%+.0d|%.0d|\n' 3 4 5 0 0; printf '%5%'; p $?; printf '%d\n' '1 ' 1e3 +5 -0x1f
printf '%s\n' "$(printf '%b' 'a\0102\n')"; printf '%b|' 'a\c' b; p $?; printf '%s' a >/dev/full; p $?; printf '' >/dev/full; p $?; printf '%100000s' a | wc -c
# test
for w in '' a '(' '!' -n; do [ $w ]; p $?; [ "$w" ]; p $?; [ ! "$w" ]; p $?; [ ! ! "$w" ]; p $?; [ "(" "$w" ")" ]; p $?; [ "$w" = a ]; p $?; [ ! "$w" = a ]; p $?; done
for c in '( ! a )' 'a -a' '( a = a ) -a b' '! -z -a a' '-z -a -z' '( a = b ) -o ( c )' 'a b' 'a b c' 'a = b c' -f '-f -f' '( a'; do eval "[ $(printf '"%s" ' $c) ]"; p $?; done
[ a; p $?; [; p $?; test ]; p $?; [ ]; p $?; [ a ] ]; p $?; [ 1 -eq a ]; p $?; [ 1 -eq '' ]; p $?; [ -t a ]; p $?; [ -t ]; p $?; [ a = a -o ]; p $?; [ -n = -n ]; p $?
>x; touch -d 2001-01-01 old; [ x -nt old ]; p $?; [ old -nt x ]; p $?; [ x -ot old ]; p $?; [ old -ot x ]; p $?; ln x y; [ x -ef y ]; p $?; [ x -ef old ]; p $?
printf '%.1f %e %g|' "'a" '"b' "'"
