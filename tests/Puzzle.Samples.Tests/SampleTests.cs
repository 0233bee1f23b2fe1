using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Puzzle.Architectures;
using Puzzle.Measurement;
using Puzzle.Search;
using Puzzle.Search.Interchange;

namespace Puzzle.Tests;

public sealed class SampleTests : IDisposable
{
    private readonly SampleData _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void CustomScorer_QuestionsOfADomain_DecideTheChild()
    {
        File.WriteAllLines(_data["questions.jsonl"], [.. Enumerable.Range(0, 3).Select(i => $$"""{"question":"what is {{(char)('a' + i)}}","choices":["one","two"],"answer":{{i % 2}}}""")]);

        string printed = SampleProcess.Run(
            "CustomScorer", _data.Folder, _data.Parent, _data.Text, _data["questions.jsonl"], _data["work"], "quick");

        Assert.Contains("Summed question_loss:", printed, StringComparison.Ordinal);
        Assert.Contains("question_loss", File.ReadAllText(_data["work/block_library.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public void CustomProfiler_CostsFromAFile_DecideTheChild()
    {
        SearchSpace space = CompressionRequest.DefaultSpace(_data.Config);
        File.WriteAllLines(_data["costs.csv"],
        [
            "kind,config,prefill_ms,decode_ms",
            .. space.AllAttention.Select(config => string.Create(
                CultureInfo.InvariantCulture,
                $"attention,{config.Name},{(config is NoOpAttentionConfig ? 0 : 4)},{(config is NoOpAttentionConfig ? 0 : 2)}")),
            .. space.AllFfn.Select(config => string.Create(
                CultureInfo.InvariantCulture,
                $"ffn,{config.Name},{(config is NoOpFfnConfig ? 0 : 6)},{(config is NoOpFfnConfig ? 0 : 3)}")),
            "non-block,all,1,1",
        ]);

        string printed = SampleProcess.Run(
            "CustomProfiler", _data.Folder, _data.Parent, _data.Text, _data["costs.csv"], _data["work"], "quick");

        Assert.Contains("Costs: measured elsewhere: costs.csv", printed, StringComparison.Ordinal);
        Assert.Contains("noop", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void SearchOnly_ALibraryOfYourOwn_IsSearchedWithoutNativeTorch()
    {
        ScoredVariant Variant(string name, double harm, double milliseconds, bool isParent) =>
            new(
                name, new Dictionary<string, double> { ["kl_div"] = harm },
                new Dictionary<CostName, double> { [CostName.Runtime] = milliseconds })
                {
                    IsParent = isParent,
                    Block = BlockConfig.Parse(name),
                };
        BlockLibraryFile.Write(
            _data["block_library.json"], new ScoredLibrary([.. Enumerable.Range(0, 3).Select(layer => (IReadOnlyList<ScoredVariant>)
            [Variant("gqa-4/48", 0, 2, true), Variant("gqa-4/16", 0.1 * (layer + 1), 1, false)])]));

        string printed = SampleProcess.Run("SearchOnly", _data.Folder, _data["block_library.json"], "0.7");

        Assert.Contains("Optimal", printed, StringComparison.Ordinal);
        Assert.Contains("layer 2: gqa-4/48", printed, StringComparison.Ordinal);
        Assert.Contains("Native torch was not loaded.", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EmbeddedInApp_CompressesInTheBackground_ThenServesTheChild()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using SampleProcess app = SampleProcess.Start("EmbeddedInApp", _data.Folder, Arguments());
        using var client = new HttpClient { BaseAddress = new Uri(await app.AddressAsync()) };
        JsonElement progress = default;
        do
        {
            await Task.Delay(50, stop);
            progress = await client.GetFromJsonAsync<JsonElement>("/progress", stop);
        }
        while (progress.GetProperty("state").GetString() is "waiting" or "running");

        Assert.Equal("done", progress.GetProperty("state").GetString());
        HttpResponseMessage answer = await client.PostAsJsonAsync(
            "/v1/chat/completions", new { messages = new[] { new { role = "user", content = "ab" } }, max_tokens = 4 }, stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        JsonElement chat = await answer.Content.ReadFromJsonAsync<JsonElement>(stop);
        Assert.Equal("assistant", chat.GetProperty("choices")[0].GetProperty("message").GetProperty("role").GetString());
        Assert.Contains("puzzle.stage.duration", await client.GetStringAsync("/metrics", stop), StringComparison.Ordinal);
        Assert.Contains("trace puzzle.run", app.Written, StringComparison.Ordinal);
        Assert.Contains("Stage Craft started", app.Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EmbeddedInApp_Canceled_SaysSoAndServesNothing()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using SampleProcess app = SampleProcess.Start(
            "EmbeddedInApp", _data.Folder, [.. Arguments(), "--Puzzle:BlockwiseDistillation:Steps=100000"]);
        using var client = new HttpClient { BaseAddress = new Uri(await app.AddressAsync()) };

        await client.PostAsync("/cancel", null, stop);
        string? state;
        do
        {
            await Task.Delay(50, stop);
            state = (await client.GetFromJsonAsync<JsonElement>("/progress", stop)).GetProperty("state").GetString();
        }
        while (state is "waiting" or "running");

        Assert.Equal("canceled", state);
        HttpResponseMessage answer = await client.PostAsJsonAsync(
            "/v1/chat/completions", new { messages = new[] { new { role = "user", content = "ab" } } }, stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    private string[] Arguments() =>
    [
        $"--Model:Parent={_data.Parent}", $"--Model:Text={_data.Text}", $"--Model:Work={_data["work"]}", "--Model:SequenceLength=32",
        "--Puzzle:BlockwiseDistillation:Steps=1", "--Puzzle:GlobalDistillation:Steps=1", "--Puzzle:Scoring:MaxWindows=2",
    ];
}
