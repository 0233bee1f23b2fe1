using System.CommandLine;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Measurement;
using Puzzle.Native;

namespace Puzzle.ConsoleApp;

/// <summary>The engine that runs a model, and how ONNX Runtime stores its weights, as given on the command line.</summary>
internal static class OnnxChoices
{
    public const string OnnxEngine = "onnx";

    private static readonly Dictionary<string, (OnnxPrecision Precision, ElementType Type)> Precisions = new(StringComparer.Ordinal)
    {
        ["fp32"] = (OnnxPrecision.Float32, ElementType.Float32),
        ["fp16"] = (OnnxPrecision.Float16, ElementType.Float16),
        ["bf16"] = (OnnxPrecision.BFloat16, ElementType.BFloat16),
        ["int8"] = (OnnxPrecision.Int8, ElementType.Int8),
        ["int4"] = (OnnxPrecision.Int4, ElementType.Int4),
    };

    public static Option<string> Engine() =>
        new Option<string>("--engine") { Description = "What runs the model.", DefaultValueFactory = _ => "torch" }
        .AcceptOnlyFromAmong("torch", OnnxEngine);

    public static Option<string> Precision() => Precision("ONNX: how weights are stored.", "fp32", "int8", "int4");

    public static Option<string> Precision(string description, params string[] allowed) =>
        new Option<string>("--precision") { Description = description, DefaultValueFactory = _ => "fp32" }
        .AcceptOnlyFromAmong(allowed);

    /// <summary>Gives where ONNX Runtime runs a graph. Exports of these precisions are for the CPU, so a GPU is used only where it is
    /// asked for.</summary>
    /// <param name="device">The device's name.</param>
    public static OnnxSessionOptions SessionOn(string device)
    {
        ComputeDevice on = device == "auto" ? ComputeDevice.Cpu : DeviceOption.Of(device);
        return new OnnxSessionOptions { Device = on.IsCuda ? OnnxDevice.Cuda : OnnxDevice.Cpu, DeviceIndex = on.Index };
    }

    public static OnnxPrecision PrecisionOf(string name) => Precisions[name].Precision;

    public static ElementType TypeOf(string name) => Precisions[name].Type;
}
