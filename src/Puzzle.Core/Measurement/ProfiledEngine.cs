using Puzzle.Foundation;

namespace Puzzle.Measurement;

/// <summary>What an engine supplies for a request; <see cref="StackProfiler"/> does the rest.</summary>
/// <typeparam name="TPart">What the engine knows of a part.</typeparam>
/// <param name="Name">The engine with its version, device and threads.</param>
/// <param name="Sizes">The costs that follow from shapes alone.</param>
/// <param name="Parts">The parts, each once: attention subblocks, FFNs and what is outside the blocks.</param>
/// <param name="RecipeOf">Gives all that a part's time depends on.</param>
/// <param name="OpenBench">Prepares the stacks of some parts.</param>
/// <param name="Timer">Takes the samples.</param>
internal sealed record ProfiledEngine<TPart>(
    string Name, CostTable Sizes, IReadOnlyList<TPart> Parts, Func<TPart, Recipe> RecipeOf,
    Func<IReadOnlyList<TPart>, IPartBench<TPart>> OpenBench, InterleavedTimer Timer)
    where TPart : IProfiledPart;
