using System.CommandLine;
using Puzzle.TrainParent;

var text = new Option<string[]>("--text") { Description = "UTF-8 text files of stories, separated by blank lines.", Required = true, AllowMultipleArgumentsPerToken = true };
var books = new Option<string[]>("--books") { Description = "UTF-8 text files that are one document each.", DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
var output = new Option<string>("--out") { Description = "The folder of the trained model.", Required = true };
var state = new Option<string>("--state") { Description = "The folder of the training state; run again to resume.", Required = true };
var steps = new Option<int>("--steps") { Description = "Optimizer steps.", DefaultValueFactory = _ => 1800 };
var storyPasses = new Option<int>("--story-weight") { Description = "How often the stories appear in one pass over the text.", DefaultValueFactory = _ => 3 };
var workers = new Option<int>("--workers") { Description = "Workers a batch is cut over; part of the result.", DefaultValueFactory = _ => 1 };

var command = new RootCommand("Trains the small Llama that the console sample compresses by default, from text alone.") { text, books, output, state, steps, storyPasses, workers };
command.SetAction((parsed, cancellationToken) =>
{
    ParentTraining.Run(
        new ParentTrainingSettings(
            parsed.GetValue(text)!, parsed.GetValue(books)!, parsed.GetValue(output)!, parsed.GetValue(state)!,
            parsed.GetValue(steps), parsed.GetValue(storyPasses), parsed.GetValue(workers)),
        Console.Out,
        cancellationToken);
    return Task.FromResult(0);
});
return await command.Parse(args).InvokeAsync();
