using System.CommandLine;
using System.Text.Json;
using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.ConsoleApp;

/// <summary><c>explain</c>: what a library's variants were made from, and how that differs from one to the next.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var work = new Option<string>("--work") { Description = "The work folder whose library to explain.", Required = true };
        var json = new Option<bool>("--json") { Description = "Print a JSON object for each recipe and nothing else." };
        var command = new Command(
            "explain", "Show what a library's variants were made from, and which inputs differ between them.") { work, json };
        command.SetAction((parsed, _) => CommandErrors.GuardAsync(() =>
        {
            using DirectoryBlockLibrary library = DirectoryBlockLibrary.OpenExisting(Path.Combine(
                parsed.GetRequiredValue(work), "library"));
            Explain(library, parsed.GetValue(json));
        }));
        return command;
    }

    private static void Explain(DirectoryBlockLibrary library, bool json)
    {
        var groups = library.Variants.GroupBy(variant => variant.Recipe)
            .Select(group => (Recipe: library.FindRecipe(group.Key), group.Key, Count: group.Count()))
                .OrderByDescending(group => group.Count)
                .ToList();
        Recipe? first = groups.FirstOrDefault(group => group.Recipe is not null).Recipe;
        foreach ((Recipe? recipe, string fingerprint, int count) in groups)
        {
            if (json)
                Console.Out.WriteLine(JsonSerializer.Serialize(
                    new Row(fingerprint, count, recipe?.Method, recipe?.Fields.ToDictionary(field => field.Name, field => field.Value))));
            else
                Console.Out.WriteLine($"{count} variants of recipe {fingerprint[..12]}: {Text(recipe, first)}");
        }
    }

    private static string Text(Recipe? recipe, Recipe? first) => recipe switch
    {
        null => "not kept",
        _ when recipe.Equals(first) => recipe.ToString(),
        _ => string.Join("; ", recipe.Explain(first!)),
    };

    private sealed record Row(string Fingerprint, int Variants, string? Method, Dictionary<string, string?>? Fields);
}
