### assignment and use
A=1; B=$A$A; printf '%s' "$B"
### assignment does not split
A='x y'; B=$A; printf '[%s]' "$B"
### assignment does not glob
>f1; >f2; A=*; printf '[%s]' "$A"; printf '[%s]' $A
### several assignments in order
A=1 B=$A C=$B$B; printf '[%s]' "$A" "$B" "$C"
### assignment before a command is seen by the command
A=1 sh -c 'printf "[%s]" "$A"'; printf '[%s]' "$A"
### assignment before a command does not change its own words
A=old; A=new printf '[%s]' "$A"
### assignment before a command restores the old value
A=old; A=new sh -c :; printf '%s' "$A"
### assignment before a special builtin stays
A=1 :; printf '%s' "$A"
### assignment before export stays
A=1 export B=2; printf '%s%s' "$A" "$B"
### variables are not exported by themselves
A=1; sh -c 'printf "[%s]" "$A"'
### export makes them seen
A=1; export A; sh -c 'printf "[%s]" "$A"'
### export with a value
export A='x y' B=2; sh -c 'printf "[%s]" "$A" "$B"'
### export keeps exporting later values
export A=1; A=2; sh -c 'printf "[%s]" "$A"'
### export of an unset name
export NOVALUE; sh -c 'env' | grep -c NOVALUE; NOVALUE=x; sh -c 'printf "%s" "$NOVALUE"'
### unset removes
A=1; unset A; printf '[%s]' "$A"
### unset removes from the environment
export A=1; unset A; env | grep -c '^A='
### unset of what is not set succeeds
unset NOTHING; printf '%s' "$?"
### unset -v
A=1; unset -v A; printf '[%s]' "$A"
### unset several
A=1 B=2 C=3; unset A C; printf '[%s]' "$A" "$B" "$C"
### braces end a name
A=x; printf '[%s]' "${A}y" "$Ay" ${A}${A}
### underscore and digits in names
_a1=x; a_2=y; printf '%s' "$_a1$a_2"
### a name stops at what cannot belong to it
A=1; printf '[%s]' "$A-b" "$A.c" "$A/d" "$A:e"
### a subshell's variables do not flow back
A=1; (A=2; printf '%s' "$A"); printf '%s' "$A"
### a group's variables do
A=1; { A=2; }; printf '%s' "$A"
### a pipeline's stage is a subshell
A=1; { A=2; printf x; } | cat; printf '%s' "$A"
### a substitution's variables do not flow back
A=1; B=$(A=2; printf '%s' "$A"); printf '%s%s' "$A" "$B"
### assignment from a substitution keeps newlines inside
A=$(printf 'a\n\nb\n\n'); printf '[%s]' "$A"
### assignment status is the substitution's
A=$(exit 3); printf '%s' "$?"
### two substitutions: the last status
A=$(exit 3)$(exit 4); printf '%s' "$?"
### assignment without substitution has status 0
false; A=1; printf '%s' "$?"
### assignment with status read inside
false; A=$?; printf '%s' "$A"
### assignment of quotes
A='"'; B="'"; printf '[%s]' "$A" "$B" $A$B
### a variable holding a pattern
>a.x; >b.x; P='*.x'; printf '[%s]' $P "$P"
### a variable holding a command
C='printf [%s] a b'; $C
### a variable holding operators is words
C='printf [%s] a ; printf b | cat > x'; $C
### a variable holding an assignment is a command
C='A=1'; $C 2>/dev/null || printf '%s' "$?"
### an empty command word vanishes
E=; $E printf x
### only empty words: status 0
E=; false; $E; printf '%s' "$?"
### only an empty substitution: its status
$(false); printf '%s' "$?"; $(true); printf '%s' "$?"
### a quoted empty command is not found
"" 2>/dev/null; printf '%s' "$?"
### PATH changed for the search
mkdir bin; printf '#!/bin/sh\nprintf mine' >bin/tool; chmod +x bin/tool; PATH=$PWD/bin:$PATH; tool
### PATH changed for one command only is searched by it
mkdir bin; printf '#!/bin/sh\nprintf mine' >bin/tool; chmod +x bin/tool; PATH=$PWD/bin:$PATH tool; tool 2>/dev/null || printf '%s' "$?"
### an empty element of PATH is here
printf '#!/bin/sh\nprintf here' >tool; chmod +x tool; PATH=:$PATH; tool
### export prints what can be read back
export A='it'\''s  "x" $y' B=; export -p | grep -E "^export (A|B)=" >saved; unset A B; . ./saved; rm saved; printf '[%s]' "$A" "$B"; env | grep -c '^A='
### set prints what can be read back
V='a  b'\''c'; set | grep '^V=' >saved; unset V; . ./saved; rm saved; printf '[%s]' "$V"
### environment variables are variables
printf '[%s]' "$LC_ALL" "$TERM"
### the environment of a program is what was exported
export X1=a; X2=b; X3=c env | grep '^X[0-9]' | sort
### a command's own assignment is in the environment of the next one's substitution
A=1 B=$(env | grep '^A=') sh -c 'printf %s "$B"'; printf '[%s]' "$A"; env | grep -c '^A='
### env -i sees nothing of it
export A=1; env -i /usr/bin/env
### assignment with tilde
HOME=/h; A=~; B=~/x:~; printf '[%s]' "$A" "$B"
### assignments run left to right with substitution
A=$(printf 1) B=$(printf "$A"2); printf '%s' "$B"
### redirection of an assignment alone makes the file
A=1 >made; printf '%s' "$A"
### HOME unset and cd
#: differs cd-without-a-home
(unset HOME; cd 2>/dev/null || printf failed)
### PWD and OLDPWD follow cd
mkdir d; S=$PWD; cd d; test "$PWD" = "$S/d" && test "$OLDPWD" = "$S" && printf right
### PPID is a number and does not change in a subshell
test "$PPID" -gt 0; printf '%s' "$?"; A=$PPID; (test "$A" = "$PPID"; printf '%s' "$?")
### a value with newlines is kept in quotes and split without
A='a
b c'; printf '[%s]' "$A" $A
### long values
A=0123456789; A=$A$A$A$A$A$A$A$A$A$A; A=$A$A$A$A$A$A$A$A$A$A; A=$A$A$A$A$A$A$A$A$A$A; printf '%s' "$A" | wc -c | tr -d ' '
