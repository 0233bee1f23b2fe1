namespace Puzzle.Models;

/// <content>What work with a model may take.</content>
public sealed partial class CausalLanguageModel
{
    /// <summary>Gets or sets the most memory that distilling from this resident model and scoring its blocks may take on its device, in
    /// bytes, the process (on a GPU the CUDA context) and the weights included. Fewer workers run side by side, longer texts are gone
    /// through in parts, and if that is not enough fewer windows are computed at once, which changes the last bits of results.</summary>
    /// <value>Null by default: what is free on the device when the work begins bounds the workers and the parts of texts, which change no
    /// bit, and windows are computed together as asked for until memory runs out.</value>
    public long? MaxMemoryBytes { get; set; }
}
