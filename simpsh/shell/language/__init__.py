"""The language: text becomes tokens, a tree, and words; no process is started here.

syntax_tree – the tree of a command line
parser – tokens become a tree
lexer – tokens and here-documents
word_roles – what a word is at its place in a command
word_scanner – what a word is made of
expansion_scanner – what a `$` begins in it
input_source – the lines of the input, and the places in them
dollar_quotes – `$'…'`
characters – the characters and words with a meaning
tilde_prefixes – which `~` stand for a home directory
word_expansion – words become fields
arithmetic – the value of `$(( ))`
field_splitting – text is cut at IFS
pathname_expansion – a pattern becomes files
glob_pattern – `*`, `?` and `[…]`
tree_printing – a tree as text
syntax_complaints – what is wrong with a command
left_out_constructs – what is left out, and what to do instead
tolerant_lexer – tokens of any text, for highlighting and completion
"""
