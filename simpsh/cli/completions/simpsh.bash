# Completion of simpsh for bash: simpsh itself answers (simpsh/cli/argument_completion.py).
_simpsh() {
    local current=${COMP_WORDS[COMP_CWORD]} name text more place=
    COMPREPLY=()
    while IFS= read -r name; do
        text=${name#*$'\t'} name=${name%%$'\t'*}
        if [[ -n $name ]]; then
            COMPREPLY+=("$name")
            continue
        fi
        more=${text#*$'\t'}
        case $text in
            files*)
                compopt -o filenames 2>/dev/null
                while IFS= read -r name; do
                    [[ -d $name || $name == *"$more" ]] && COMPREPLY+=("$name")
                done < <(compgen -f -- "$current")
                ;;
            command*) place=$((more + 1)) ;;
        esac
    done < <("${COMP_WORDS[0]}" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    [[ -n $place ]] || return 0
    if ((COMP_CWORD == place)); then
        while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -c -- "$current")
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$place"
    else
        compopt -o filenames 2>/dev/null
        while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$current")
    fi
}
complete -F _simpsh simpsh
