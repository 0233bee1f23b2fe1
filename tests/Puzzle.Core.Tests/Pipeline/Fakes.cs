using System.Runtime.CompilerServices;
using Puzzle.Distillation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Scoring;
using Puzzle.Search;
using static TorchSharp.torch;

namespace Puzzle.Tests.Pipeline;

/// <summary>Roles so simple that what the pipeline makes of them is known.</summary>
internal static class Fakes
{
    /// <summary>Makes the no-op variants of every layer.</summary>
    public sealed class Blockwise : IDistiller<BlockwiseDistillationRequest, BlockwiseDistillationResult>
    {
        public int Made { get; private set; }

        public Task<BlockwiseDistillationResult> DistillAsync(
            BlockwiseDistillationRequest request, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellationToken = default)
        {
            var variants = new List<SubblockVariant>();
            for (int layer = 0; layer < request.SearchSpace.Layers; layer++)
            {
                foreach (SubblockKind kind in Enum.GetValues<SubblockKind>())
                {
                    var key = new SubblockKey(layer, kind, "noop");
                    cancellationToken.ThrowIfCancellationRequested();
                    variants.Add(TinyModel.Own(request.Parent.Model, layer, kind));
                    if (request.Library.Find(key, "fake") is null)
                    {
                        request.Library.Add(key, "fake", new Dictionary<string, Tensor>(), []);
                        Made++;
                    }
                    variants.Add(request.Library.Find(key, "fake")!);
                }
                progress?.Report(new TrainingProgress("fake", layer + 1, request.SearchSpace.Layers));
            }
            return Task.FromResult(new BlockwiseDistillationResult(variants));
        }
    }

    /// <summary>Trains nothing.</summary>
    public sealed class Global : IDistiller<GlobalDistillationRequest, GlobalDistillationResult>
    {
        public List<GlobalDistillationRequest> Requests { get; } = [];

        public Task<GlobalDistillationResult> DistillAsync(
            GlobalDistillationRequest request, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            Requests.Add(request);
            return Task.FromResult(new GlobalDistillationResult([new LossRecord(0, 1)]));
        }
    }

    /// <summary>Removing an earlier layer does more harm.</summary>
    public sealed class Scorer : IBlockScorer
    {
        public IReadOnlyList<ScoreMetric> Metrics { get; } = [new("harm", HigherIsBetter: false, Identity: 0)];

        public int Scored { get; private set; }

        public async IAsyncEnumerable<BlockScore> ScoreAsync(
            ScoringRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (BlockVariant candidate in request.Candidates)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                if (request.Library.FindScore(candidate.Id, "text") is not { } score)
                {
                    double parts = (candidate.Attention.IsParent ? 0 : 1) + (candidate.Ffn.IsParent ? 0 : 1.5);
                    score = new BlockScore(
                        candidate.Id, candidate.Layer, candidate.Config.Name, "text",
                        new Dictionary<string, double> { ["harm"] = parts / (candidate.Layer + 1) });
                    request.Library.AddScore(score);
                    Scored++;
                }
                yield return score;
            }
        }
    }

    /// <summary>Costs from shapes.</summary>
    public sealed class Profiler : IThroughputProfiler
    {
        public Task<CostTable> ProfileAsync(
            ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        {
            progress?.Report(1);
            return Task.FromResult(MemoryModel.Table(request));
        }
    }

    /// <summary>Tries every architecture.</summary>
    public sealed class Solver : IArchitectureSolver
    {
        public SearchResult Solve(SearchProblem problem, CancellationToken cancellationToken = default)
        {
            problem.Validate();
            IEnumerable<IReadOnlyList<LayerChoice>> all = [[]];
            for (int layer = 0; layer < problem.Layers.Count; layer++)
            {
                int at = layer;
                all = [.. all.SelectMany(start => problem.Layers[at].Select(
                    variant => (IReadOnlyList<LayerChoice>)[.. start, problem.Choose(at, variant.Name)]))];
            }
            var best = all
                .Where(choice => problem.PreviousArchitectures.All(
                    previous => previous.Zip(choice).Count(pair => pair.First != pair.Second) >= problem.MinimumDistance))
                .Where(choice => problem.Constraints.All(constraint => constraint.IsMetBy(problem.TotalsOf(choice)[constraint.Cost])))
                .MinBy(problem.ScoreOf);
            return best is null
                ? new SearchResult
                {
                    Status = SearchStatus.Infeasible,
                    Solver = "fake",
                    Infeasibility = new InfeasibilityReport([]),
                }
                : new SearchResult
                {
                    Status = SearchStatus.Optimal,
                    Solver = "fake",
                    Choice = best,
                    Objective = problem.ScoreOf(best),
                    Bound = problem.ScoreOf(best),
                    Totals = problem.TotalsOf(best),
                };
        }
    }
}
