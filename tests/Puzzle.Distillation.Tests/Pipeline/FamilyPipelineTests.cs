using Microsoft.Extensions.DependencyInjection;
using Puzzle.Architectures;
using Puzzle.Checkpoints;
using Puzzle.Distillation.PaperStarts;
using Puzzle.Measurement;
using Puzzle.Models;
using Puzzle.Pipeline;
using Puzzle.Search;
using Puzzle.Search.Solving;
using static TorchSharp.torch;

namespace Puzzle.Tests.Pipeline;

/// <summary>The whole job, from a checkpoint to a child that reads back, on a tiny random model of every family.</summary>
public sealed class FamilyPipelineTests
{
    private const string Experts = "\"num_local_experts\":4,\"num_experts_per_tok\":2,";

    public static TheoryData<string, string> Families => new()
    {
        { "llama", "\"attention_bias\":true,\"mlp_bias\":true,\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":2.0}," },
        { "mistral", "\"sliding_window\":6," },
        { "qwen2", "\"use_sliding_window\":true,\"sliding_window\":6,\"max_window_layers\":1," },
        { "qwen3", "\"head_dim\":16," },
        { "gemma2", "\"head_dim\":8,\"sliding_window\":6,\"query_pre_attn_scalar\":12," },
        { "gemma3_text", "\"head_dim\":8,\"sliding_window\":6,\"sliding_window_pattern\":2," },
        { "phi3", "\"partial_rotary_factor\":0.5," },
        { "olmo2", "" },
        { "granite", "\"residual_multiplier\":0.5,\"attention_multiplier\":0.2,\"logits_scaling\":2.0,\"embedding_multiplier\":3.0," },
        { "smollm3", "\"no_rope_layer_interval\":2," },
        { "mixtral", Experts },
        { "qwen3_moe", "\"num_experts\":4,\"num_experts_per_tok\":2,\"moe_intermediate_size\":16,\"mlp_only_layers\":[1]," },
        { "gpt_oss", Experts + "\"head_dim\":8,\"sliding_window\":6,\"rope_scaling\":null," },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public async Task RunAsync_EveryFamily_ChildReadsBack(string family, string members)
    {
        using var folder = new TestFolder();
        using CausalLanguageModel parent = Parent(folder, family, members);
        await using ServiceProvider services = new ServiceCollection()
            .AddPuzzle()
            .UseReplaceOneBlockScorer()
            .UseBlockwiseDistillation(
                options => (options.Steps, options.BatchSize, options.CalibrationWindows, options.HeldOutWindows) = (2, 2, 2, 2))
            .UseGlobalDistillation(options => (options.Steps, options.BatchSize, options.LearningRate, options.Workers) = (2, 2, 1e-3, 1))
            .UseProfiler(_ => new ShapeProfiler())
            .UseSolver(_ => new MipArchitectureSolver())
            .Services.BuildServiceProvider();

        PuzzleResult result = await services.GetRequiredService<PuzzlePipeline>().RunAsync(new PuzzleRequest
        {
            Parent = new(parent, "parent"),
            TrainingText = TinyModel.Windows(8),
            ScoringText = TinyModel.Windows(2, seed: 5),
            HeldOutText = TinyModel.Windows(2, seed: 6),
            SearchSpace = SearchSpace.Create(parent.Config, [50], 4, withLinear: true, windows: [4]),
            Workload = new Workload(1, 8, 8),
            Target = new DeploymentTarget { Parameters = CostBound.AtMostOfParent(0.7) },
            WorkDirectory = folder["work"],
        });

        Assert.NotNull(result.Child);
        Assert.True(ParameterCounter.Total(parent.Config with { Architecture = result.Child.Architecture }) <= 0.7 * parent.ParameterCount);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Save_EveryFamily_ReadsBackUniformAndNot(string family, string members)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var folder = new TestFolder();
        using CausalLanguageModel parent = Parent(folder, family, members);
        BlockConfig own = parent.Config.Architecture[1];
        Architecture odd = parent.Config.Architecture
            .With(0, new BlockConfig(new LinearAttentionConfig(), new NoOpFfnConfig()))
            .With(1, own with { Attention = ((GroupedQueryAttentionConfig)own.Attention) with { KeyValueHeads = 1, Window = 4 } });
        foreach (Architecture architecture in new[] { parent.Config.Architecture, odd })
        {
            ModelConfig config = parent.Config with { Architecture = architecture };
            using CausalLanguageModel child = Loud(config);
            child.Save(folder["child"], options: new CheckpointWriterOptions
            {
                Dialect = ReferenceEquals(architecture, odd) ? CheckpointDialect.ModelOpt : CheckpointDialect.Llama,
            });
            using CausalLanguageModel read = CausalLanguageModel.Load(folder["child"]);
            Assert.Equal((family, architecture), (read.Config.Family, read.Config.Architecture));
            Tensor ids = tensor(new long[] { 5, 9, 17, 3, 44, 12, 9, 8 }, [1, 8]);
            Assert.True(child.Forward(ids).equal(read.Forward(ids)).all().item<bool>());
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void LinearAttention_OfOneToken_IsAttentionToItself(string family, string members)
    {
        // A sink takes a share of the one token too.
        if (family == "gpt_oss")
            return;
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var folder = new TestFolder();
        using CausalLanguageModel quiet = Parent(folder, family, members), parent = Loud(quiet.Config);
        var own = (GroupedQueryAttentionConfig)parent.Config.Architecture[0].Attention;
        Dictionary<string, Tensor> made = AttentionInitializer.Create(
            parent.Config, own, parent.Blocks[0].Attention.Weights, new LinearAttentionConfig());
        using Subblock linear = TransformerBlock.CreateAttention(parent.Config, new LinearAttentionConfig(), name => made[name]);
        Tensor hidden = randn([3, 1, parent.Config.HiddenSize], generator: new Generator(4));
        Tensor table = parent.Blocks[0].Attention.Forward(hidden, parent.Rotary.At(0, 1));
        Assert.True(table.sub(linear.Forward(hidden, parent.Rotary.At(0, 1))).abs().max().item<float>() < 1e-4f);
    }

    private static CausalLanguageModel Parent(TestFolder folder, string family, string members)
    {
        string file = folder["config.json"];
        File.WriteAllText(file, $$"""
            { {{members}} "model_type": "{{family}}", "vocab_size": {{TinyModel.Vocabulary}}, "hidden_size": 32, "intermediate_size": 24, "num_hidden_layers": 2,
              "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2 }
            """);
        RandomWeights.Save(folder["parent"], HuggingFaceConfig.Read(file), seed: 3, ScalarType.Float32);
        return CausalLanguageModel.Load(folder["parent"]);
    }

    // Random in every weight, biases and norms too.
    private static CausalLanguageModel Loud(ModelConfig config)
    {
        var shapes = WeightNames.Model(config).ToDictionary(weight => weight.Name, weight => weight.Shape.ToArray());
        using var factor = tensor(0.2f);
        var generator = new Generator(7);
        return CausalLanguageModel.Create(config, name => randn(shapes[name], generator: generator).mul(factor));
    }

    private sealed class ShapeProfiler : IThroughputProfiler
    {
        public Task<CostTable> ProfileAsync(
            ProfilingRequest request, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        {
            Assert.Equal(request.Ffn.Any(ffn => ffn is MixtureFfnConfig), request.ExpertUsage is not null);
            return Task.FromResult(MemoryModel.Table(request));
        }
    }
}
