namespace Puzzle.Checkpoints.Families;

/// <summary>The families whose checkpoints are read and written.</summary>
internal static class FamilyTable
{
    private static readonly ModelFamily[] All =
    [
        LlamaFamily.Family, MistralFamily.Family, Qwen2Family.Family, Qwen3Family.Family, Gemma2Family.Family, Gemma3Family.Family,
        Phi3Family.Family,
        Olmo2Family.Family, GraniteFamily.Family, SmolLm3Family.Family, MixtralFamily.Family, Qwen3MoeFamily.Family, GptOssFamily.Family,
    ];

    // What else files call a family: published Puzzle models are Llama by another name, and so is what vLLM's AnyModel builds on.
    private static readonly (string Name, string ModelType)[] Aliases =
    [
        ("nemotron-nas", "llama"), ("deci", "llama"), ("DeciLMForCausalLM", "llama"), ("AnyModel", "llama"),
        ("gemma3", "gemma3_text"), ("Gemma3ForConditionalGeneration", "gemma3_text"),
    ];

    /// <summary>Gets every name a file may use as <c>model_type</c>, for messages.</summary>
    public static string ModelTypes { get; } = string.Join(
        ", ", All.Select(family => family.ModelType).Concat(Aliases.Select(alias => alias.Name).Where(name => !char.IsUpper(name[0]))));

    /// <summary>Gets every class a file may name in <c>architectures</c>, for messages.</summary>
    public static string ModelClasses { get; } = string.Join(
        ", ", All.Select(family => family.ModelClass).Concat(Aliases.Select(alias => alias.Name).Where(name => char.IsUpper(name[0]))));

    /// <summary>Finds a family by its model type or class, or an alias of them; null if it is unknown.</summary>
    public static ModelFamily? Find(string name)
    {
        string type = Aliases.FirstOrDefault(alias => alias.Name == name).ModelType ?? name;
        return All.FirstOrDefault(family => family.ModelType == type || family.ModelClass == type);
    }

    /// <summary>Gives the family of a model.</summary>
    /// <exception cref="ArgumentException">There is no such family.</exception>
    public static ModelFamily Of(string modelType) =>
        Find(modelType) ?? throw new ArgumentException($"There is no model family '{modelType}'; supported are {ModelTypes}.");
}
