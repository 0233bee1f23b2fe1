using System.CommandLine;
using System.Globalization;
using Puzzle.TrainParent;

// Numbers are written and read the same way everywhere.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var text = new Option<string[]>("--text")
{
    Description = "UTF-8 text files of stories, separated by blank lines.",
    Required = true,
    AllowMultipleArgumentsPerToken = true,
};
var books = new Option<string[]>("--books")
{
    Description = "UTF-8 text files that are one document each.",
    DefaultValueFactory = _ => [],
    AllowMultipleArgumentsPerToken = true,
};
var output = new Option<string>("--out") { Description = "The folder of the trained model.", Required = true };
var state = new Option<string>("--state") { Description = "The folder of the training state; run again to resume.", Required = true };
var steps = new Option<int>("--steps") { Description = "Optimizer steps.", DefaultValueFactory = _ => 1800 };
var storyPasses = new Option<int>("--story-weight")
{
    Description = "How often the stories appear in one pass over the text.",
    DefaultValueFactory = _ => 3,
};
var workers = new Option<int>("--workers")
{
    Description = "Workers a batch is cut over; part of the result.",
    DefaultValueFactory = _ => 1,
};

var from = new Option<string?>("--from")
{
    Description = "The folder of an earlier model of the same layers to start from; random weights if absent.",
};
var rate = new Option<double>("--learning-rate") { Description = "The peak learning rate.", DefaultValueFactory = _ => 2e-3 };
var batch = new Option<int>("--batch") { Description = "Windows of 256 tokens in a step.", DefaultValueFactory = _ => 16 };
var vocabulary = new Option<int>("--vocabulary") { Description = "Tokens of a vocabulary made anew.", DefaultValueFactory = _ => 2048 };
var warmup = new Option<int>("--warmup") { Description = "Steps of linear warmup.", DefaultValueFactory = _ => 60 };
var finalShare = new Option<double>("--final-share")
{
    Description = "The last learning rate as a share of the peak; 1 keeps it.",
    DefaultValueFactory = _ => 0.1,
};
var decay = new Option<double>("--weight-decay") { Description = "Decoupled weight decay of matrices.", DefaultValueFactory = _ => 0.1 };
var order = new Option<long>("--order") { Description = "The seed of the order of windows.", DefaultValueFactory = _ => 2026 };
var muon = new Option<bool>("--muon") { Description = "Update the matrices of layers by Muon instead of AdamW." };

var command = new Command("train", "Trains the small Llama that the console sample compresses by default, from text alone.")
{
    text, books, output, state, steps, storyPasses, workers, from, rate, warmup, finalShare, muon, batch,
    vocabulary, decay, order,
};
command.SetAction((parsed, cancellationToken) => Task.Run(
    () => ParentTraining.Run(
        new ParentTrainingSettings(
            parsed.GetValue(text)!, parsed.GetValue(books)!, parsed.GetValue(output)!, parsed.GetValue(state)!,
            parsed.GetValue(from), parsed.GetValue(storyPasses), parsed.GetValue(steps), parsed.GetValue(workers), parsed.GetValue(rate),
            parsed.GetValue(warmup), parsed.GetValue(finalShare), parsed.GetValue(muon), parsed.GetValue(batch),
            parsed.GetValue(vocabulary), parsed.GetValue(decay), parsed.GetValue(order)),
        Console.Out,
        cancellationToken),
    CancellationToken.None));

var model = new Option<string>("--model") { Description = "The model's folder.", Required = true };
var file = new Option<string>("--file") { Description = "The text file to write.", Required = true };
var stories = new Option<int>("--stories") { Description = "How many stories.", DefaultValueFactory = _ => 1600 };
var temperature = new Option<double>("--temperature") { Description = "Sampling temperature.", DefaultValueFactory = _ => 0.9 };
var seed = new Option<long>("--seed") { Description = "The seed of sampling.", DefaultValueFactory = _ => 2026 };
var writeText = new Command(
    "write-text", "Lets a trained model write the text that its child is distilled on.") { model, file, stories, temperature, seed };
writeText.SetAction((parsed, cancellationToken) => Task.Run(
    () => TextWriting.Run(
        parsed.GetValue(model)!, parsed.GetValue(file)!, parsed.GetValue(stories), parsed.GetValue(temperature), parsed.GetValue(seed),
        Console.Out, cancellationToken),
    CancellationToken.None));
var measured = new Option<string>("--text") { Description = "A UTF-8 text file.", Required = true };
var measure = new Command("measure", "Measures a model's loss per byte of a text.") { model, measured };
measure.SetAction((parsed, cancellationToken) => Task.Run(
    () => ParentMeasure.Run(parsed.GetValue(model)!, parsed.GetValue(measured)!, Console.Out, cancellationToken),
    CancellationToken.None));
var root = new RootCommand("Makes the parent and the text that the console sample uses by default.") { command, writeText, measure };
// Signals are listened to once an action gives its task back, so the work runs beside it. A step and the saving
// of its state may take a while on a busy machine.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(2) });
