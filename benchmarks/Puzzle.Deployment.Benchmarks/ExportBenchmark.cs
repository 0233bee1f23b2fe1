using System.Diagnostics;
using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Deployment.Export;
using static TorchSharp.torch;

namespace Puzzle.Deployment.Benchmarks;

/// <summary>Exports a checkpoint of 1 GB: how near the rate comes to that of writing a file, and how much memory it takes.</summary>
internal static class ExportBenchmark
{
    private const int Rounds = 3;

    private static readonly ModelConfig Config = new()
    {
        VocabularySize = 32000,
        HiddenSize = 1024,
        AttentionHeads = 16,
        HeadSize = 64,
        MaxPositions = 1024,
        Architecture = Architecture.Uniform(16, BlockConfig.Parse("gqa-8/2816")),
    };

    public static void Run()
    {
        string folder = Directory.CreateTempSubdirectory("puzzle-benchmark-").FullName;
        try
        {
            string source = Path.Combine(folder, "checkpoint"), target = Path.Combine(folder, "onnx");
            WriteCheckpoint(source);
            long largest = WeightNames.Model(Config).Max(weight => weight.ElementCount) * sizeof(float);
            using CheckpointFolder checkpoint = CheckpointFolder.Open(source);
            foreach (OnnxPrecision precision in new[] { OnnxPrecision.Float32, OnnxPrecision.Int4 })
            {
                for (int round = 0; round < Rounds; round++)
                {
                    double disk = WriteFile(Path.Combine(folder, "plain"), 1L << 30);
                    using var memory = new PeakMemory();
                    long start = Stopwatch.GetTimestamp();
                    OnnxExporter.Export(Config, name => checkpoint.Read(name), target, new OnnxExportOptions { Precision = precision });
                    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds, peak = memory.Stop();
                    long bytes = new FileInfo(Path.Combine(target, OnnxExporter.DataFile)).Length;
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"export {precision}: {bytes / 1e6:F0} MB in {seconds:F2} s, {bytes / seconds / 1e6:F0} MB/s; a plain file " +
                            $"{disk / 1e6:F0} MB/s: {bytes / seconds / disk:P0}; peak memory {peak / 1e6:F0} MB above the start, " +
                                $"{(peak - largest) / 1e6:F0} MB above the largest tensor ({largest / 1e6:F0} MB)"));
                    Directory.Delete(target, recursive: true);
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void WriteCheckpoint(string folder)
    {
        var shapes = WeightNames.Model(Config).ToDictionary(weight => weight.Name, weight => weight.Shape.ToArray());
        using var generator = new Generator(1, CPU);
        CheckpointWriter.Save(
            folder, Config, name => normal(0, 0.02, shapes[name], ScalarType.Float32, CPU, generator: generator), ScalarType.Float32);
    }

    private static double WriteFile(string path, long length)
    {
        byte[] part = new byte[16 << 20];
        new Random(1).NextBytes(part);
        long start = Stopwatch.GetTimestamp();
        using (FileStream stream = File.Create(path))
        {
            for (long written = 0; written < length; written += part.Length)
                stream.Write(part);
            stream.Flush(flushToDisk: true);
        }
        double rate = length / Stopwatch.GetElapsedTime(start).TotalSeconds;
        File.Delete(path);
        return rate;
    }
}
