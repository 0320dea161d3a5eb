package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dmplens/dmplens/bugcheck"
	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/batch"
)

var completionVerb = &verb{
	name: "completion", args: "bash|zsh|fish|powershell", short: "write what completes dmplens in a shell",
	long: `
Write a script that makes a shell complete the verbs of dmplens, their flags, the
values of flags that have a fixed set of them, as columns, groups and ids of
findings, the names of bug checks, and files. A shell that starts after these
commands reads it:

bash:
  echo 'source <(dmplens completion bash)' >> ~/.bashrc

zsh:
  mkdir -p ~/.zfunc
  dmplens completion zsh > ~/.zfunc/_dmplens
  echo 'fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit' >> ~/.zshrc

fish:
  mkdir -p ~/.config/fish/completions
  dmplens completion fish > ~/.config/fish/completions/dmplens.fish

PowerShell, as a line of the file $PROFILE:
  dmplens completion powershell | Out-String | Invoke-Expression`,
	examples: `  dmplens completion bash > dmplens.bash
`,
	brief: true,
	run: func(c *command, args []string) (int, error) {
		args, err := c.parse(args)
		if err != nil {
			return exitUnusable, err
		}
		if len(args) != 1 {
			return exitUnusable, c.usageError("name one shell: %s", strings.Join(shells, ", "))
		}
		var b strings.Builder
		switch args[0] {
		case "bash":
			writeBash(&b)
		case "zsh":
			writeZsh(&b)
		case "fish":
			writeFish(&b)
		case "powershell":
			writePowerShell(&b)
		default:
			return exitUnusable, c.usageError("the shell is %s, not %q", strings.Join(shells, ", "), args[0])
		}
		_, err = io.WriteString(c.stdout, b.String())
		return exitOK, err
	},
}

var shells = []string{"bash", "zsh", "fish", "powershell"}

// wordsOf are what can stand behind a verb that takes no file, nil where files do.
func wordsOf(v *verb) []string {
	switch v.name {
	case "help", "man":
		return verbNames()
	case "completion":
		return shells
	case "explain":
		var names []string
		for _, c := range bugcheck.Codes() {
			names = append(names, c.Name)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	return nil
}

// valuesOf are the values of a flag that has a fixed set of them, nil where it has none.
func valuesOf(v *verb, flag string) []string {
	switch v.name + " --" + flag {
	case "info --depth":
		return []string{"header", "full"}
	case "scan --depth":
		return []string{"header", "full", "deep"}
	case "scan --duplicates":
		return []string{batch.DuplicatesBySamples, batch.DuplicatesExact, batch.DuplicatesOff}
	case "memory --format":
		return []string{"bytes", "words", "dwords", "qwords", "pointers", "ascii"}
	case "explain --machine":
		return bugcheck.Machines()
	case "diff --fail-on":
		return batch.Changes
	case "scan --fail-on":
		return append([]string{string(report.Damaged)}, findings()...)
	}
	switch flag {
	case "color":
		return []string{"auto", "always", "never"}
	case "format":
		return []string{"table", "csv", "jsonl", "markdown"}
	case "group-by":
		return report.GroupKeys
	case "columns", "sort":
		return report.ColumnNames()
	}
	return nil
}

// findings are the ids of all findings, as --fail-on takes them.
func findings() (list []string) {
	for _, id := range report.FindingIDs() {
		list = append(list, "finding:"+string(id))
	}
	return list
}

// flagsOf lists the flags of a verb.
func flagsOf(v *verb) (list []*pflag.Flag) {
	v.flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			list = append(list, f)
		}
	})
	return list
}

// takesWord says whether the word behind a flag is its value.
func takesWord(f *pflag.Flag) bool { return f.NoOptDefVal == "" }

// takesList says whether the value of a flag is several words with commas between them.
func takesList(f *pflag.Flag) bool { return f.Name == "columns" || f.Value.Type() == "stringSlice" }

// takesFile says whether the value of a flag is a file or a folder.
func takesFile(f *pflag.Flag) bool {
	name, _ := pflag.UnquoteUsage(f)
	return name == "FILE" || name == "PATH"
}

// usageOf says in one line what a flag does.
func usageOf(f *pflag.Flag) string {
	_, usage := pflag.UnquoteUsage(f)
	if i := strings.Index(usage, ": path, format"); i > 0 { // the columns, which are offered one by one
		usage = usage[:i]
	}
	return usage
}

// inQuotes quotes a text for the shells of Unix.
func inQuotes(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// writeBash leaves files to bash itself: -o default completes them where nothing else is offered.
func writeBash(b *strings.Builder) {
	b.WriteString(`# bash completion for dmplens; needs bash 4 or later
_dmplens() {
	# What bash splits at : and = is one word here.
	local w=() word glue= i
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ ${#w[@]} -gt 0 && ( -n $glue || $word =~ ^[:=]+$ ) ]]; then
			w[${#w[@]}-1]+=$word
		else
			w+=("$word")
		fi
		glue=
		[[ $word =~ ^[:=]+$ ]] && glue=1
	done
	local last=$((${#w[@]} - 1)) verb=info flags= takes= files= words= flag= value=
	COMPREPLY=()
	[[ $last -ge 0 ]] || return 0
	value=${w[last]}
	case ${w[0]} in
	` + strings.Join(verbNames(), "|") + `) [[ $last -gt 0 ]] && verb=${w[0]} ;;
	esac
	case $verb in
`)
	for _, v := range verbs {
		var flags, takes, files []string
		for _, f := range flagsOf(v) {
			flags = append(flags, "--"+f.Name)
			if takesWord(f) {
				takes = append(takes, "--"+f.Name)
			}
			if takesFile(f) {
				files = append(files, "--"+f.Name)
			}
		}
		fmt.Fprintf(b, "\t%s) flags='%s' takes=' %s ' files=' %s ' words='%s' ;;\n", v.name, strings.Join(append(flags, "--help"), " "), strings.Join(takes, " "),
			strings.Join(files, " "), strings.Join(wordsOf(v), " "))
	}
	b.WriteString(`	esac
	if [[ $value == --*=* ]]; then
		flag=${value%%=*} value=${value#*=}
	elif [[ $last -gt 0 && $takes == *" ${w[last-1]} "* ]]; then
		flag=${w[last-1]}
	fi
	if [[ -n $flag ]]; then
		words=
		case "$verb $flag" in
`)
	for _, v := range verbs {
		for _, f := range flagsOf(v) {
			if values := valuesOf(v, f.Name); values != nil {
				fmt.Fprintf(b, "\t\t'%s --%s') words='%s' ;;\n", v.name, f.Name, strings.Join(values, " "))
			}
		}
	}
	b.WriteString(`		esac
		# No file is a number, a time or a condition. Outside of a completion there is nothing to tell that to.
		[[ $files == *" $flag "* ]] || compopt +o default 2>/dev/null
	elif [[ $value == -* ]]; then
		words=$flags
	elif [[ $last -eq 0 && -z $words ]]; then
		words='` + strings.Join(verbNames(), " ") + `'
	fi
	[[ -n $words ]] || return 0
	local before=
	[[ $value == *,* ]] && before=${value%,*},
	COMPREPLY=($(compgen -P "$before" -W "$words" -- "${value##*,}"))
	local colon=${value%"${value##*:}"} # bash replaces only what follows
	COMPREPLY=("${COMPREPLY[@]#"$colon"}")
}
complete -o default -F _dmplens dmplens
`)
}

// forZsh escapes what _arguments and _describe give a meaning.
func forZsh(s string) string {
	return strings.NewReplacer(`\`, `\\`, ":", `\:`, "[", `\[`, "]", `\]`, "(", `\(`, ")", `\)`).Replace(s)
}

func writeZsh(b *strings.Builder) {
	b.WriteString("#compdef dmplens\n_dmplens() {\n\tlocal verb=info\n\tlocal -a verbs\n\tverbs=(\n")
	for _, v := range verbs {
		fmt.Fprintf(b, "\t\t%s\n", inQuotes(v.name+":"+forZsh(v.short)))
	}
	b.WriteString("\t)\n\tif (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n\t\t_describe verb verbs\n\t\t_files\n\t\treturn\n\tfi\n\tcase $words[2] in\n\t" +
		strings.Join(verbNames(), "|") + ")\n\t\tverb=$words[2]\n\t\tshift words\n\t\t(( CURRENT-- ))\n\t\t;;\n\tesac\n\tcase $verb in\n")
	for _, v := range verbs {
		fmt.Fprintf(b, "\t%s)\n\t\t_arguments", v.name)
		for _, f := range flagsOf(v) {
			spec := "*--" + f.Name
			if takesWord(f) {
				spec += "="
			}
			spec += "[" + forZsh(usageOf(f)) + "]"
			if takesWord(f) {
				name, _ := pflag.UnquoteUsage(f)
				spec += ":" + forZsh(name) + ":"
				switch values := valuesOf(v, f.Name); {
				case values != nil && takesList(f):
					spec += " _values -s , " + name + " " + strings.Join(values, " ")
				case values != nil:
					spec += "(" + strings.ReplaceAll(strings.Join(values, " "), ":", `\:`) + ")"
				case takesFile(f):
					spec += "_files"
				}
			}
			b.WriteString(" \\\n\t\t\t" + inQuotes(spec))
		}
		action := "_files"
		if words := wordsOf(v); words != nil {
			action = "(" + strings.Join(words, " ") + ")"
		}
		fmt.Fprintf(b, " \\\n\t\t\t'*:what:%s'\n\t\t;;\n", action)
	}
	b.WriteString("\tesac\n}\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n\t_dmplens \"$@\"\nelse\n\tcompdef _dmplens dmplens\nfi\n")
}

// forFish quotes a text for fish, in which a backslash escapes inside quotes too.
func forFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

func writeFish(b *strings.Builder) {
	b.WriteString("# fish completion for dmplens\n")
	for _, v := range verbs {
		fmt.Fprintf(b, "complete -c dmplens -n __fish_use_subcommand -a %s -d %s\n", v.name, forFish(v.short))
	}
	others := slices.DeleteFunc(verbNames(), func(name string) bool { return name == "info" })
	for _, v := range verbs {
		when := "__fish_seen_subcommand_from " + v.name
		if v.name == "info" {
			when = "not __fish_seen_subcommand_from " + strings.Join(others, " ")
		}
		for _, f := range flagsOf(v) {
			fmt.Fprintf(b, "complete -c dmplens -n %s -l %s", forFish(when), f.Name)
			if f.Shorthand != "" {
				b.WriteString(" -s " + f.Shorthand)
			}
			values := valuesOf(v, f.Name)
			switch {
			case values != nil && takesList(f):
				fmt.Fprintf(b, " -x -a %s", forFish(`(__fish_complete_list , 'printf %s\t\n `+strings.Join(values, " ")+"')"))
			case values != nil: // each with an empty description: else it gets that of the flag
				fmt.Fprintf(b, " -x -a %s", forFish(`(printf '%s\t\n' `+strings.Join(values, " ")+")"))
			case takesWord(f) && takesFile(f):
				b.WriteString(" -r -F")
			case takesWord(f):
				b.WriteString(" -x")
			}
			fmt.Fprintf(b, " -d %s\n", forFish(usageOf(f)))
		}
		if words := wordsOf(v); words != nil {
			fmt.Fprintf(b, "complete -c dmplens -n %s -f -a %s\n", forFish(when), forFish(strings.Join(words, " ")))
		}
	}
}

// inPowerShell writes a list of texts.
func inPowerShell(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return "@(" + strings.Join(quoted, ", ") + ")"
}

// writePowerShell leaves files to PowerShell, which completes them where nothing else is offered.
func writePowerShell(b *strings.Builder) {
	b.WriteString("# PowerShell completion for dmplens\nRegister-ArgumentCompleter -Native -CommandName dmplens -ScriptBlock {\n" +
		"    param($wordToComplete, $commandAst, $cursorPosition)\n    $words = @{\n")
	for _, v := range verbs {
		fmt.Fprintf(b, "        '%s' = %s\n", v.name, inPowerShell(wordsOf(v)))
	}
	b.WriteString("    }\n    $flags = @{\n")
	for _, v := range verbs {
		var flags []string
		for _, f := range flagsOf(v) {
			flags = append(flags, "--"+f.Name)
		}
		fmt.Fprintf(b, "        '%s' = %s\n", v.name, inPowerShell(append(flags, "--help")))
	}
	b.WriteString("    }\n    $values = @{\n")
	for _, v := range verbs {
		for _, f := range flagsOf(v) {
			if values := valuesOf(v, f.Name); values != nil {
				fmt.Fprintf(b, "        '%s --%s' = %s\n", v.name, f.Name, inPowerShell(values))
			}
		}
	}
	b.WriteString(`    }
    $before = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
    $verb = 'info'
    if ($before.Count -gt 1 -and $flags.ContainsKey($before[1])) { $verb = $before[1] }
    $offered = @()
    if ($before.Count -gt 1 -and $values.ContainsKey("$verb $($before[-1])")) { $offered = $values["$verb $($before[-1])"] }
    elseif ($wordToComplete -like '-*') { $offered = $flags[$verb] }
    elseif ($before.Count -le 1) { $offered = ` + inPowerShell(verbNames()) + ` }
    else { $offered = $words[$verb] }
    $offered | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
`)
}
