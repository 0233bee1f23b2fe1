namespace Puzzle.Library;

/// <summary>Which alternative of which subblock; several trainings of the same key may exist.</summary>
/// <param name="Layer">The layer, 0-based.</param>
/// <param name="Kind">Attention or FFN.</param>
/// <param name="Config">The name of its config, for example <c>gqa-2</c> or <c>352</c>.</param>
/// <param name="Beside">The name of the partner subblock's config it was trained beside; null for the parent's own (decoupled BLD).</param>
public sealed record SubblockKey(int Layer, SubblockKind Kind, string Config, string? Beside = null)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"layer {Layer} {(Kind == SubblockKind.Attention ? "attention" : "ffn")} {Config}{(Beside is null ? "" : $" beside {Beside}")}";
}
