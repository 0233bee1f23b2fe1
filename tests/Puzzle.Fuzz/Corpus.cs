using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Deployment.Export;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Search;
using TorchSharp;

namespace Puzzle.Tests;

/// <summary>Small good files of every kind, made in code.</summary>
internal static class Corpus
{
    public const string ParentFingerprint = "parent";

    private static readonly SubblockKey Key = new(0, SubblockKind.Ffn, "linear");

    /// <summary>Gets the name of the variant's file in <see cref="BlockLibrary"/>.</summary>
    public static string VariantName => Stored.Value.Keys.Single(name => name.EndsWith(".safetensors", StringComparison.Ordinal));

    private static readonly Lazy<IReadOnlyDictionary<string, byte[]>> Stored = new(MakeBlockLibrary);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Gives a file that something writes.</summary>
    public static IReadOnlyList<byte[]> Written(Action<string> write)
    {
        using var folder = new TestFolder();
        write(folder["file"]);
        return [File.ReadAllBytes(folder["file"])];
    }

    /// <summary>Gives a file of a folder that something writes.</summary>
    public static IReadOnlyList<byte[]> WrittenIn(Action<string> write, string name)
    {
        using var folder = new TestFolder();
        write(folder.Path);
        return [File.ReadAllBytes(folder[name])];
    }

    /// <summary>Gives a score as the journal holds it, without its checksum.</summary>
    public static byte[] Score() => Utf8(
        """{"block_id":"block","layer":0,"config":"gqa-2/16","data_fingerprint":"data","metrics":{"kl_div":0.5},"samples":{"kl_div":[0.5,0.25]}}""");

    public static IReadOnlyDictionary<string, byte[]> Model()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Config(layers: 1) with { HiddenSize = 8, HeadSize = 2 });
        model.Save(folder["model"]);
        return Files(folder["model"]);
    }

    public static IReadOnlyList<byte[]> Configs()
    {
        ModelConfig mixed = TinyModel.Config() with
        {
            HiddenSize = 512,
            AttentionHeads = 4,
            HeadSize = 128,
            Architecture = new Architecture([BlockConfig.Parse("gqa-2/256"), BlockConfig.Parse("noop/noop")]),
        };
        return
        [
            .. new[] { CheckpointDialect.ModelOpt, CheckpointDialect.DeciLm, CheckpointDialect.PerLayerConfig }
                .SelectMany(dialect => Written(path => HuggingFaceConfig.Write(path, mixed, torch.ScalarType.Float32, dialect))),
            Utf8("""{"architectures":["LlamaForCausalLM"],"bos_token_id":1,"eos_token_id":[2],"head_dim":4,"hidden_act":"silu","hidden_size":8,"intermediate_size":16,"max_position_embeddings":64,"model_type":"llama","num_attention_heads":2,"num_hidden_layers":2,"num_key_value_heads":1,"rms_norm_eps":1e-5,"rope_scaling":{"factor":8.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":32,"rope_type":"llama3"},"rope_theta":10000.0,"tie_word_embeddings":true,"torch_dtype":"float32","vocab_size":61}"""),
            Utf8("""{"model_type":"qwen3","head_dim":4,"hidden_act":"silu","hidden_size":8,"intermediate_size":16,"max_position_embeddings":64,"num_attention_heads":2,"num_hidden_layers":2,"num_key_value_heads":1,"rms_norm_eps":1e-5,"rope_theta":10000.0,"tie_word_embeddings":true,"vocab_size":61}"""),
        ];
    }

    public static byte[] Index()
    {
        string map = string.Join(
            ',', WeightNames.Model(TinyModel.Config(layers: 1)).Select(weight => $"\"{weight.Name}\":\"model.safetensors\""));
        return Utf8("{\"metadata\":{\"total_size\":1},\"weight_map\":{" + map + "}}");
    }

    public static IReadOnlyList<byte[]> Tokenizers() =>
    [
        Utf8("""
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"<s>","special":true,"normalized":false,"single_word":false,"lstrip":true,"rstrip":true},{"id":6,"content":"x y","special":false,"normalized":true}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"_"},{"type":"Replace","pattern":{"String":" "},"content":"_"},{"type":"Replace","pattern":{"Regex":"1+2"},"content":"a"}]},
        "pre_tokenizer":{"type":"Metaspace","replacement":"_","prepend_scheme":"first","split":true},
        "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}},
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"_"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
        "model":{"type":"BPE","dropout":null,"unk_token":"<s>","fuse_unk":true,"byte_fallback":true,"ignore_merges":false,"vocab":{"<s>":0,"a":1,"b":2,"_":3,"_a":4,"<0x0A>":5},"merges":["_ a"]}}
        """),
        Utf8("""
        {"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},
        "post_processor":null,"decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"\u0120":3},"merges":[["a","b"]]}}
        """),
    ];

    public static IReadOnlyList<byte[]> TokenizerConfigs() =>
    [
        Utf8("""{"bos_token":"<s>","eos_token":{"content":"<s>"},"add_bos_token":true,"add_eos_token":false,"chat_template":[{"name":"default","template":"t"}],"x":1}"""),
        Utf8("""{"bos_token":null,"eos_token":"<s>","chat_template":"{{ messages }}"}"""),
    ];

    public static byte[] SentencePieces()
    {
        var message = new List<byte>();
        string[] pieces = ["<unk>", "<s>", "</s>", "a", "b", "ab", "\u2581"];
        for (int id = 0; id < pieces.Length; id++)
        {
            byte[] text = Utf8(pieces[id]);
            List<byte> piece = [0x0A, (byte)text.Length, .. text, 0x15, 0, 0, 0, 0, 0x18, (byte)(id == 0 ? 2 : id < 3 ? 3 : 1)];
            BinaryPrimitives.WriteSingleLittleEndian(
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(piece)[(3 + text.Length)..], -id);
            message.AddRange([0x0A, (byte)piece.Count, .. piece]);
        }
        // The trainer: a byte-pair model; the normalizer: adds a space, removes none, marks all.
        message.AddRange([0x12, 2, 0x18, 2, 0x1A, 6, 0x18, 1, 0x20, 0, 0x28, 1]);
        return [.. message];
    }

    public static byte[] Blimp() =>
        Utf8("{\"sentence_good\":\"A cat.\",\"sentence_bad\":\"A "
            + "cats.\",\"UID\":\"u\",\"n\":1}\n{\"sentence_good\":\"B\",\"sentence_bad\":\"C\",\"UID\":\"u\"}\n");

    public static byte[] BlimpZip()
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string name in (string[])["a.jsonl", "b.jsonl"])
            {
                using Stream entry = archive.CreateEntry(name).Open();
                entry.Write(Blimp());
            }
        }
        return stream.ToArray();
    }

    public static ScoredLibrary Library()
    {
        ScoredVariant[] layer = [.. new[] { "gqa-2/16", "gqa-1/noop", "linear/linear" }.Select((name, index) => new ScoredVariant(
            name, new Dictionary<string, double> { ["kl_div"] = index },
            new Dictionary<CostName, double> { [new CostName("runtime_ms")] = 3 - index })
        {
            IsParent = index == 0,
            Block = BlockConfig.Parse(name),
        })];
        return new ScoredLibrary([layer, layer]);
    }

    public static byte[] Solutions() => Utf8("""[{"chosen_replacements":[{"parent_layer_indices":[0],"child_block_configs":[{"attention":{"num_key_value_heads":2},"ffn":{"intermediate_size":16}}]},{"parent_layer_indices":[1],"child_block_configs":[{"attention":{"num_key_value_heads":1},"ffn":{"no_op":true}}]}],"total_value":{"metrics.kl_div":1}}]""");

    /// <summary>Gives the files of a block library: its description, scores and one variant.</summary>
    public static IReadOnlyDictionary<string, byte[]> BlockLibrary() => Stored.Value;

    public static IReadOnlyDictionary<string, byte[]> Export()
    {
        using var folder = new TestFolder();
        using CausalLanguageModel model = TinyModel.Create(TinyModel.Config(layers: 1));
        OnnxExporter.Export(model, folder["export"]);
        return Files(folder["export"]);
    }

    private static Dictionary<string, byte[]> MakeBlockLibrary()
    {
        using var folder = new TestFolder();
        using (DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(folder["library"], ParentFingerprint))
        {
            using torch.Tensor weight = torch.ones(2, 2);
            library.Add(
                Key, "recipe", new Dictionary<string, torch.Tensor> { ["mlp.linear.weight"] = weight }, [new LossRecord(1, 0.5, null)]);
            library.AddScore(new BlockScore("block", 0, "gqa-2/16", "data", new Dictionary<string, double> { ["kl_div"] = 0.5 }));
        }
        return new[] { folder["library"], Path.Combine(folder["library"], "variants") }.SelectMany(Directory.GetFiles)
            .Where(file => new FileInfo(file).Length > 0).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
    }

    private static Dictionary<string, byte[]> Files(string folder) =>
        // Without digests, which would refuse every damage before it is read.
        Directory.GetFiles(folder).Where(file => Path.GetFileName(file) != FolderDigests.FileName)
            .ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
}
