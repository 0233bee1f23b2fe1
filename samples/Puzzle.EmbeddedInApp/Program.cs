using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Puzzle;
using Puzzle.EmbeddedInApp;
using Puzzle.Pipeline;
using Puzzle.Search;

// A web app that compresses a model in the background and then serves the child:
// dotnet run --project samples/Puzzle.EmbeddedInApp -- --Model:Parent=path/to/model --Model:Text=corpus.txt --Model:Work=work
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
IConfigurationSection model = builder.Configuration.GetRequiredSection("Model");
builder.Services.AddPuzzleDefaults().Configure(builder.Configuration.GetSection(PuzzleConfigurationExtensions.SectionName));
builder.Services.AddSingleton(new CompressionRequest
{
    Parent = model["Parent"] ?? throw new InvalidOperationException("Model:Parent names the parent's folder."),
    Text = [model["Text"] ?? throw new InvalidOperationException("Model:Text names a text file.")],
    Target = new DeploymentTarget { Memory = CostBound.AtMostOfParent(model.GetValue("MemoryShare", 0.9)) },
    SequenceLength = model.GetValue("SequenceLength", 256),
    WorkDirectory = model["Work"] ?? "work",
});
builder.Services.AddSingleton<CompressionJob>().AddSingleton<ChildChat>().AddHostedService<CompressionService>();
builder.Services.AddOpenTelemetry()
    .WithTracing(
        tracing => tracing.AddSource(PuzzleTelemetry.ActivitySourceName).AddProcessor(new SimpleActivityExportProcessor(new LogExporter())))
    .WithMetrics(metrics => metrics.AddMeter(PuzzleTelemetry.MeterName).AddReader(new BaseExportingMetricReader(new MetricCounter())));

WebApplication app = builder.Build();
app.MapGet("/progress", (CompressionJob job) => job.Describe());
app.MapPost("/cancel", (CompressionJob job) => job.Cancel());
app.MapGet("/metrics", (MeterProvider provider) => provider.ForceFlush() ? MetricCounter.Names : []);
app.MapPost("/v1/chat/completions", async (ChatRequest request, ChildChat chat, CancellationToken cancellationToken) =>
    await chat.AnswerAsync(request.Messages[^1].Content, request.MaxTokens ?? 64, cancellationToken) is { } answer
        ? Results.Ok(new { @object = "chat.completion", choices = new[] { new
        {
            index = 0,
            finish_reason = "stop",
            message = new ChatRequestMessage("assistant", answer),
        } } })
        : Results.Problem("The child is not ready.", statusCode: StatusCodes.Status503ServiceUnavailable));
await app.RunAsync();
