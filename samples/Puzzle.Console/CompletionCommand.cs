using System.CommandLine;

namespace Puzzle.ConsoleApp;

/// <summary>Prints the script that lets a shell complete commands and options.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _puzzle() {
            local words
            words=$(puzzle "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
            COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _puzzle puzzle
        """;

    private const string Zsh = """
        _puzzle() {
            local -a words
            words=(${(f)"$(puzzle "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"})
            compadd -- $words
            _files
        }
        compdef _puzzle puzzle
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName puzzle -ScriptBlock {
            param($word, $line, $position)
            puzzle "[suggest:$position]" "$line" | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "The shell." }.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        var command = new Command("completion", "Prints the script that lets a shell complete commands and options.\n\n"
            + "Example:\n  puzzle completion bash >> ~/.bashrc") { shell };
        command.SetAction(parsed => Console.Out.WriteLine(parsed.GetValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => PowerShell,
        }));
        return command;
    }
}
