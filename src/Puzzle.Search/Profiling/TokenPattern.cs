using static TorchSharp.torch;

namespace Puzzle.Search.Profiling;

/// <summary>Token ids that visit the vocabulary evenly: what they are does not matter for time, only that rows differ.</summary>
internal static class TokenPattern
{
    private const long Stride = 7919;

    /// <param name="batch">Sequences B.</param>
    /// <param name="tokens">Tokens T.</param>
    /// <param name="vocabularySize">Ids lie below it.</param>
    /// <param name="device">Where.</param>
    /// <returns>[B, T], 64-bit integers.</returns>
    public static Tensor Create(int batch, int tokens, int vocabularySize, Device device)
    {
        var ids = new long[checked(batch * tokens)];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = i * Stride % vocabularySize;
        using Tensor flat = tensor(ids);
        using Tensor shaped = flat.view(batch, tokens);
        return shaped.to(device, copy: true);
    }
}
