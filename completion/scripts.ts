import type { CompletedTask } from "./words.ts";

/** A shell that can be told. */
export type Shell = "bash" | "zsh" | "fish";

/** The script of each shell. All complete in this project's folder only. */
export const shells: Readonly<Record<Shell, (tasks: readonly CompletedTask[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Whether the shell is in the project's folder. */
const HERE = "[[ -f orchestrator.ts && -f deno.json ]]";

function bashScript(tasks: readonly CompletedTask[]): string {
  return `# source <(deno task completion bash)
_automotive_task() {
  local line=\${COMP_LINE:0:COMP_POINT} choices="" before="" words
  read -ra words <<< "$line"
  # Behind a blank a new word begins.
  [[ $line == *[[:space:]] ]] && words+=("")
  local current=\${words[\${#words[@]} - 1]}
  COMPREPLY=()
  if [[ \${words[1]} != task ]] || ! ${HERE}; then
    # Deno's own, if it is there.
    if declare -F _deno > /dev/null; then _deno "$@"; fi
    return
  fi
  if ((\${#words[@]} == 3)); then
    choices="${tasks.map(({ name }) => name).join(" ")}"
  else
    case \${words[2]} in
${
    tasks.filter(({ words }) => words.length > 0)
      .map(({ name, words }) => `      ${name}) choices="${words.join(" ")}" ;;`).join("\n")
  }
    esac
  fi
  COMPREPLY=($(compgen -W "$choices" -- "$current"))
  # Bash takes a colon for the begin of a word.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    before=\${current%"\${current##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}
complete -o bashdefault -o default -F _automotive_task deno`;
}

function zshScript(tasks: readonly CompletedTask[]): string {
  return `# source <(deno task completion zsh), after compinit
_automotive_task() {
  if [[ $words[2] != task ]] || ! ${HERE}; then
    if (( $+functions[_deno] )); then _deno "$@"; else _files; fi
    return
  fi
  if (( CURRENT == 3 )); then
    local -a tasks
    tasks=(
${tasks.map(({ name, description }) => `      ${quoted(zshEntry(name, description))}`).join("\n")}
    )
    _describe task tasks
    return
  fi
  case $words[3] in
${
    tasks.filter(({ words }) => words.length > 0)
      .map(({ name, words }) => `    ${name}) compadd -- ${words.join(" ")} ;;`).join("\n")
  }
  esac
}
compdef _automotive_task deno`;
}

function fishScript(tasks: readonly CompletedTask[]): string {
  const here = "test -f orchestrator.ts -a -f deno.json";
  const isTask = "test (count $words) -ge 2; and test $words[2] = task";
  return [
    "# deno task completion fish | source",
    "function __automotive_task",
    "  set -l words (commandline -opc)",
    `  ${here}; and ${isTask}; or return 1`,
    "  if test (count $argv) -eq 0",
    "    test (count $words) -eq 2",
    "  else",
    "    test (count $words) -ge 3; and test $words[3] = $argv[1]",
    "  end",
    "end",
    ...tasks.map(({ name, description }) =>
      `complete -c deno -f -n __automotive_task -a ${quoted(name)} -d ${quoted(description)}`
    ),
    ...tasks.filter(({ words }) => words.length > 0).map(({ name, words }) =>
      `complete -c deno -f -n ${quoted(`__automotive_task ${name}`)} -a ${quoted(words.join(" "))}`
    ),
  ].join("\n");
}

function zshEntry(name: string, description: string): string {
  return `${name.replaceAll(":", String.raw`\:`)}:${description}`;
}

/** A word in single quotes, as zsh and fish take it; neither knows one inside of them alike. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}
