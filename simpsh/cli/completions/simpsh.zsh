#compdef simpsh
# Completion of simpsh for zsh: simpsh itself answers (simpsh/cli/argument_completion.py).
_simpsh() {
    local line name text more suffix place= has_files=
    local -a names
    for line in "${(@f)$(_call_program simpsh ${(q)words[1]} --complete ${(@q)words[2,CURRENT]})}"; do
        name=${line%%$'\t'*} text=${line#*$'\t'}
        if [[ -n $name ]]; then
            names+=("${name//:/\\:}:$text")
            continue
        fi
        more=${text#*$'\t'}
        case $text in
            files*) has_files=1 suffix=$more ;;
            command*) place=$more ;;
        esac
    done
    local -i found=1
    (( $#names )) && _describe simpsh names && found=0
    [[ -n $has_files ]] && _files ${suffix:+-g "*$suffix"} && found=0
    if [[ -n $place ]]; then
        shift $((place + 1)) words
        (( CURRENT -= place + 1 ))
        _normal && found=0
    fi
    return found
}
# As a file in $fpath it is called at the first Tab; read by a settings file it only declares itself.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _simpsh "$@"
else
    compdef _simpsh simpsh
fi
