using System.Diagnostics;
using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Training.Benchmarks;

/// <summary>Loading a checkpoint of 135 M brain floats against reading its file.</summary>
internal static class LoadBenchmark
{
    private static readonly ModelConfig Config = BenchmarkModel.Config with
    {
        VocabularySize = 49_152,
        HiddenSize = 576,
        AttentionHeads = 9,
        HeadSize = 64,
        Architecture = Puzzle.Architectures.Architecture.Uniform(30, BlockConfig.Parse("gqa-3/1536")),
    };

    public static void Run()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            RandomWeights.Save(folder, Config, 1);
            byte[] buffer = new byte[1 << 20];
            double read = Median(() =>
            {
                using FileStream file = File.OpenRead(Path.Combine(folder, "model.safetensors"));
                while (file.Read(buffer) > 0)
                {
                }
            });
            double wide = Median(() => CausalLanguageModel.Load(folder).Dispose());
            double narrow = Median(() => CausalLanguageModel.Load(folder, ScalarType.BFloat16).Dispose());
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"load: {Config.Layers} layers, 269 MB: read {read:F3} s, as 32-bit floats {wide:F3} s ({wide / read:F1}x), as they are "
                + $"{narrow:F3} s ({narrow / read:F1}x), processor time"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Median(Action action)
    {
        var times = new List<double>();
        for (int round = 0; round < 5; round++)
        {
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            action();
            times.Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
        }
        return times.Order().ElementAt(2);
    }
}
