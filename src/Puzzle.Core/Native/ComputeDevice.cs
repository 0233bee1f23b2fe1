using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Native;

/// <summary>Where torch computes: the CPU, or one of the machine's CUDA GPUs.</summary>
/// <param name="Type">The CPU or CUDA.</param>
/// <param name="Index">Which GPU, 0-based; 0 for the CPU.</param>
public sealed record ComputeDevice(DeviceType Type, int Index)
{
    private const string Forms = "expected auto, cpu, cuda or cuda:n";

    private const string Remedy = "reference TorchSharp-cuda-linux or TorchSharp-cuda-windows instead of TorchSharp-cpu, or set "
        + "PUZZLE_LIBTORCH to an installed CUDA torch's lib folder";

    /// <summary>Gets the CPU.</summary>
    public static ComputeDevice Cpu { get; } = new(DeviceType.CPU, 0);

    /// <summary>Gets a value indicating whether it is a GPU.</summary>
    public bool IsCuda => Type == DeviceType.CUDA;

    /// <summary>Gets the device for torch.</summary>
    public Device Torch => IsCuda ? new Device(DeviceType.CUDA, Index) : CPU;

    /// <summary>Gets what a parent is best kept in there: brain floats on a GPU, whose tensor cores multiply them many times as fast,
    /// 32-bit floats on the CPU.</summary>
    public ScalarType ParentType => IsCuda ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>Gets its name, which results and times are known by: for example <c>CUDA, NVIDIA H200, TF32</c>.</summary>
    public string Name => DeviceName.Of(Type, Index);

    /// <summary>Gets what a user should be told about the choice, one sentence; null if there is nothing to tell.</summary>
    public string? Notice { get; private init; }

    /// <summary>Says what is wrong with the name of a device, whatever the machine has.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Null for <c>auto</c>, <c>cpu</c>, <c>cuda</c> and <c>cuda:n</c>.</returns>
    public static string? ProblemWith(string? name) =>
        name is "auto" or "cpu" || IndexOf(name) is not null ? null : $"The device '{name}' is unknown: {Forms}.";

    /// <summary>Gives the device of a name, which must be there; on a GPU, 32-bit products use TensorFloat-32 from here on.</summary>
    /// <param name="name"><c>auto</c> (the first GPU that torch can use, else the CPU), <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</param>
    /// <exception cref="ArgumentException">The name is unknown, or there are fewer GPUs.</exception>
    /// <exception cref="NotSupportedException">This torch cannot use a GPU.</exception>
    public static ComputeDevice Resolve(string name)
    {
        if (name == "cpu")
            return Cpu;
        if (ProblemWith(name) is { } problem)
            throw new ArgumentException(problem, nameof(name));
        TorchRuntime.Initialize();
        ComputeDevice device = Choose(name, cuda.is_available() ? cuda.device_count() : 0, CudaDriver.NameOf(0));
        if (device.IsCuda)
            backends.cuda.matmul.allow_tf32 = backends.cudnn.allow_tf32 = true;
        return device;
    }

    /// <summary>Gives the device of a name on a machine with so many usable GPUs.</summary>
    /// <param name="name">A name without a problem.</param>
    /// <param name="usable">The GPUs that torch can use.</param>
    /// <param name="present">The first GPU that the driver names, usable or not; null if there is none.</param>
    internal static ComputeDevice Choose(string name, int usable, string? present)
    {
        if (name == "cpu")
            return Cpu;
        if (name == "auto" && usable == 0)
            return present is null
                ? Cpu
                : Cpu with { Notice = $"This machine has an {present}, but this torch cannot use it: computing on the CPU. To use it, "
                    + $"{Remedy}." };
        if (usable == 0)
            throw new NotSupportedException($"This torch has no CUDA device: {Remedy}.");
        int index = IndexOf(name) ?? 0;
        if (index >= usable)
            throw new ArgumentException($"There is no {name}: torch can use {usable} CUDA devices, cuda:0 to cuda:{usable - 1}.");
        string? notice = name == "auto" ? $"Computing on cuda:{index}, {present ?? "a GPU without a name"}." : null;
        return new ComputeDevice(DeviceType.CUDA, index) { Notice = notice };
    }

    /// <summary>Gives the name that <see cref="Resolve"/> takes.</summary>
    public override string ToString() => IsCuda ? string.Create(CultureInfo.InvariantCulture, $"cuda:{Index}") : "cpu";

    private static int? IndexOf(string? name)
    {
        const string Prefix = "cuda:";
        if (name == "cuda")
            return 0;
        return name?.StartsWith(Prefix, StringComparison.Ordinal) == true
            && int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : null;
    }
}
