using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Puzzle.Foundation;

namespace Puzzle.Cluster.Kubernetes;

/// <summary>A job for Kubernetes: an Indexed Job whose pods read their number from the environment, as <see cref="ArrayTask"/>
/// does.</summary>
/// <param name="Name">Its name: lower-case letters, digits and dashes.</param>
/// <param name="Command">A program and its arguments, passed on as they are.</param>
public sealed record KubernetesJob(string Name, IReadOnlyList<string> Command)
{
    // Names of jobs become labels and parts of host names.
    private const int LongestName = 52;
    private const long Mebibyte = 1 << 20;

    /// <summary>Gets how many pods there are.</summary>
    /// <value>1 by default.</value>
    public int Tasks { get; init; } = 1;

    /// <summary>Gets commands that run in the pod one after the other before its own.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Before { get; init; } = [];

    /// <summary>Writes the job as YAML, to be applied by <c>kubectl apply -f</c>.</summary>
    /// <param name="options">What its pods are made of.</param>
    /// <exception cref="OptionsValidationException">An option is missing or out of range.</exception>
    /// <exception cref="ArgumentException">The name is none, or an argument has a sign that no process can be given.</exception>
    public string ToYaml(KubernetesOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        KubernetesOptions valid = OptionsCheck.Valid(options);
        if (!IsName(Name))
            throw new ArgumentException($"'{Name}' is no name of a job: expected lower-case letters, digits and dashes, at most "
                + $"{LongestName}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Tasks, 1);
        return Yaml.Of(new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = Without(new JsonObject { ["name"] = Name, ["namespace"] = valid.Namespace }),
            ["spec"] = new JsonObject
            {
                ["completionMode"] = "Indexed",
                ["completions"] = Tasks,
                ["parallelism"] = Tasks,
                ["backoffLimitPerIndex"] = valid.Retries,
                ["template"] = new JsonObject { ["spec"] = Pod(valid) },
            },
        });
    }

    private JsonObject Pod(KubernetesOptions options) => Without(new JsonObject
    {
        ["restartPolicy"] = "Never",
        ["terminationGracePeriodSeconds"] = (long)Math.Ceiling(options.GracePeriod.TotalSeconds),
        ["initContainers"] = Before.Count == 0
            ? null
            : new JsonArray([.. Before.Select((command, i) => Container(
                string.Create(CultureInfo.InvariantCulture, $"before-{i + 1}"), command, options))]),
        ["containers"] = new JsonArray(Container("worker", Command, options)),
        ["volumes"] = new JsonArray(new JsonObject
        {
            ["name"] = "work",
            ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = options.Claim },
        }),
    });

    private static JsonObject Container(string name, IReadOnlyList<string> command, KubernetesOptions options)
    {
        if (command.Count == 0)
            throw new ArgumentException("A job needs a command.");
        return Without(new JsonObject
        {
            ["name"] = name,
            ["image"] = options.Image,
            ["command"] = new JsonArray([.. command.Select(argument => (JsonNode)Literal(argument))]),
            ["resources"] = Resources(options),
            ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "work", ["mountPath"] = options.MountPath }),
        });
    }

    private static JsonObject? Resources(KubernetesOptions options)
    {
        JsonObject amounts = Without(new JsonObject
        {
            ["cpu"] = options.Processors?.ToString(CultureInfo.InvariantCulture),
            ["memory"] = options.MemoryBytes is { } bytes
                ? string.Create(CultureInfo.InvariantCulture, $"{1 + ((bytes - 1) / Mebibyte)}Mi")
                : null,
        });
        return amounts.Count == 0 ? null : new JsonObject { ["requests"] = amounts, ["limits"] = amounts.DeepClone() };
    }

    // Kubernetes puts variables in place of $(NAME); $$ stands for one dollar.
    private static string Literal(string argument) => argument.Replace("$(", "$$(", StringComparison.Ordinal);

    private static JsonObject Without(JsonObject node)
    {
        foreach (string absent in node.Where(entry => entry.Value is null).Select(entry => entry.Key).ToArray())
            node.Remove(absent);
        return node;
    }

    private static bool IsName(string name) => name.Length is > 0 and <= LongestName
        && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
        && char.IsAsciiLetterLower(name[0]) && name[^1] != '-';
}
