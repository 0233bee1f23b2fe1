using System.Diagnostics;
using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Distillation.Training;
using Puzzle.Library;
using Puzzle.Models;
using Puzzle.Native;
using Puzzle.Text;
using static TorchSharp.torch;

namespace Puzzle.GpuCheck;

/// <summary>Measures how much of the rate of a large matrix product the loops reach. What two trainings of different length have in common
/// is left out.</summary>
internal sealed class RateCheck(CheckSizes sizes, ComputeDevice device)
{
    private const int Repeats = 10;

    // Two operations for each weight and token forward, four backward.
    private const double Forward = 2, Backward = 4;

    private readonly PackedTokenDataset _text = CheckTraining.Text(sizes.Rate, sizes.RateTokens);

    private double StepTokens => CheckTraining.BatchSize * sizes.RateTokens;

    public async Task<IReadOnlyList<RateRow>> RunAsync(CancellationToken cancellationToken)
    {
        double product = Product();
        using CausalLanguageModel parent = CheckTraining.Parent(sizes.Rate, device.Torch, device.ParentType);
        TrainingPrecision precision = device.IsCuda ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32;
        RateRow blockwise = await RowAsync("blockwise distillation", product, BlockwiseOperations(), async steps =>
        {
            string folder = Directory.CreateTempSubdirectory("puzzle-gpu-check").FullName;
            try
            {
                using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder, "check");
                await CheckTraining.BlockwiseAsync(parent, _text, library, ..1, steps, precision, cancellationToken);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        RateRow global = await RowAsync("global distillation", product, GlobalOperations(), steps =>
            CheckTraining.GlobalAsync(parent, _text, steps, precision, cancellationToken));
        return [new RateRow("product of brain floats", product / 1e12, 1, 0, Memory()), blockwise, global];
    }

    private async Task<RateRow> RowAsync(string what, double product, double operationsPerStep, Func<int, Task> train)
    {
        await train(1);
        (double few, _) = await TimeAsync(sizes.Steps);
        (double more, int reads) = await TimeAsync(2 * sizes.Steps);
        double rate = sizes.Steps * operationsPerStep / Math.Max(more - few, 1e-9);
        return new RateRow(what, rate / 1e12, rate / product, reads / (2.0 * sizes.Steps), Memory());

        async Task<(double Seconds, int Reads)> TimeAsync(int steps)
        {
            int reads = 0;
            using IDisposable watching = HostRead.Watch(_ => Interlocked.Increment(ref reads));
            long start = Stopwatch.GetTimestamp();
            await train(steps);
            return (Stopwatch.GetElapsedTime(start).TotalSeconds, reads);
        }
    }

    // Of the first layer's variants: what is trained forward and backward, the half beside it forward, and back through where it follows.
    private double BlockwiseOperations()
    {
        SearchSpace space = CheckTraining.Space(sizes.Rate);
        BlockConfig own = space.Parent[0];
        double attention = ParameterCounter.Attention(sizes.Rate, own.Attention), ffn = ParameterCounter.Ffn(sizes.Rate, own.Ffn);
        double weights = space.Attention(0).Skip(1)
            .Sum(one => ((Forward + Backward) * ParameterCounter.Attention(sizes.Rate, one)) + (2 * Forward * ffn))
            + space.Ffn(0).Skip(1).Sum(one => ((Forward + Backward) * ParameterCounter.Ffn(sizes.Rate, one)) + (Forward * attention));
        return StepTokens * weights;
    }

    private double GlobalOperations()
    {
        ModelConfig child = sizes.Rate with
        {
            Architecture = Architecture.Uniform(sizes.Rate.Layers, CheckTraining.Space(sizes.Rate).Blocks(0).Last()),
        };
        return StepTokens * ((Forward * ParameterCounter.Total(sizes.Rate)) + ((Forward + Backward) * ParameterCounter.Total(child)));
    }

    private double Product()
    {
        using var scope = NewDisposeScope();
        ScalarType type = device.IsCuda ? ScalarType.BFloat16 : ScalarType.Float32;
        Tensor one = ones(sizes.Product, sizes.Product, dtype: type, device: device.Torch);
        Read(one.matmul(one));
        long start = Stopwatch.GetTimestamp();
        Tensor result = one;
        for (int i = 0; i < Repeats; i++)
            result = one.matmul(one);
        Read(result);
        double size = sizes.Product;
        return Repeats * 2 * size * size * size / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Reading a number waits for all that was asked before.
    private static void Read(Tensor tensor) => HostRead.Numbers("product", tensor[0, 0]);

    private double? Memory()
    {
        if (!device.IsCuda)
            return Environment.WorkingSet / 1048576.0;
        try
        {
            using Process tool = Process.Start(new ProcessStartInfo(
                "nvidia-smi",
                ["--query-gpu=memory.used", "--format=csv,noheader,nounits", "-i", device.Index.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardOutput = true,
            })!;
            return double.Parse(tool.StandardOutput.ReadToEnd().Trim(), CultureInfo.InvariantCulture);
        }
        catch (Exception absent) when (absent is System.ComponentModel.Win32Exception or FormatException)
        {
            return null;
        }
    }
}
