namespace Puzzle.Tests.Slurm;

/// <summary>Slurm's commands as small scripts: sbatch runs every task at once and on this machine, in the order of submission.</summary>
internal sealed class FakeSlurm
{
    private readonly TestFolder _folder;

    /// <param name="folder">Where the commands are put.</param>
    /// <param name="sbatch">What sbatch does instead; runs the tasks if null.</param>
    public FakeSlurm(TestFolder folder, string? sbatch = null)
    {
        _folder = folder;
        Put("sbatch", sbatch ?? """
            here=$(dirname "$0")
            echo "$*" >>"$here/submitted"
            script=$(mktemp -p "$here")
            cat >"$script"
            array=0
            for option in "$@"; do
              case $option in
                --array=*) array=${option#--array=};;
                --dependency=afternotok:*) [ "$(cat "$here/code")" != 0 ] || { echo 17; exit; };;
              esac
            done
            for part in ${array//,/ }; do
              for task in $(seq "${part%-*}" "${part#*-}"); do
                SLURM_ARRAY_TASK_ID=$task bash "$script" >>"$here/log" 2>&1
                echo $? >"$here/code"
              done
            done
            echo 17
            """);
        // It is asked twice before it says that the job has ended.
        Put("squeue", """
            echo >>"$(dirname "$0")/asked"
            [ "$(wc -l <"$(dirname "$0")/asked")" -gt 2 ] || echo 17
            """);
        Put("scancel", """echo "$*" >>"$(dirname "$0")/canceled" """);
    }

    public string Commands => _folder.Path;

    /// <summary>What sbatch was given, a line each time.</summary>
    public string[] Submitted => Lines("submitted");

    /// <summary>How often the queue was asked for.</summary>
    public int Asked => Lines("asked").Length;

    public string[] Canceled => Lines("canceled");

    public string Log => string.Join('\n', Lines("log"));

    /// <summary>Puts a script there that bash runs.</summary>
    public string Put(string name, string script)
    {
        File.WriteAllText(_folder[name], $"#!/bin/bash\n{script}\n");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Scripts of bash stand for Slurm's commands.");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return _folder[name];
    }

    private string[] Lines(string name) => File.Exists(_folder[name]) ? File.ReadAllLines(_folder[name]) : [];
}
