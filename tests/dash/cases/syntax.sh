# What is no program: nothing of it runs, and the status is 2.
p a;; p b
;
;;
&
|
||
&&
p a | | p b
p a || || p b
p a && && p b
p a & & p b
p a ; ; p b
p a ;; 
p a &;
p a |;
p a &&
p a ||
p a |
| p a
&& p a
|| p a
& p a
(
)
(p a
p a)
((p a)
(p a))
()
( )
{
}
{ p a
{ p a }
p a }; p b
{}
{ }
{p a; }
(p a;; )
(p a) (p b)
(p a) { p b; }
{ p a; } (p b)
{ p a; } { p b; }
p (a)
p a (b)
p a(b)
p a ( b
p a b)
x=(a b)
x=1 (p a)
x=1 { p a; }
x=1 if true; then p a; fi
>f (p a)
! | p a
! && p a
!; p a
p 'a
p "a
p "a'
p 'a"
p `p a
p "`p a"
p $(p a
p "$(p a"
p $(p a))
p "$(p a))"
p $((1)
p "$((1"
p a >
p a > > f
p a >;
p a >|
p a <
p a < |
p a >&
p a <&
p a << 
p a <<;
p a >>
p a 2>
> ; p a
< && p a
if
if true
if true; then
if true; then p a; else
if true; then p a; elif
if true; then p a; elif true
if true; then p a; elif true; then
if ; then p a; fi
if true; fi
if true; else p a; fi
if then p a; fi
if true; then p a; fi fi
if true; then p a; fi; fi
if true; then p a; else p b; elif true; then p c; fi
if (true; then p a; fi
if { true; then p a; }; fi
while
while true
while true; do
while do p a; done
while true; done
while true; do p a; done done
while true; then p a; done
while false; do p a; done; done
until
until do p a; done
until true; do
for
for x
for x in
for x in a
for x in a;
for x in a; do
for x in a; do p a
for in a; do p a; done
for x in a; done
for x do
for x y in a; do p a; done
for x in a; { p a; }
for (x) in a; do p a; done
for x; in a; do p a; done
for x in a & do p a; done
for x in a | do p a; done
for x in (a); do p a; done
for "x" in a; do p a; done
for x=1 in a; do p a; done
for x-y in a; do p a; done
for 1 in a; do p a; done
case
case a
case a in
case a in b
case a in b)
case a in b) p a
case a in b) p a;;
case in a) p a;; esac
case a b in a) p a;; esac
case a in a p b;; esac
case a in a) p a;; b p c;; esac
case a in a) p b;; ; esac
case a in ) p b;; esac
case a in () p b;; esac
case a in a | ) p b;; esac
case a in | a) p b;; esac
case a in a || b) p c;; esac
case a in (a p b;; esac
case a in a)) p b;; esac
case a in a) p b; ) p c;; esac
case a; in a) p b;; esac
case a in; a) p b;; esac
case a in a) p b;; esac esac
do p a; done
then p a; fi
else p a
elif true; then p a; fi
f() 
f( p a; }
f) p a
f()) p a
f() ; p a
f() & p a
f() | p a
f() x=1
f() ! true
f() ()
f() (p a
f() g() { p a; }
f a() { p b; }
'f'() { p a; }
f\() { p a; }
/f() { p a; }; p on
if() { p a; }
{ p a; } >
(p a) > > f
{ p a; } p b >f
while false; do p a; done p b
p a; )
p a; }
p a & )
p $(if)
p $(p a; ))
p `if`
p "$(while)"
p a; eval '('; p no
sh -c 'p )' 2>/dev/null; p "$((!$?))"
# What is one, however odd.
p a;
p a &
> wait
p a;p b;
p a& wait;p b&wait
p a|cat
p a||p b&&p c
{ p a;}
{ p a; };
{ p a&}; wait
(p a;)
( p a )
((p a) )
( (p a);(p b) )
{ { p a; }; }
{ (p a) }
( { p a; } )
{ (p a); }
{ p a
> }
{
> p a; }
(p a
> )
(
> p a)
p a |
> cat
p a &&
> p b
p a ||
> p b
p a && # comment
> p b
p a | # comment
> # another
> cat
p a # b ; p c
p a ;# b
# only a comment
p a#b c#
p a; # c
> p d
if true; then p a; fi;
if true
> then
> # comment
> p a
> fi
if # c
> true; then p a; fi
if true; then (p a) fi
if true; then { p a; } fi
if (true) then p a; fi
if { true; } then p a; fi
if true; then if true; then p a; fi fi
while false; do p a; done; p b
while (false) do p a; done; p b
for i in a b; do (p $i) done
for i in a b; do { p $i; } done
for i in a b
> # c
> do # d
> p $i # e
> done # f
for i in; do p a; done; p b
for i
> do p $i; done
for i do p $i; done
case a in esac; p b
case a in a) esac; p b
case a in a) p b; esac
case a in (a) (p b) esac
case a in a) { p b; } esac
case a in
> # comment
> a) # c
> p b # d
> ;; # e
> # f
> esac
case a in a) p b;; esac | cat
case a in a) (p b);; b) p c; esac
case a in a) if true; then p b; fi esac
f() { p a; }; f
f() for i in a; do p $i; done; f
f() while p a; do break; done; f
f() case a in a) p b; esac; f
f() { p a; } >&2 2>&1; f
f ( ) { p a; } ; f
f() # comment
> { p a; }; f
f() { (p a) }; f
f() { { p a; } }; f
f() ((p a)); f
! p a; p $?
! { p a; }; p $?
! (p a); p $?
! p a | cat; p $?
! f() { p a; }; p $?; f
p a | ! cat
! if false; then p a; fi; p $?
x=1 p $x; p $x
x= p a; p "$x"
>f; p *
>f x=1; p $x
x=1 >f; p $x; p *
>f p a; cat f
>f p a >g; p *; cat g
p >f a b; cat f
2>f p a; cat f
p a 2>&1 >f 3>&-; cat f
< /dev/null cat; p a
p a > f; cat < f
p a>f; cat<f
p a >f;cat f
p a>f&wait;cat f
p a>f|cat;cat f
(p a)>f;cat f
{ p a; }>f;cat f
if true; then p a; fi>f;cat f
for i in a; do p $i; done>f;cat f
p do done if then else elif fi while until for in case esac { } !
p if; p then; x=if; p $x
p { } ; p {a} a{ }a
p ! a !; p a !b
p in; for in in in; do p $in; done
p function select time coproc [[ ]]
p time; p -p; x=time; p $x
p a\
> b
p\
>  a
p a \
> b
p "a\
> b"
p 'a\
> b'
p $\
> A
p ${A\
> }
p a &\
> & p b
p a |\
> | p b
p a >\
> >f; cat f
i\
> f true; t\
> hen p a; f\
> i
p a;\
> p b
\
> p a
p a \
> # b
p $(p a
> p b)
p `p a
> p b`
p "$(
> p a
> )"
p ${U-a
> b}
p $((1
> +1))
p "a
> b"
p a
> 
> 
> p b
	p	a	
   p a   ;   p b   
p '' "" a
'p' a
"p" a
\p a
p"" a
p'' a
$E p a
${U} p a
$E; p $?
"" ; p $?
p "$"; p $; p a$
p $%; p $=; p $,
p "$(#comment
> p a)"
p $( ) $() `` ` ` a
p "$()" "``"
p $(:) "$(:)"
p $(p a;) $(p b &) $(p c|cat)
p $( (p a) ) $({ p b; }) $(! p c)
# More lines that a backslash joins.
p a >f 2\
> >>g; cat f g; p a >\
> > h; cat h
f\
> (\
> ) { p f;\
> }; f
p $\
> (\
> p x) `p a\
> b` $\
> A
b\
> =c d=\
> e; p $b $d; ! \
>  false; p $?
