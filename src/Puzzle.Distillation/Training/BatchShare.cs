namespace Puzzle.Distillation.Training;

/// <summary>Cuts a batch over workers, as evenly as it goes.</summary>
internal static class BatchShare
{
    public static (int Start, int End) Of(int batch, int workers, int worker) =>
        ((int)((long)batch * worker / workers), (int)((long)batch * (worker + 1) / workers));
}
