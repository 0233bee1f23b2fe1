using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Foundation;

namespace Puzzle.Library;

/// <summary>The file names of variants: readable, and a function of key and recipe alone.</summary>
internal static class VariantName
{
    public const string Extension = ".safetensors";

    private const int RecipeDigits = 12;

    /// <summary>Gives a file name, for example <c>03-ffn-352-1f0c5a93be77.safetensors</c>.</summary>
    /// <exception cref="ArgumentException">The key names no known config, or the recipe is empty or the parent's.</exception>
    public static string Of(SubblockKey key, string recipe)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentException.ThrowIfNullOrEmpty(recipe);
        if (recipe == SubblockVariant.ParentRecipe)
            throw new ArgumentException(
                $"{key}: the recipe '{recipe}' is for the parent's own subblocks, whose weights stay in the parent.", nameof(recipe));
        if (key.Layer < 0 || !Enum.IsDefined(key.Kind))
            throw new ArgumentException($"{key}: there is no such layer or kind.", nameof(key));
        bool isAttention = key.Kind == SubblockKind.Attention;
        Require(key, key.Config, isAttention);
        if (key.Beside is not null)
            Require(key, key.Beside, !isAttention);

        string digits = recipe.Length >= RecipeDigits && recipe.All(char.IsAsciiHexDigitLower) ? recipe : Fingerprint.Of(recipe);
        string beside = key.Beside is null ? "" : $"beside-{key.Beside}-";
        return string.Create(CultureInfo.InvariantCulture,
            $"{key.Layer:D2}-{(isAttention ? "attention" : "ffn")}-{key.Config}-{beside}{digits[..RecipeDigits]}{Extension}");
    }

    /// <summary>Names become parts of file names, so they have to be the canonical ones.</summary>
    private static void Require(SubblockKey key, string config, bool isAttention)
    {
        string? canonical;
        try
        {
            canonical = isAttention ? AttentionConfig.Parse(config).Name : FfnConfig.Parse(config).Name;
        }
        catch (FormatException unknown)
        {
            throw new ArgumentException($"{key}: {unknown.Message}", nameof(key), unknown);
        }
        if (config != canonical)
            throw new ArgumentException($"{key}: the config '{config}' has to be written '{canonical}'.", nameof(key));
    }
}
