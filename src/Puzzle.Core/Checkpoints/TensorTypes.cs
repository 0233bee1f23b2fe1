using static TorchSharp.torch;

namespace Puzzle.Checkpoints;

/// <summary>The element types that both safetensors and TorchSharp know.</summary>
internal static class TensorTypes
{
    private static readonly (string Name, ScalarType Type, int Bytes)[] Known =
    [
        ("F64", ScalarType.Float64, 8),
        ("F32", ScalarType.Float32, 4),
        ("F16", ScalarType.Float16, 2),
        ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8),
        ("I32", ScalarType.Int32, 4),
        ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1),
        ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>Gets the names safetensors uses, for messages.</summary>
    public static string Names { get; } = string.Join(", ", Known.Select(known => known.Name));

    /// <summary>Finds a type by its safetensors name.</summary>
    public static bool TryParse(string name, out ScalarType type)
    {
        int index = Array.FindIndex(Known, known => known.Name == name);
        type = index < 0 ? default : Known[index].Type;
        return index >= 0;
    }

    /// <summary>Gives the safetensors name of a type.</summary>
    /// <exception cref="NotSupportedException">Safetensors has no such type.</exception>
    public static string NameOf(ScalarType type) => Find(type).Name;

    /// <summary>Gives the size of one element in bytes.</summary>
    /// <exception cref="NotSupportedException">Safetensors has no such type.</exception>
    public static int ElementBytes(ScalarType type) => Find(type).Bytes;

    /// <summary>Gives the name Hugging Face configs use, for example <c>bfloat16</c>.</summary>
    /// <exception cref="NotSupportedException">Weights are not stored in this type.</exception>
    public static string ConfigNameOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => "float64",
        ScalarType.Float32 => "float32",
        ScalarType.Float16 => "float16",
        ScalarType.BFloat16 => "bfloat16",
        _ => throw new NotSupportedException($"Weights are floating-point numbers, not {type}."),
    };

    /// <summary>Tells whether weights may have this type.</summary>
    public static bool IsFloatingPoint(ScalarType type) =>
        type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16;

    private static (string Name, ScalarType Type, int Bytes) Find(ScalarType type)
    {
        int index = Array.FindIndex(Known, known => known.Type == type);
        return index >= 0 ? Known[index] : throw new NotSupportedException($"Safetensors files here hold {Names}; not {type}.");
    }
}
