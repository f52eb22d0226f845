### blanks, tabs and newlines split
A=' a  b	c
d '; printf '[%s]' $A
### nothing splits in quotes
A=' a  b '; printf '[%s]' "$A"
### IFS of one letter
IFS=:; A=a:b:c; printf '[%s]' $A
### IFS keeps empty fields
IFS=:; A=a::b; printf '[%s]' $A
### IFS at the beginning
IFS=:; A=:a; printf '[%s]' $A
### IFS at the end
IFS=:; A=a:; printf '[%s]' $A
### IFS at the end twice
IFS=:; A=a::; printf '[%s]' $A
### only separators
IFS=:; A=:::; printf '[%s]' $A
### blank and another in IFS
IFS=' :'; A='a : b  c:d'; printf '[%s]' $A
### blanks beside a separator are part of it
IFS=' :'; A=' : a :  : b '; printf '[%s]' $A
### empty IFS does not split
IFS=; A='a b:c'; printf '[%s]' $A
### unset IFS splits as usual
unset IFS; A=' a  b	c '; printf '[%s]' $A
### a letter in IFS
IFS=x; A=axbxxc; printf '[%s]' $A
### a backslash in IFS
IFS='\'; A='a\b'; printf '[%s]' $A
### literal text is not split
IFS=:; printf '[%s]' a:b:c
### glued literal and split fields
A='b c'; printf '[%s]' a$A'd'
### glued with empty ends
A=' b '; printf '[%s]' a${A}c
### two expansions glued
A='a b' B='c d'; printf '[%s]' $A$B
### two expansions with blank ends
A='a ' B=' b'; printf '[%s]' $A$B
### substitution is split
printf '[%s]' $(printf 'a b\nc\n\n')
### substitution in quotes is not
printf '[%s]' "$(printf 'a b\nc\n\n')"
### substitution split by another IFS
IFS=,; printf '[%s]' $(printf 'a,b c,,d')
### backquotes are split
printf '[%s]' `printf 'a b'`
### IFS set for one command does not split its own words
A=a:b; IFS=: printf '[%s]' $A
### IFS does not split quoted parts
IFS=:; A=b:c; printf '[%s]' "a:$A":$A
### newline only
IFS='
'; A='a b
c d'; printf '[%s]' $A
### star without quotes and IFS
IFS=:; set 'a:b' 'c d'; printf '[%s]' $*
### star in an assignment under IFS
IFS=:; set a b; A=$*; printf '[%s]' "$A"
### at in an assignment under IFS
set a b; A=$@; printf '[%s]' "$A"
### an expansion that is blanks only
A='   '; printf '[%s]' x $A y; printf '[%s]' x$A
### an expansion that is separators glued
IFS=:; A=::; printf '[%s]' x$A'y'
### IFS changed after use
A=a:b; printf '[%s]' $A; IFS=:; printf '[%s]' $A; IFS=' '; printf '[%s]' $A
### redirection targets are not split
A='a b'; printf x >$A; ls
### heredoc text is not split
A='a   b'; cat <<E
$A
E
### special characters in results of splitting are text
A='; | & > "x"'; printf '[%s]' $A
### non-ASCII text is split at blanks only
A='é ü'; printf '[%s]' $A
### splitting numbers of status
IFS=0; (exit 101); printf '[%s]' $?
### a tab in IFS only
IFS='	'; A='a b	c'; printf '[%s]' $A
### mixed whitespace in IFS
IFS='	 '; A=' a	 b '; printf '[%s]' $A
