using System.Globalization;
using Puzzle.Architectures;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Models;
using Puzzle.Text;

namespace Puzzle.Deployment.Benchmarks.LlamaCpp;

/// <summary>Greedy decode of the same weights at equal bits in ONNX Runtime and in llama.cpp, engines taking turns.</summary>
internal static class LlamaCppBenchmark
{
    private const int PromptTokens = 64, Generated = 32;
    // The first round pages weights in and has code compiled.
    private const int WarmUp = 1;

    public static void Run(BenchmarkArguments arguments)
    {
        if (LlamaCppLibrary.TryLoad() is not { } library)
        {
            Console.WriteLine("PUZZLE_LLAMA_CPP does not name a folder where .ci/install-llama-cpp installed llama.cpp");
            return;
        }
        double bandwidth = MemoryBandwidth.Measure(arguments.Threads);
        Console.WriteLine(FormattableString.Invariant(
            $"ONNX Runtime beside llama.cpp: {arguments.Threads} threads; memory is read at {bandwidth:F1} GB/s"));
        foreach ((string name, ModelConfig config) in new[] { ("36 M", BenchmarkModels.Million36), ("135 M", BenchmarkModels.Million135) })
        {
            string folder = Directory.CreateTempSubdirectory("puzzle-benchmark-").FullName;
            try
            {
                Export(config, folder, library);
                foreach (OnnxPrecision precision in new[] { OnnxPrecision.Float32, OnnxPrecision.Int8, OnnxPrecision.Int4 })
                {
                    foreach (int batch in new[] { 1, 8 })
                        Run($"{name,-5} {precision,-7} batch {batch}", config, Path.Combine(folder, precision.ToString()), batch, bandwidth,
                            library, arguments);
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static void Export(ModelConfig config, string folder, LlamaCppLibrary library)
    {
        using CausalLanguageModel model = RandomWeights.Create(config, seed: 1);
        foreach (OnnxPrecision precision in new[] { OnnxPrecision.Float32, OnnxPrecision.Int8, OnnxPrecision.Int4 })
        {
            var export = new OnnxExportOptions { Precision = precision, QuantizeEmbedding = precision != OnnxPrecision.Float32 };
            OnnxExporter.Export(model, Path.Combine(folder, precision.ToString()), export);
        }
        Tokenizer tokenizer = BytePairTrainer.Train(["a"], new BytePairTrainerOptions { VocabularySize = 257 });
        foreach ((string name, GgufTensorType type) in new[] { ("Float32", GgufTensorType.F32), ("Int8", GgufTensorType.Q8) })
        {
            var export = new GgufExportOptions { Tokenizer = tokenizer, TensorType = type };
            GgufExporter.Export(model, Path.Combine(folder, name + ".gguf"), export);
        }
        library.QuantizeTo4Bits(Path.Combine(folder, "Float32.gguf"), Path.Combine(folder, "Int4.gguf"));
    }

    private static void Run(string title, ModelConfig config, string path, int batch, double bandwidth, LlamaCppLibrary library,
        BenchmarkArguments arguments)
    {
        var random = new Random(1);
        int[][] prompts =
        [
            .. Enumerable.Range(0, batch).Select(_ => Enumerable.Range(0, PromptTokens)
                .Select(_ => random.Next(config.VocabularySize)).ToArray()),
        ];
        OnnxTextGenerator model = OnnxTextGenerator.Load(path, new OnnxSessionOptions { Threads = arguments.Threads });
        double megabytes = model.Decoder.WeightBytes / 1e6;
        using var onnx = new OnnxGreedyDecoder(model, prompts, Generated);
        using var llama = new LlamaCppModel(
            library, path + ".gguf", arguments.Threads, config.VocabularySize, prompts, PromptTokens + Generated);
        DecodeSamples ours = new(onnx), theirs = new(llama);
        for (int round = 0; round < WarmUp + arguments.Rounds; round++)
        {
            ours.Add(Generated, round >= WarmUp);
            theirs.Add(Generated, round >= WarmUp);
        }
        double same = ours.Tokens.Zip(theirs.Tokens).Count(pair => pair.First == pair.Second) / (double)ours.Tokens.Count;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {title}: {Ratio(ours.Wall, theirs.Wall):F2}x llama.cpp, by processor time " +
                $"{Ratio(ours.Processor, theirs.Processor):F2}x; step {Step(ours)}, llama.cpp {Step(theirs)}; ceiling " +
                    $"{megabytes / bandwidth:F2} ms ({megabytes:F0} MB); {same:P0} same tokens"));
    }

    private static double Ratio(IReadOnlyList<double> ours, IReadOnlyList<double> theirs) =>
        DecodeSamples.Median(ours.Zip(theirs, (our, their) => their / our));

    private static string Step(DecodeSamples samples) => string.Create(CultureInfo.InvariantCulture,
        $"{DecodeSamples.Median(samples.Wall):F2} ms (processor {DecodeSamples.Median(samples.Processor):F2})");
}
