using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Checkpoints.Families;

/// <summary>A family of models: how its config.json says which features they have, and how its checkpoints name weights.</summary>
/// <param name="ModelType">The <c>model_type</c> of its files.</param>
/// <param name="ModelClass">The class that <c>architectures</c> names.</param>
internal sealed record ModelFamily(string ModelType, string ModelClass)
{
    /// <summary>
    /// Gets the values that members absent from a file have, a JSON object; a member that is null keeps that. Only what differs from
    /// the common defaults: as many key-value heads as query heads, a head size of hidden size / heads, an untied head, no window.
    /// </summary>
    public string Defaults { get; init; } = "{}";

    /// <summary>Gets the member that names the activation.</summary>
    public string ActivationKey { get; init; } = "hidden_act";

    /// <summary>Gets a value indicating whether <c>partial_rotary_factor</c> counts; if not, it can only be 1.</summary>
    public bool HasPartialRotary { get; init; }

    /// <summary>Gets a value indicating whether layers with a window have a rotary embedding of their own.</summary>
    public bool HasLocalRotary { get; init; }

    /// <summary>Gets a value indicating whether <c>original_max_position_embeddings</c> stands beside the rotary scaling, not in
    /// it.</summary>
    public bool NamesOriginalContext { get; init; }

    /// <summary>Gets members beside the common ones that do not change what the family computes.</summary>
    public IReadOnlyList<string> Harmless { get; init; } = [];

    /// <summary>Gets the function that takes the family's own members from a config, given the model that the common ones
    /// describe.</summary>
    public Func<ConfigObject, ModelConfig, ModelConfig> Read { get; init; } = (_, model) => model;

    /// <summary>Gets the action that writes the family's own members.</summary>
    public Action<Utf8JsonWriter, ModelConfig> Write { get; init; } = (_, _) => { };

    /// <summary>Gets how a layer's weights are stored where names or shapes differ from <see cref="WeightNames"/>.</summary>
    public IReadOnlyList<WeightLayout> Layouts { get; init; } = [];

    /// <summary>Gets what stored names may start with, and what that stands for; null for weights of other parts than the
    /// decoder.</summary>
    public IReadOnlyList<(string Prefix, string? Meaning)> Prefixes { get; init; } = [];
}
