using Microsoft.Extensions.AI;
using Puzzle.Chat;
using Puzzle.Deployment.Export;
using Puzzle.Models;

// Talks to a model through Microsoft.Extensions.AI: dotnet run --project samples/Puzzle.Chat -- [exported folder]
// The embedded parent tells stories: give it openings rather than questions. An empty line ends.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
string folder = args.Length > 0 ? args[0] : ExportParent();
using OnnxChatClient client = OnnxChatClient.Load(folder);
while (!stop.IsCancellationRequested)
{
    Console.Write("> ");
    if (Console.ReadLine() is not { Length: > 0 } opening)
        break;
    try
    {
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(
            [new ChatMessage(ChatRole.User, opening)], new ChatOptions { MaxOutputTokens = 120, Temperature = 0.7f, TopK = 40 },
                stop.Token))
            Console.Write(update.Text);
    }
    catch (OperationCanceledException)
    {
        break;
    }
    Console.WriteLine();
}

static string ExportParent()
{
    string parent = Path.Combine(AppContext.BaseDirectory, "assets", "parent"),
        target = Path.Combine(AppContext.BaseDirectory, "assets", "parent-onnx");
    using CausalLanguageModel model = CausalLanguageModel.Load(parent);
    OnnxExporter.Export(model, target, new OnnxExportOptions { Precision = OnnxPrecision.Int8, TokenizerFolder = parent });
    return target;
}
