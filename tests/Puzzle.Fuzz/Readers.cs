using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Onnx;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Measurement.Tasks;
using Puzzle.Search;
using Puzzle.Search.Interchange;
using Puzzle.Text;
using TorchSharp;

namespace Puzzle.Tests;

/// <summary>Everything that reads files.</summary>
internal static class Readers
{
    private const string Text = "a b <s> 12 \u00E9\uFFFE";

    public static IReadOnlyList<Reader> All { get; } =
        [.. Checkpoints(), .. Texts(), .. Tasks(), .. Searches(), .. Libraries(), .. Exports(), .. RunReaders.All()];

    private static IEnumerable<Reader> Checkpoints()
    {
        IReadOnlyDictionary<string, byte[]> model = Corpus.Model();
        yield return new Reader("config", "config.json", Corpus.Configs(), path => HuggingFaceConfig.Read(path).Validate());
        yield return new Reader("generationconfig", "generation_config.json", [Corpus.Utf8("""{"bos_token_id":1,"eos_token_id":[2,3],"do_sample":false}""")], path => CheckpointFolder.Open(Path.GetDirectoryName(path)!).Dispose())
        {
            Cost = 5,
            Beside = model,
        };
        yield return new Reader(
            "index", "model.safetensors.index.json", [Corpus.Index()],
            path => CheckpointFolder.Open(Path.GetDirectoryName(path)!).Dispose())
        {
            Cost = 5,
            Beside = model,
        };
        yield return new Reader("safetensors", "tensors.safetensors", [model["model.safetensors"]], ReadTensors);
    }

    private static IEnumerable<Reader> Texts()
    {
        yield return new Reader("tokjson", "tokenizer.json", Corpus.Tokenizers(), path => Use(Tokenizer.Parse(TextFile.ReadAllText(path))));
        yield return new Reader(
            "tokjsonfile", "tokenizer_config.json", Corpus.TokenizerConfigs(), path => Use(Tokenizer.Load(Path.GetDirectoryName(path)!)))
        {
            Beside = new Dictionary<string, byte[]> { ["tokenizer.json"] = Corpus.Tokenizers()[0] },
        };
        yield return new Reader("sentencepiece", "tokenizer.model", [Corpus.SentencePieces()], path => Use(Tokenizer.Load(path)));
        yield return new Reader("vocab", "vocab.json", [Corpus.Utf8("""{"a":0,"b":1,"ab":2,"<|endoftext|>":3}""")], path => Use(Tokenizer.FromVocabularyAndMerges(path, Path.Combine(Path.GetDirectoryName(path)!, "merges.txt"))))
        {
            Beside = new Dictionary<string, byte[]> { ["merges.txt"] = Corpus.Utf8("#version: 0.2\na b\n") },
        };
        yield return new Reader(
            "merges", "merges.txt", [Corpus.Utf8("#version: 0.2\na b\n")],
            path => Use(Tokenizer.FromVocabularyAndMerges(Path.Combine(Path.GetDirectoryName(path)!, "vocab.json"), path)))
        {
            Beside = new Dictionary<string, byte[]> { ["vocab.json"] = Corpus.Utf8("""{"a":0,"b":1,"ab":2,"<|endoftext|>":3}""") },
        };
        yield return new Reader(
            "windows", "windows.json", [Corpus.Utf8("[[1,2,3],[4,5,6]]")], path => PackedTokenDataset.FromJson(path, 10));
        yield return new Reader(
            "documents", "text.txt", [Corpus.Utf8("One.\n<|endoftext|>\nTwo \u00E9.\n\nThree.")],
            path => _ = TextDocuments.Read(path, "\n\n").Count());
    }

    private static IEnumerable<Reader> Tasks()
    {
        yield return new Reader(
            "mmlu", "anatomy_test.csv", [Corpus.Utf8("What?,a,b,\"c, \"\"d\"\"\",e,B\nWho?,1,2,3,4,0\n")], path => MmluReader.Read(path));
        yield return new Reader("blimp", "pairs.jsonl", [Corpus.Blimp()], path => BlimpReader.Read(path));
        yield return new Reader("blimpzip", "pairs.zip", [Corpus.BlimpZip()], path => BlimpReader.Read(path));
        yield return new Reader(
            "lambada", "lambada.jsonl", [Corpus.Utf8("{\"text\":\"the last word is here\"}\n{\"text\":\"another one\"}\n")],
            path => LambadaReader.Read(path));
    }

    private static IEnumerable<Reader> Searches()
    {
        ScoredLibrary library = Corpus.Library();
        yield return new Reader(
            "blocklib", "block_library.json", Corpus.Written(path => BlockLibraryFile.Write(path, library)),
            path => BlockLibraryFile.Read(path));
        yield return new Reader("blstats", "parent_block_stats.json", [Corpus.Utf8("""{"stats":{"num_kv_heads":2,"ffn_intermediate_size":16,"runtime_ms":1.5},"metrics":{}}""")], path => BlockLibraryFile.Read(Path.Combine(Path.GetDirectoryName(path)!, "block_library.json")))
        {
            Beside = new Dictionary<string, byte[]> { ["block_library.json"] = Corpus.Written(
                path => BlockLibraryFile.Write(path, library))[0] },
        };
        yield return new Reader(
            "puzzletron", "replacements.json", Corpus.Written(path => PuzzletronFiles.WriteReplacements(path, library)),
            path => PuzzletronFiles.ReadReplacements(path));
        yield return new Reader("solutions", "solutions.json", [Corpus.Solutions()], path => PuzzletronFiles.ReadSolutions(path, library));
        yield return new Reader("imported", "times.json", [Corpus.Utf8("""[{"config":"gqa-2","prefill_ms":1.5,"decode_ms":0.5},{"config":"ffn-16","prefill_ms":1,"decode_ms":2},{"config":"non_block","prefill_ms":1,"decode_ms":2}]""")], ReadTimes);
        yield return new Reader(
            "importedcsv", "times.csv", [Corpus.Utf8("config,prefill_ms,decode_ms\ngqa-2,1.5,0.5\nffn-16,1,2\nnon_block,0,0\n")],
            ReadTimes);
    }

    private static IEnumerable<Reader> Libraries()
    {
        IReadOnlyDictionary<string, byte[]> library = Corpus.BlockLibrary();
        Type[] documented = [typeof(CheckpointFormatException), typeof(InvalidOperationException)];
        yield return new Reader("scoreline", "scores.jsonl", [library["scores.jsonl"]], path => new ScoreJournal(path).Dispose());
        yield return new Reader("scoretext", "score.json", [Corpus.Score()], ReadScore);
        yield return new Reader(
            "manifest", "library.json", [library["library.json"]],
            path => OpenLibrary(Path.GetDirectoryName(path)!)) { Documented = documented, Cost = 50 };
        yield return new Reader(
            "variant", Path.Combine("variants", Corpus.VariantName), [library[Corpus.VariantName]],
            path => OpenLibrary(Path.GetDirectoryName(Path.GetDirectoryName(path)!)!))
        {
            Cost = 50,
            Beside = library.Where(file => file.Key == "library.json").ToDictionary(),
        };
    }

    private static IEnumerable<Reader> Exports()
    {
        IReadOnlyDictionary<string, byte[]> export = Corpus.Export();
        yield return new Reader(
            "genaiconfig", GenAiConfig.FileName, [export[GenAiConfig.FileName]], path => GenAiConfig.Read(Path.GetDirectoryName(path)!));
        yield return new Reader("onnxfile", "model.onnx", [export["model.onnx"]], path => ModelFile.Read(path).ProductBytes())
        {
            Beside = export.Where(file => file.Key == "model.onnx.data").ToDictionary(),
        };
    }

    // With the checksum that it should have, so that the damage is read.
    private static void ReadScore(string path) => ScoreLine.Parse(ScoreLine.Seal(File.ReadAllBytes(path)));

    private static void Use(Tokenizer tokenizer)
    {
        int[] ids = tokenizer.Encode(Text);
        tokenizer.Decode(ids, skipSpecialTokens: false);
        tokenizer.Decode([0, 1, 2, 3]);
    }

    private static void ReadTensors(string path)
    {
        using var scope = torch.NewDisposeScope();
        using var reader = new SafetensorsReader(path) { EnsureFinite = true };
        foreach (string name in reader.Tensors.Keys)
            reader.Read(name);
    }

    private static void ReadTimes(string path)
    {
        var request = new ProfilingRequest(
            TinyModel.Config(), [new GroupedQueryAttentionConfig(2)], [new GatedFfnConfig(16)], new Workload(1, 4, 4));
        new Puzzle.Search.Profiling.ImportedThroughputProfiler(path).ProfileAsync(request).GetAwaiter().GetResult();
    }

    private static void OpenLibrary(string folder)
    {
        using var scope = torch.NewDisposeScope();
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder, Corpus.ParentFingerprint);
        library.FindScore("block", "data");
        foreach (SubblockVariant variant in library.Variants)
        {
            if (library.Find(variant.Key, variant.Recipe) is not null)
                library.ReadCurve(variant);
        }
    }
}
