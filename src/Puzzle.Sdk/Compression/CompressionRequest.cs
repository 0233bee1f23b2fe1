using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Serving;

namespace Puzzle;

/// <summary>From a folder, a text and a target to a child: everything else has a default.</summary>
public sealed record CompressionRequest
{
    /// <summary>Gets the parent's Hugging Face folder, with its tokenizer.</summary>
    public required string Parent { get; init; }

    /// <summary>Gets UTF-8 text files to distil, score and compare on, split by document.</summary>
    public required IReadOnlyList<string> Text { get; init; }

    /// <summary>Gets what the child must achieve.</summary>
    public required DeploymentTarget Target { get; init; }

    /// <summary>Gets what the child will be asked to do.</summary>
    /// <value>Null by default: batch 8 with 128 prompt and 64 generated tokens, less where the parent holds fewer positions.</value>
    public Workload? Workload { get; init; }

    /// <summary>Gets the folder that makes the run resumable and holds what it makes.</summary>
    /// <value><c>puzzle-work</c> in the current folder by default.</value>
    public string WorkDirectory { get; init; } = "puzzle-work";

    /// <summary>Gets the tokens of a window of text.</summary>
    /// <value>256 by default, less where the parent holds fewer positions.</value>
    public int SequenceLength { get; init; } = 256;

    /// <summary>Gets how the search space follows from the parent.</summary>
    /// <value><see cref="DefaultSpace"/>; <see cref="SearchSpace.Paper"/> is the paper's.</value>
    public Func<ModelConfig, SearchSpace> SearchSpace { get; init; } = DefaultSpace;

    /// <summary>Gets the program that must load the child: only such children are searched for.</summary>
    /// <value>Null by default: any.</value>
    public ServingEngine? Server { get; init; }

    /// <summary>Gets where everything computes: <c>auto</c> (the first GPU that torch can use, else the CPU), <c>cpu</c>, <c>cuda</c> or
    /// <c>cuda:n</c>. See <see cref="Microsoft.Extensions.DependencyInjection.DevicePuzzleBuilderExtensions.UseCuda"/>.</summary>
    /// <value>Null by default: what the services say, else <c>cpu</c>.</value>
    public string? Device { get; init; }

    /// <summary>Gets the command that repeats the run, for its report; null if it is none.</summary>
    public string? Command { get; init; }

    /// <summary>Gives the quick space: every divisor of the key-value heads, FFNs of 75, 50, 25 and 10 percent, and no-ops.</summary>
    /// <param name="parent">The parent.</param>
    public static SearchSpace DefaultSpace(ModelConfig parent) =>
        Architectures.SearchSpace.Create(parent, [75, 50, 25, 10], widthMultiple: 16, withLinear: false);

    /// <summary>Gives the search space for a parent, without what the server does not load.</summary>
    /// <exception cref="NotSupportedException">The server cannot load the parent itself, or nothing but the parent.</exception>
    internal SearchSpace SpaceFor(ModelConfig parent) =>
        Server is { } server ? ServableSpace.Restrict(parent, SearchSpace(parent), server) : SearchSpace(parent);

    /// <summary>Gives the workload asked for, or the default for a parent.</summary>
    internal Workload WorkloadFor(ModelConfig parent)
    {
        if (Workload is not { } given)
            return new Workload(8, Math.Max(1, Math.Min(128, parent.MaxPositions * 2 / 3)), Math.Min(64, parent.MaxPositions / 3));
        given.Validate();
        return given.SequenceTokens <= parent.MaxPositions
            ? given
            : throw new ArgumentException(
                $"The workload asks for {given.SequenceTokens} tokens; the parent holds {parent.MaxPositions} positions.");
    }
}
