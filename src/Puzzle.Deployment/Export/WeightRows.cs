using System.Runtime.InteropServices;
using Puzzle.Checkpoints;
using static TorchSharp.torch;

namespace Puzzle.Deployment.Export;

/// <summary>A weight that is read a few rows at a time, so that a large one is never copied whole. A vector is one row.</summary>
/// <param name="Name">Its whole name.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Columns">The length of a row.</param>
/// <param name="Open">Gives the tensor, [rows, columns] or a vector; called in a dispose scope.</param>
internal sealed record WeightRows(string Name, int Rows, int Columns, Func<Tensor> Open)
{
    private const int PartElements = 4 << 20;

    /// <summary>Takes some whole rows.</summary>
    public delegate void Part(ReadOnlySpan<float> values);

    /// <summary>Gets a value indicating whether this is a vector.</summary>
    public bool IsVector { get; init; }

    /// <summary>Reads all rows in order, part by part.</summary>
    /// <param name="use">Receives each part.</param>
    /// <param name="cancellationToken">Stops between parts.</param>
    /// <exception cref="ArgumentException">The weight holds infinities or NaNs.</exception>
    public void ForEachPart(Part use, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Tensor whole = IsVector ? Open().view(1, Columns) : Open();
        int rows = Math.Max(1, PartElements / Columns);
        for (int first = 0; first < Rows; first += rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var partScope = NewDisposeScope();
            Tensor part = whole.narrow(0, first, Math.Min(rows, Rows - first)).to(ScalarType.Float32).cpu().contiguous();
            if (NonFinite.IndexOf(part.bytes, ScalarType.Float32) >= 0)
                throw new ArgumentException($"Weight '{Name}' holds infinities or NaNs.");
            use(MemoryMarshal.Cast<byte, float>(part.bytes));
            GC.KeepAlive(part);
        }
    }
}
