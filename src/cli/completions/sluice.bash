# bash completion for sluice, made by: sluice completion bash
_sluice() {
    local at=sluice words='' files='' i
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $prev == = && $COMP_CWORD -ge 2 ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case "$at ${COMP_WORDS[i]}" in
            'sluice demo'|'sluice local'|'sluice chain'|'sluice chain apply'|'sluice chain plan'|'sluice chain check'|'sluice chain remove'|'sluice write'|'sluice read'|'sluice stats'|'sluice peek'|'sluice tail'|'sluice redrive'|'sluice purge'|'sluice bench'|'sluice config'|'sluice completion') at="$at ${COMP_WORDS[i]}" ;;
        esac
    done
    COMPREPLY=()
    case "$at $prev" in
        'sluice demo --messages') return ;;
        'sluice demo --input') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice demo --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice local --port') return ;;
        'sluice local --address') return ;;
        'sluice local --region') return ;;
        'sluice local --account') return ;;
        'sluice local --key') return ;;
        'sluice local --endpoint-ca') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice local --config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice local --data') return ;;
        'sluice local --tls-cert') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice local --tls-key') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice local --tls-name') return ;;
        'sluice local --tls-ca-file') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice local --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice local --color') mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
        'sluice chain --filter') return ;;
        'sluice chain --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice chain --endpoint-url') return ;;
        'sluice chain --profile') return ;;
        'sluice chain --region') return ;;
        'sluice chain --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice chain --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice chain apply --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice chain apply --endpoint-url') return ;;
        'sluice chain apply --profile') return ;;
        'sluice chain apply --region') return ;;
        'sluice chain apply --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice chain apply --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice chain plan --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice chain plan --endpoint-url') return ;;
        'sluice chain plan --profile') return ;;
        'sluice chain plan --region') return ;;
        'sluice chain plan --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice chain plan --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice chain check --message') return ;;
        'sluice chain check --attribute') return ;;
        'sluice chain check --group') return ;;
        'sluice chain check --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice chain check --endpoint-url') return ;;
        'sluice chain check --profile') return ;;
        'sluice chain check --region') return ;;
        'sluice chain check --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice chain check --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice chain remove --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice chain remove --endpoint-url') return ;;
        'sluice chain remove --profile') return ;;
        'sluice chain remove --region') return ;;
        'sluice chain remove --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice chain remove --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice write --attribute') return ;;
        'sluice write --group') return ;;
        'sluice write --delay') return ;;
        'sluice write --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice write --endpoint-url') return ;;
        'sluice write --profile') return ;;
        'sluice write --region') return ;;
        'sluice write --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice write --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice read --count') return ;;
        'sluice read --wait') return ;;
        'sluice read --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice read --endpoint-url') return ;;
        'sluice read --profile') return ;;
        'sluice read --region') return ;;
        'sluice read --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice read --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice stats --watch') return ;;
        'sluice stats --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice stats --color') mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
        'sluice stats --endpoint-url') return ;;
        'sluice stats --profile') return ;;
        'sluice stats --region') return ;;
        'sluice stats --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice stats --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice peek --max') return ;;
        'sluice peek --wait') return ;;
        'sluice peek --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice peek --color') mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
        'sluice peek --endpoint-url') return ;;
        'sluice peek --profile') return ;;
        'sluice peek --region') return ;;
        'sluice peek --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice peek --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice tail --max') return ;;
        'sluice tail --filter-policy') return ;;
        'sluice tail --filter-on') mapfile -t COMPREPLY < <(compgen -W 'attributes body' -- "$cur"); return ;;
        'sluice tail --lifetime') return ;;
        'sluice tail --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice tail --color') mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
        'sluice tail --endpoint-url') return ;;
        'sluice tail --profile') return ;;
        'sluice tail --region') return ;;
        'sluice tail --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice tail --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice redrive --to') return ;;
        'sluice redrive --filter') return ;;
        'sluice redrive --max') return ;;
        'sluice redrive --rate') return ;;
        'sluice redrive --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice redrive --endpoint-url') return ;;
        'sluice redrive --profile') return ;;
        'sluice redrive --region') return ;;
        'sluice redrive --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice redrive --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice purge --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice purge --endpoint-url') return ;;
        'sluice purge --profile') return ;;
        'sluice purge --region') return ;;
        'sluice purge --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice purge --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice bench --messages') return ;;
        'sluice bench --bytes') return ;;
        'sluice bench --callers') return ;;
        'sluice bench --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice bench --endpoint-url') return ;;
        'sluice bench --profile') return ;;
        'sluice bench --region') return ;;
        'sluice bench --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice bench --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        'sluice config --output') mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur"); return ;;
        'sluice config --endpoint-url') return ;;
        'sluice config --profile') return ;;
        'sluice config --region') return ;;
        'sluice config --protocol') mapfile -t COMPREPLY < <(compgen -W 'query json' -- "$cur"); return ;;
        'sluice config --ca-bundle') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    esac
    case $at in
        'sluice')
            if [[ $cur == -* ]]; then words='-h --help --version'; else words='demo local chain write read stats peek tail redrive purge bench config completion'; fi ;;
        'sluice demo')
            if [[ $cur == -* ]]; then words='-h --help --messages --input --output'; else words=''; fi ;;
        'sluice local')
            if [[ $cur == -* ]]; then words='-h --help --port --address --region --account --key --no-verify --no-admin --no-signing --endpoint-ca --log-requests --config --data --data-fsync --tls --tls-cert --tls-key --tls-name --tls-ca-file --output --color'; else words=''; fi ;;
        'sluice chain')
            if [[ $cur == -* ]]; then words='-h --help --filter --envelope --output --endpoint-url --profile --region --protocol --ca-bundle'; else words='apply plan check remove'; fi ;;
        'sluice chain apply')
            if [[ $cur == -* ]]; then words='-h --help --unsubscribe-others --output --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; files=yes; fi ;;
        'sluice chain plan')
            if [[ $cur == -* ]]; then words='-h --help --unsubscribe-others --output --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; files=yes; fi ;;
        'sluice chain check')
            if [[ $cur == -* ]]; then words='-h --help --message --attribute --group --output --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; files=yes; fi ;;
        'sluice chain remove')
            if [[ $cur == -* ]]; then words='-h --help --even-in-use --dry-run --output --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; files=yes; fi ;;
        'sluice write')
            if [[ $cur == -* ]]; then words='-h --help --attribute --group --delay --receipts --output --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; fi ;;
        'sluice read')
            if [[ $cur == -* ]]; then words='-h --help --count --follow --json --wait --output --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; fi ;;
        'sluice stats')
            if [[ $cur == -* ]]; then words='-h --help --watch --output --color --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; fi ;;
        'sluice peek')
            if [[ $cur == -* ]]; then words='-h --help --max --wait --even-if-dead-letters --output --color --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; fi ;;
        'sluice tail')
            if [[ $cur == -* ]]; then words='-h --help --max --filter-policy --filter-on --lifetime --output --color --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; fi ;;
        'sluice redrive')
            if [[ $cur == -* ]]; then words='-h --help --to --filter --dry-run --max --rate --output --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; fi ;;
        'sluice purge')
            if [[ $cur == -* ]]; then words='-h --help --yes --output --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; fi ;;
        'sluice bench')
            if [[ $cur == -* ]]; then words='-h --help --messages --bytes --callers --even-if-not-empty --output --endpoint-url --profile --region --protocol --ca-bundle'; else words=''; fi ;;
        'sluice config')
            if [[ $cur == -* ]]; then words='-h --help --output --endpoint-url --profile --region --protocol --ca-bundle --offline'; else words=''; fi ;;
        'sluice completion')
            if [[ $cur == -* ]]; then words='-h --help'; else words='bash zsh fish man'; fi ;;
    esac
    [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    if [[ -n $files ]]; then
        compopt -o filenames 2>/dev/null
        local found
        while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen -f -- "$cur")
    fi
}
complete -F _sluice sluice
