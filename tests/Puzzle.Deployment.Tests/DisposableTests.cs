using System.Reflection;
using Microsoft.Extensions.AI;
using Puzzle.Architectures;
using Puzzle.Chat;
using Puzzle.Checkpoints;
using Puzzle.Deployment.Generation;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Tests;

/// <summary>Every public disposable: no use after disposal, disposed twice without harm.</summary>
public sealed class DisposableTests : IDisposable
{
    // What only tells what the object is, and uses nothing that disposal frees.
    private static readonly string[] Descriptions = ["GetHashCode", "Equals", "ToString", "GetType", "Dispose", "GetService", "IsSame"];

    // Views of another object's tensors, which say themselves that they are disposed.
    private static readonly Type[] Views = [typeof(RotaryTable)];

    private readonly TestFolder _folder = new();
    private readonly CausalLanguageModel _model = TinyModel.Create();

    public static TheoryData<Type> Types => [.. Disposables()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Dispose_ThenUse_IsObjectDisposedException(Type type)
    {
        Assert.True(Cases().TryGetValue(type, out Case? known), $"{type} is disposable and not tested here");
        using var scope = NewDisposeScope();
        using IDisposable instance = known.Create();
        instance.Dispose();

        Assert.All(known.Uses, use => Assert.Throws<ObjectDisposedException>(() => use.Value(instance)));
        instance.Dispose();
        string[] methods = [.. type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Where(method => !method.IsSpecialName)
            .Select(method => method.Name)];
        Assert.Empty(methods.Except(Descriptions).Except(known.Uses.Keys));
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    private static IEnumerable<Type> Disposables() =>
        from assembly in new[] { typeof(CausalLanguageModel).Assembly, typeof(OnnxTextGenerator).Assembly, typeof(OnnxChatClient).Assembly }
        from type in assembly.GetExportedTypes()
        where typeof(IDisposable).IsAssignableFrom(type)
            && !type.IsAbstract
            && !Views.Contains(type)
            && type.Namespace != typeof(DisposableTests).Namespace
            && !type.Name.EndsWith("Tests", StringComparison.Ordinal)
        select type;

    private Dictionary<Type, Case> Cases()
    {
        Tensor ids = tensor(new long[] { 1, 2 }, [1, 2]), hidden = zeros(1, 2, _model.Config.HiddenSize);
        RotaryTable rotary = _model.Rotary.At(0, 2);
        return new Dictionary<Type, Case>
        {
            [typeof(CausalLanguageModel)] = Case.Of(() => TinyModel.Create(), new()
            {
                ["Forward"] = model => model.Forward(ids),
                ["Forward with a cache"] = model => model.Forward(ids, new KeyValueCache(_model, 1, 4)),
                ["LastHidden"] = model => model.LastHidden(ids),
                ["Embed"] = model => model.Embed(ids),
                ["Normalize"] = model => model.Normalize(hidden),
                ["Logits"] = model => model.Logits(hidden),
                ["LogitsOfNormalized"] = model => model.LogitsOfNormalized(hidden),
                ["Borrow"] = model => model.Borrow(0),
                ["Save"] = model => model.Save(_folder["saved"]),
                ["Weights"] = model => _ = model.Weights.Count(),
                ["Head"] = model => _ = model.Head,
            }),
            [typeof(TransformerBlock)] = Case.Of(Block, new() { ["Forward"] = block => block.Forward(hidden, rotary) }),
            [typeof(GroupedQueryAttention)] = SubblockCase("gqa-2/16", block => block.Attention),
            [typeof(GatedFeedForward)] = Case.Of(() => (GatedFeedForward)Block().Ffn, new()
            {
                ["Forward"] = ffn => ffn.Forward(hidden, rotary),
                ["Intermediate"] = ffn => ffn.Intermediate(hidden),
            }),
            [typeof(MixtureFeedForward)] = Case.Of(() => (MixtureFeedForward)Block("gqa-2/moe-2x8-top1").Ffn, new()
            {
                ["Forward"] = ffn => ffn.Forward(hidden, rotary),
                ["Route"] = ffn => ffn.Route(hidden),
            }),
            [typeof(ScratchFolder)] = Case.Of(() => new ScratchFolder("test", _folder.Path), new()),
            [typeof(LinearSubblock)] = SubblockCase("linear/linear", block => block.Ffn),
            [typeof(NoOpSubblock)] = SubblockCase("noop/noop", block => block.Attention),
            [typeof(BlockLease)] = Case.Of(() => _model.Borrow(0), new() { ["Block"] = lease => _ = lease.Block }),
            [typeof(RotaryEmbedding)] = Case.Of(
                () => new RotaryEmbedding(_model.Config, CPU, ScalarType.Float32), new() { ["At"] = tables => tables.At(0, 1) }),
            [typeof(KeyValueCache)] = Case.Of(() => new KeyValueCache(_model, 1, 4), new()
            {
                ["Truncate"] = cache => cache.Truncate(0),
                ["Item"] = cache => _ = cache[0],
                ["Forward"] = cache => _model.Forward(ids, cache),
            }),
            [typeof(LayerCache)] = Case.Of(() => new LayerCache(1, 4, 4, 8, CPU, ScalarType.Float32), new()
            {
                ["Truncate"] = cache => cache.Truncate(0),
                ["Forward"] = cache => _model.Blocks[0].Forward(hidden, rotary, cache),
            }),
            [typeof(SafetensorsReader)] = Case.Of(Reader, new()
            {
                ["Read"] = reader => reader.Read("model.norm.weight"),
                ["ReadInto"] = reader => reader.ReadInto("model.norm.weight", zeros(32)),
            }),
            [typeof(CheckpointFolder)] = Case.Of(() => CheckpointFolder.Open(Saved()), new()
            {
                ["Read"] = folder => folder.Read("model.norm.weight"),
                ["ReadInto"] = folder => folder.ReadInto("model.norm.weight", zeros(32)),
                ["ComputeFingerprint"] = folder => folder.ComputeFingerprint(),
            }),
            [typeof(DirectoryBlockLibrary)] = Case.Of(() => DirectoryBlockLibrary.Open(_folder["library"], "parent"), LibraryUses()),
            [typeof(OnnxTextGenerator)] = Case.Of(Generator, new()
            {
                ["Generate"] = generator => generator.Generate([[1]], new GenerationOptions()),
                ["StreamAsync"] = generator => generator.StreamAsync([1], new GenerationOptions()),
            }),
            [typeof(OnnxChatClient)] = Case.Of(() => new OnnxChatClient(Generator(), LetterTokenizer.Create()), new()
            {
                ["GetResponseAsync"] = client => client.GetResponseAsync([new ChatMessage(ChatRole.User, "a")]).GetAwaiter().GetResult(),
                ["GetStreamingResponseAsync"] = client => client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "a")]),
            }),
        };

        Case SubblockCase(string config, Func<TransformerBlock, Subblock> half) =>
            Case.Of(() => half(Block(config)), new() { ["Forward"] = subblock => subblock.Forward(hidden, rotary) });
    }

    private static Dictionary<string, Action<DirectoryBlockLibrary>> LibraryUses()
    {
        var variant = new SubblockVariant(new SubblockKey(0, SubblockKind.Ffn, "noop"), "recipe", "digest");
        var recipe = new Recipe("test", 1);
        return new()
        {
            ["Variants"] = library => _ = library.Variants,
            ["Find"] = library => library.Find(variant.Key, variant.Recipe),
            ["Add"] = library => library.Add(variant.Key, variant.Recipe, new Dictionary<string, Tensor>(), []),
            ["ReadWeights"] = library => library.ReadWeights(variant),
            ["ReadStart"] = library => library.ReadStart(variant),
            ["AddRecipe"] = library => library.AddRecipe(recipe),
            ["FindRecipe"] = library => library.FindRecipe("recipe"),
            ["ReadCurve"] = library => library.ReadCurve(variant),
            ["FindScore"] = library => library.FindScore("block", "data"),
            ["AddScore"] = library =>
                library.AddScore(new BlockScore("block", 0, "noop/noop", "data", new Dictionary<string, double> { ["kl_div"] = 1 })),
        };
    }

    private TransformerBlock Block() => Block("gqa-2/16");

    private TransformerBlock Block(string config)
    {
        ModelConfig one = _model.Config with { Architecture = new Architecture([BlockConfig.Parse(config)]) };
        using CausalLanguageModel model = TinyModel.Create(one);
        var weights = model.Blocks[0].Weights.ToDictionary(weight => weight.Key, weight => weight.Value);
        return TransformerBlock.Create(one, one.Architecture[0], name => weights[name].clone());
    }

    private string Saved()
    {
        _model.Save(_folder["model"]);
        return _folder["model"];
    }

    private SafetensorsReader Reader() => new(Path.Combine(Saved(), "model.safetensors"));

    private OnnxTextGenerator Generator()
    {
        Deployment.Export.OnnxExporter.Export(_model, _folder["onnx"]);
        return OnnxTextGenerator.Load(_folder["onnx"]);
    }

    private sealed record Case(Func<IDisposable> Create, IReadOnlyDictionary<string, Action<IDisposable>> Uses)
    {
        public static Case Of<T>(Func<T> create, Dictionary<string, Action<T>> uses)
            where T : IDisposable =>
            new(() => create(), uses.ToDictionary(use => use.Key, use => new Action<IDisposable>(instance => use.Value((T)instance))));
    }
}
