using System.Runtime.CompilerServices;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using static TorchSharp.torch;

namespace Puzzle.CustomScorer;

/// <summary>Scores blocks by what replacing them does to the questions of a domain: the mean loss of the right choice among the
/// choices.</summary>
public sealed class QuestionScorer(IReadOnlyList<Question> questions, string questionsFingerprint) : IBlockScorer
{
    public static ScoreMetric Metric { get; } = new("question_loss", HigherIsBetter: false, Identity: null);

    public IReadOnlyList<ScoreMetric> Metrics { get; } = [Metric];

    public async IAsyncEnumerable<BlockScore> ScoreAsync(
        ScoringRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<BlockVariant> host = request.Beside ?? [.. Enumerable.Range(
            0, request.Parent.Config.Layers).Select(layer => new BlockVariant(
            SubblockVariant.OfParent(request.Parent, layer, SubblockKind.Attention),
            SubblockVariant.OfParent(request.Parent, layer, SubblockKind.Ffn)))];
        foreach (BlockVariant candidate in request.Candidates)
        {
            cancellationToken.ThrowIfCancellationRequested();
            BlockVariant[] blocks = [.. host.Select(block => block.Layer == candidate.Layer ? candidate : block)];
            string fingerprint = Fingerprint.Of(
                [
                    "questions", questionsFingerprint, request.Library.ParentFingerprint,
                    .. blocks.Where(block => block.Layer != candidate.Layer).Select(block => block.Id)
                ]);
            if (request.Library.FindScore(candidate.Id, fingerprint) is not { } score)
            {
                double loss = await Task.Run(() => LossOf(request, blocks), cancellationToken);
                score = new BlockScore(
                    candidate.Id, candidate.Layer, candidate.Config.Name, fingerprint,
                    new Dictionary<string, double> { [Metric.Name] = loss });
                request.Library.AddScore(score);
            }
            yield return score;
        }
    }

    private double LossOf(ScoringRequest request, BlockVariant[] blocks)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using CausalLanguageModel model = request.Library.Assemble(blocks, request.Parent);
        return questions.Average(question =>
        {
            double[] likelihoods = [.. question.Choices.Select(choice => LogLikelihood(model, question.Prompt, choice))];
            double largest = likelihoods.Max();
            return largest + Math.Log(likelihoods.Sum(one => Math.Exp(one - largest))) - likelihoods[question.Answer];
        });
    }

    /// <summary>The mean log-likelihood of a choice's tokens after the prompt.</summary>
    private static double LogLikelihood(CausalLanguageModel model, int[] prompt, int[] choice)
    {
        using var scope = NewDisposeScope();
        long[] ids = [.. prompt.Concat(choice).Select(id => (long)id)];
        Tensor logits = model.Forward(tensor(ids, device: model.Device).unsqueeze(0))[0];
        Tensor predicted = logits.slice(0, prompt.Length - 1, ids.Length - 1, 1).log_softmax(1);
        Tensor right = tensor(ids[prompt.Length..], device: model.Device).unsqueeze(1);
        return predicted.gather(1, right).mean().item<float>();
    }
}
