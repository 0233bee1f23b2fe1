using Puzzle.Distillation.Losses;
using Puzzle.Text;

namespace Puzzle.Distillation.Global;

/// <summary>Which windows each step reads: one part for each window length.</summary>
internal sealed class TextPlan : IDisposable
{
    private readonly List<Part> _parts = [];

    public TextPlan(GlobalDistillationRequest request, GlobalDistillationOptions options, int totalSteps)
    {
        int[] later = [.. request.LaterStages.Select(stage => (int)Math.Round(stage.StepShare * totalSteps))];
        int windowTokens = request.Data.SequenceLength;
        _parts.Add(PartOf(request.Data, first: 0));
        int next = Math.Max(0, totalSteps - later.Sum());
        foreach ((TextStage stage, int steps) in request.LaterStages.Zip(later))
        {
            _parts.Add(PartOf(stage.Data, next));
            next += steps;
        }

        Part PartOf(PackedTokenDataset data, int first)
        {
            long length = data.SequenceLength;
            int windows = Math.Max(1, (int)((long)options.BatchSize * windowTokens / length));
            return new Part(data, first, windows, new DistillationLoss(options, windows * length, windows * (length - 1)));
        }
    }

    /// <summary>Gives the part a step belongs to.</summary>
    public Part At(int step) => _parts.FindLast(part => part.FirstStep <= step)!;

    /// <summary>Gives the most windows of a step that one of some workers takes.</summary>
    public int MostWindows(int workers) => _parts.Max(part => (part.Windows + workers - 1) / workers);

    /// <summary>Gets the tokens of the longest windows.</summary>
    public int LongestWindow => _parts.Max(part => part.Data.SequenceLength);

    public void Dispose() => _parts.ForEach(part => part.Loss.Dispose());

    /// <param name="Data">The text.</param>
    /// <param name="FirstStep">The step it begins with.</param>
    /// <param name="Windows">Windows of a step.</param>
    /// <param name="Loss">The loss, scaled to such a step.</param>
    internal sealed record Part(PackedTokenDataset Data, int FirstStep, int Windows, DistillationLoss Loss)
    {
        public int[] WindowsOf(int step) => Data.WindowsOf(step - FirstStep, Windows);
    }
}
