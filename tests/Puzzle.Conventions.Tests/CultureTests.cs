using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Puzzle.Tests;

/// <summary>No library reads or writes numbers in the user's culture: every call that would is found in the compiled code.</summary>
public sealed class CultureTests
{
    private static readonly string[] Numbers = [
        "System.Double", "System.Single", "System.Decimal", "System.Half", "System.DateTime", "System.DateTimeOffset",
        "System.Nullable`1<System.Double>", "System.Nullable`1<System.Single>"
    ];

    // Overloads that take no culture and no comparison.
    private static readonly string[] Forbidden =
    [
        "ToString()", "ToString(System.String)", "Parse(System.String)", "TryParse(System.String,",
        "TryParse(System.ReadOnlySpan`1<System.Char>,",
    ];

    private static readonly string[] ForbiddenOfText =
    [
        "System.String::ToUpper()", "System.String::ToLower()", "System.String::Compare(System.String,System.String)",
        "System.String::CompareTo(System.String)",
        "System.String::StartsWith(System.String)", "System.String::EndsWith(System.String)", "System.String::IndexOf(System.String)",
        "System.String::LastIndexOf(System.String)",
        "System.String::Format(System.String,", "System.Convert::ToDouble(System.String)", "System.Convert::ToSingle(System.String)",
    ];

    public static TheoryData<string> Assemblies =>
        ["Puzzle.Core", "Puzzle.Search", "Puzzle.Distillation", "Puzzle.Deployment", "Puzzle.Cluster", "Puzzle.Sdk"];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Code_OfLibraries_NeverUsesTheUsersCulture(string assembly)
    {
        using AssemblyDefinition definition = AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        string[] found =
        [
            .. (from type in definition.MainModule.GetAllTypes()
               // What the compiler writes for JSON reads and writes numbers as JSON does.
               where type.FullName.StartsWith("Puzzle", StringComparison.Ordinal)
                   && type.BaseType?.Name != "JsonSerializerContext"
                   && type.DeclaringType?.BaseType?.Name != "JsonSerializerContext"
               from method in type.Methods
               where method.HasBody
               from problem in Problems(method)
               select $"{type.FullName}.{method.Name}: {problem}").Distinct(),
        ];
        Assert.True(
            found.Length == 0, $"Write these with FormattableString.Invariant or an invariant overload:\n{string.Join('\n', found)}");
    }

    private static IEnumerable<string> Problems(MethodDefinition method)
    {
        bool isInvariant = false;
        foreach (Instruction instruction in method.Body.Instructions)
        {
            if (instruction.Operand is not MethodReference called)
                continue;
            string owner = called.DeclaringType.FullName;
            string signature = called.FullName[(called.FullName.IndexOf("::", StringComparison.Ordinal) + 2)..];
            if (owner == "System.Runtime.CompilerServices.DefaultInterpolatedStringHandler")
            {
                if (called.Name == ".ctor")
                    isInvariant = called.Parameters.Count > 2;
                else if (!isInvariant
                    && called is GenericInstanceMethod { GenericArguments: [var argument] }
                    && Numbers.Contains(argument.FullName))
                    yield return $"text with a {argument.Name}";
            }
            else if (Numbers.Contains(owner)
                && Forbidden.Any(call => signature.StartsWith(call, StringComparison.Ordinal))
                && !signature.Contains("IFormatProvider", StringComparison.Ordinal))
            {
                yield return $"{called.DeclaringType.Name}.{signature}";
            }
            else if (ForbiddenOfText.Any(call => $"{owner}::{signature}".StartsWith(call, StringComparison.Ordinal)))
            {
                yield return $"{called.DeclaringType.Name}.{signature}";
            }
        }
    }
}
