using System.CommandLine;
using System.Text.Json;
using Puzzle.Foundation;
using Puzzle.Library;

namespace Puzzle.ConsoleApp;

/// <summary><c>explain</c>: what a library's variants were made from, and how that differs from one to the next.</summary>
internal static class ExplainCommand
{
    private static readonly Option<string> Work = CommonOptions.RequiredWork("The work folder whose library to explain.");
    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print a JSON object for each recipe and nothing else.",
    };

    public static Command Create()
    {
        var command = new Command(
            "explain", "Show what a library's variants were made from, and which inputs differ between them.")
        {
            Work, Json,
        };
        command.SetAction((parsed, _) => CommandErrors.GuardAsync(() => Run(parsed)));
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        using DirectoryBlockLibrary library = DirectoryBlockLibrary.OpenExisting(Path.Combine(
            parsed.GetRequiredValue(Work), "library"));
        Explain(library, parsed.GetValue(Json));
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
