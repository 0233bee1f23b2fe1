using Puzzle.Architectures;
using Puzzle.Checkpoints.Gguf;
using Puzzle.Deployment.Export;
using Puzzle.Deployment.Generation;
using Puzzle.Deployment.Profiling;
using Puzzle.Distillation;
using Puzzle.Distillation.Blockwise;
using Puzzle.Distillation.Global;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Scoring;
using Puzzle.Search;
using Puzzle.Search.Profiling;
using Puzzle.Search.Scoring;
using Puzzle.Search.Solving;
using Puzzle.Text;

namespace Puzzle.Pipeline.Benchmarks;

/// <summary>Every long operation of the public API, on a random model of SmolLM2-135M's shape.</summary>
internal sealed class CancellationWork : IDisposable
{
    private const string Fingerprint = "random";
    private readonly ScratchFolder _scratch = new("cancellation");
    private readonly Tokenizer _tokenizer = Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "assets", "parent"));
    private readonly string _document;
    private readonly CausalLanguageModel _parent;
    private readonly SearchSpace _space;
    private readonly PackedTokenDataset _text;
    private int _folders;

    public CancellationWork(int layers)
    {
        var own = new BlockConfig(new GroupedQueryAttentionConfig(3), new GatedFfnConfig(1536));
        _parent = RandomWeights.Create(
            new ModelConfig
            {
                VocabularySize = 49152,
                HiddenSize = 576,
                AttentionHeads = 9,
                HeadSize = 64,
                MaxPositions = 2048,
                TieWordEmbeddings = true,
                Architecture = Architecture.Uniform(layers, own),
            },
            seed: 1);
        _space = SearchSpace.Create(_parent.Config, [75, 50, 25], widthMultiple: 64, withLinear: true);
        string stories = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "assets", "stories.txt"));
        _document = string.Concat(Enumerable.Repeat(stories, 13));
        var random = new Random(1);
        _text = PackedTokenDataset.FromWindows(
            [.. Enumerable.Range(0, 256).Select(
                _ => (IReadOnlyList<int>)[.. Enumerable.Range(0, 256).Select(_ => random.Next(_parent.Config.VocabularySize))])],
            _parent.Config.VocabularySize);
        _parent.Save(Saved);
        OnnxExporter.Export(_parent, Exported);
    }

    public IEnumerable<(string Name, Func<CancellationToken, Task> Run)> Operations =>
    [
        ("encoding one document of 44 MB", token => Sync(() => _tokenizer.Encode(_document, cancellationToken: token))),
        ("packing it by document", token => Sync(() => TokenCorpus.FromTexts(_tokenizer, [_document], token))),
        ("profiling in torch", token => new TorchThroughputProfiler().ProfileAsync(Profiled, cancellationToken: token)),
        ("profiling in ONNX Runtime", token => new OnnxThroughputProfiler().ProfileAsync(Profiled, cancellationToken: token)),
        ("blockwise distillation", DistillBlocksAsync),
        ("scoring", ScoreAsync),
        ("evaluating", token => Sync(() => ModelEvaluator.Evaluate(_parent, _parent, _text, cancellationToken: token))),
        ("global distillation, no grace", token => DistillAsync(TimeSpan.Zero, token)),
        ("global distillation, its checkpoint written", token => DistillAsync(new GlobalDistillationOptions().CancellationGrace, token)),
        ("saving a checkpoint", token => Sync(() => _parent.Save(NewFolder(), cancellationToken: token))),
        ("loading it", token => Sync(() => CausalLanguageModel.Load(Saved, cancellationToken: token).Dispose())),
        ("export to ONNX, int4", token => Sync(() => OnnxExporter.Export(
            _parent, NewFolder(), new OnnxExportOptions { Precision = OnnxPrecision.Int4 }, cancellationToken: token))),
        ("loading an export in ONNX Runtime", token => Sync(
            () => OnnxTextGenerator.Load(Exported, cancellationToken: token).Dispose())),
        ("export to GGUF, q8_0", token => Sync(() => GgufExporter.Export(
            _parent, Path.Combine(NewFolder(), "model.gguf"),
            new GgufExportOptions { Tokenizer = _tokenizer, TensorType = GgufTensorType.Q8, AllowApproximateTokenizer = true },
            cancellationToken: token))),
        ("solving, 126 layers of 54", token => Sync(() => new ArchitectureSolver().Solve(Problem(), token))),
    ];

    private string Saved => Path.Combine(_scratch.Path, "saved");

    private string Exported => Path.Combine(_scratch.Path, "exported");

    private ProfilingRequest Profiled => new(
        _parent.Config,
        [new GroupedQueryAttentionConfig(3), new GroupedQueryAttentionConfig(1), new LinearAttentionConfig()],
        [new GatedFfnConfig(1536), new GatedFfnConfig(768), new LinearFfnConfig()],
        new Workload(BatchSize: 4, PromptTokens: 256, GeneratedTokens: 32));

    public void Dispose()
    {
        _parent.Dispose();
        _scratch.Dispose();
    }

    private static Task Sync(Action work)
    {
        work();
        return Task.CompletedTask;
    }

    private string NewFolder() => Path.Combine(_scratch.Path, $"{++_folders}");

    private async Task DistillBlocksAsync(CancellationToken cancellationToken)
    {
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(NewFolder(), Fingerprint);
        await new BlockwiseDistiller(new BlockwiseDistillationOptions { Steps = 20 }).DistillAsync(
            new BlockwiseDistillationRequest(new(_parent, Fingerprint), _text, _space, library), cancellationToken: cancellationToken);
    }

    private async Task ScoreAsync(CancellationToken cancellationToken)
    {
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.Open(NewFolder(), Fingerprint);
        SubblockVariant[] own = [.. from layer in Enumerable.Range(0, _parent.Config.Layers)
                                    from kind in new[] { SubblockKind.Attention, SubblockKind.Ffn }
                                    select SubblockVariant.OfParent(_parent, layer, kind)];
        BlockVariant[] blocks = [.. BlockComposition.Compose(new SearchSpace(_parent.Config.Architecture, NoOps(), Own()), own)
            .SelectMany(layer => layer)];
        await foreach (BlockScore _ in new ReplaceOneBlockScorer().ScoreAsync(
            new ScoringRequest(_parent, library, blocks, _text), cancellationToken))
        {
        }
    }

    private AttentionConfig[][] NoOps() =>
        [.. _parent.Config.Architecture.Select(block => (AttentionConfig[])[block.Attention, new NoOpAttentionConfig()])];

    private FfnConfig[][] Own() => [.. _parent.Config.Architecture.Select(block => (FfnConfig[])[block.Ffn, new NoOpFfnConfig()])];

    private async Task DistillAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        using CausalLanguageModel child = CausalLanguageModel.Load(Saved, cancellationToken: cancellationToken);
        await new GlobalDistiller(new GlobalDistillationOptions { CancellationGrace = grace }).DistillAsync(
            new GlobalDistillationRequest(
                new(_parent, Fingerprint), _text, new(child, "child"), _text, Path.Combine(NewFolder(), "state.safetensors")),
            cancellationToken: cancellationToken);
    }

    // Scores and three costs that have nothing to do with each other: bounds that no order of variants is good for.
    private static SearchProblem Problem()
    {
        const int Layers = 126, Variants = 54, Costs = 3;
        var random = new Random(1);
        CostName[] names = [.. Enumerable.Range(0, Costs).Select(cost => new CostName($"cost_{cost}"))];
        return new SearchProblem
        {
            Layers = [.. Enumerable.Range(0, Layers).Select(_ => (IReadOnlyList<SearchVariant>)[.. Enumerable.Range(0, Variants).Select(
                variant => new SearchVariant(
                    $"variant {variant}", random.NextDouble(), names.ToDictionary(name => name, _ => random.NextDouble()))
                {
                    IsParent = variant == 0,
                })])],
            Constraints = [.. names.Select(name => new ResourceConstraint(name, Layers * 0.2))],
        };
    }
}
