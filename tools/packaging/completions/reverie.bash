# Completion of reverie in bash. The program itself knows what may stand where: it is asked for the words (see
# src/cli/complete.h), and files are bash's own. Without installing: source tools/packaging/completions/reverie.bash

_reverie() {
    local rest=${COMP_LINE:0:COMP_POINT} word gap joined=() i
    rest=${rest#*"${COMP_WORDS[0]}"}
    # Bash takes ':' and '=' for ends of words; what has no space between is one word.
    for ((i = 1; i <= COMP_CWORD; ++i)); do
        gap=${rest%%[! ]*}
        rest=${rest#"$gap"}
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$rest    # up to the cursor
        rest=${rest#"$word"}
        if [[ -n $gap || ${#joined[@]} -eq 0 ]]; then joined+=("$word"); else joined[-1]+=$word; fi
    done
    local current=${joined[-1]-} done line files=0
    done=${current%"${current##*[:=]}"}
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :files) files=1 ;;
            :goes-on) compopt -o nospace ;;
            *)
                line=${line%%$'\t'*}
                line=${line#"$done"}
                [[ $current == [\"\']* ]] || printf -v line %q "$line"
                COMPREPLY+=("$line")
                ;;
        esac
    done < <(OMP_WAIT_POLICY=passive "$1" --complete "${joined[@]}" 2>/dev/null)
    ((files)) || return 0
    if ((${#COMPREPLY[@]} == 0)); then
        compopt -o default
        return 0
    fi
    while IFS= read -r line; do
        [[ -d $line ]] && line+=/ && compopt -o nospace
        COMPREPLY+=("$line")
    done < <(compgen -f -- "$current")
}
complete -F _reverie reverie
