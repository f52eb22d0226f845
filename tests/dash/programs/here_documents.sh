### a here-document
cat <<E
one
two
E
### variables are expanded
A='x  y'; cat <<E
$A ${A} $?
E
### substitutions are expanded
cat <<E
$(printf 'a\nb') `printf c`
E
### a quoted delimiter turns expansion off
A=x; cat <<'E'
$A \$A `no` $(no)
E
### a delimiter in double quotes
A=x; cat <<"E"
$A
E
### a delimiter with a backslash
A=x; cat <<\E
$A
E
### a delimiter partly quoted
A=x; cat <<E'N'D
$A
END
### backslashes in an expanded text
A=x; cat <<E
\$A \\ \a \` \" a\
b
E
### quotes are text
A='v'; cat <<E
"$A" '$A' it's
E
### leading tabs removed
cat <<-E
	one
		two
	E
### tabs kept without the dash
cat <<E
	one
E
### a quoted delimiter and tabs
A=x; cat <<-'E'
	$A
	E
### blanks are not tabs
cat <<-E
  two
E
### empty
cat <<E
E
printf end
### an empty line
cat <<E

E
### several in a line
cat <<A; cat <<B
first
A
second
B
### several of one command: the last wins
cat <<A <<B
first
A
second
B
### by number
cat 3<<E <&3
three
E
### two by number
sh -c 'cat <&3; cat <&4' 3<<A 4<<B
a
A
b
B
### in a pipeline
cat <<E | tr a-z A-Z
text
E
### on the second stage
printf no | cat <<E
text
E
### on both stages
cat <<A | cat - /dev/fd/3 3<<B
a
A
b
B
### in a group
{ cat; } <<E
text
E
### in a subshell
(cat; printf end) <<E
text
E
### inside a group
{ cat <<E
inner
E
printf after; }
### in a substitution
printf '[%s]' "$(cat <<E
inner
E
)"
### in a chain
cat <<A && cat <<B
a
A
b
B
### read by a builtin
read a b <<E
one two three
E
printf '[%s]' "$a" "$b"
### read line by line by a group
{ read a; read b; } <<E
1
2
E
printf '[%s]' "$a" "$b"
### the delimiter must stand alone
cat <<E
E 
 E
xE
E
### the delimiter may be strange
cat <<'a b'
text
a b
### a delimiter that looks like a variable
cat <<'$A'
text
$A
### a delimiter with a dash in its name
cat <<-END-
	text
	END-
### with a redirection after
cat <<E >f
text
E
cat f
### with a redirection before
>f cat <<E
text
E
cat f
### with words after
cat <<E -
text
E
### in the background
cat <<E >f &
text
E
wait; cat f
### large, beyond a pipe
A=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A; A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A
wc -c <<E | tr -d ' '
$A$A$A$A$A$A$A$A
E
### large and not read
A=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A; A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A
true <<E
$A$A$A$A$A$A$A$A
E
printf '%s' "$?"
### large quoted, read in part
A=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A; A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A
head -c 5 <<E
$A$A$A$A$A$A$A$A
E
### expansion sees the variable's value at that time
A=1; A=2 cat <<E
$A
E
### a substitution in it sees the standard input
printf 'in\n' | { cat <<E
[$(cat)]
E
}
### positional parameters
#: arguments a 'b c'
cat <<E
$# $1 $2 $* $@
E
### the status inside
false; cat <<E
$?
E
### no field splitting
A='a   b'; cat <<E
$A
E
### tilde is text
cat <<E
~ a:~
E
### a comment sign is text
cat <<E
# no comment
E
### an escaped newline joins lines
cat <<E
one \
two
E
### an escaped newline stays when quoted
cat <<'E'
one \
two
E
### the delimiter after an escaped newline is text
cat <<E
x\
E
E
### nested substitution with its own
cat <<A
out $(cat <<B
in
B
)
A
### after a semicolon and a brace
{ cat <<E; printf x; }
text
E
### bytes that are no text
A=$(printf '\377'); cat <<E | od -An -tx1
$A
E
### a file as script
#: form file
cat <<E
text
E
printf after
### from standard input
#: form stdin
cat <<E
text
E
printf after
### two programs share one
{ head -n 1; cat; } <<E | wc -l | tr -d ' '
1
E
### the delimiter with trailing operator
cat <<E&&printf x
text
E
### an unset variable is empty
cat <<E
[$UNSET]
E
### an end line in a substitution
#: differs end-line-in-a-substitution
cat <<E
$(cat <<E
x
E
)
E
### backquotes with escapes
cat <<E
`printf '%s' \\\\x`
E
### dollar at the end of a line
cat <<E
a$
$ b
E
