using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Puzzle.Tests;

/// <summary>
/// Which folder of an assembly uses which, read from the compiled code: base types, interfaces, members, attributes and every instruction.
/// A folder is a namespace, as the two have the same names.
/// </summary>
internal sealed class FolderGraph
{
    private readonly ModuleDefinition _module;
    private readonly SortedDictionary<(string From, string To), SortedSet<string>> _arrows = [];

    private FolderGraph(ModuleDefinition module) => _module = module;

    /// <summary>Gets every arrow between two folders, with the types that make it.</summary>
    public IReadOnlyDictionary<(string From, string To), SortedSet<string>> Arrows => _arrows;

    /// <summary>Reads the graph of an assembly.</summary>
    public static FolderGraph Read(string assembly)
    {
        using AssemblyDefinition definition = AssemblyDefinition.ReadAssembly(assembly);
        var graph = new FolderGraph(definition.MainModule);
        foreach (TypeDefinition type in definition.MainModule.GetAllTypes())
        {
            graph.Add(type);
        }

        return graph;
    }

    private void Add(TypeDefinition type)
    {
        Use(type, type.BaseType);
        AddAttributes(type, type);
        foreach (InterfaceImplementation implemented in type.Interfaces) Use(type, implemented.InterfaceType);
        foreach (GenericParameter parameter in type.GenericParameters)
        {
            foreach (GenericParameterConstraint constraint in parameter.Constraints) Use(type, constraint.ConstraintType);
        }

        foreach (FieldDefinition field in type.Fields) Use(type, field.FieldType);
        foreach (MethodDefinition method in type.Methods) Add(type, method);
    }

    private void Add(TypeDefinition type, MethodDefinition method)
    {
        Use(type, method.ReturnType);
        AddAttributes(type, method);
        foreach (ParameterDefinition parameter in method.Parameters) Use(type, parameter.ParameterType);
        if (!method.HasBody) return;

        foreach (VariableDefinition variable in method.Body.Variables) Use(type, variable.VariableType);
        foreach (Instruction instruction in method.Body.Instructions)
        {
            switch (instruction.Operand)
            {
                case TypeReference used:
                    Use(type, used);
                    break;
                case MethodReference called:
                    Use(type, called.DeclaringType);
                    if (called is GenericInstanceMethod generic)
                    {
                        foreach (TypeReference argument in generic.GenericArguments) Use(type, argument);
                    }

                    break;
                case FieldReference field:
                    Use(type, field.DeclaringType);
                    break;
            }
        }
    }

    private void AddAttributes(TypeDefinition type, ICustomAttributeProvider provider)
    {
        foreach (CustomAttribute attribute in provider.CustomAttributes) Use(type, attribute.AttributeType);
    }

    private void Use(TypeDefinition from, TypeReference? used)
    {
        if (used is GenericInstanceType generic)
        {
            foreach (TypeReference argument in generic.GenericArguments) Use(from, argument);
        }

        TypeReference? element = used?.GetElementType();
        if (element is null or GenericParameter || element.Scope != _module) return;

        (string source, string target) = (Folder(from), Folder(element));
        if (source.Length == 0 || target.Length == 0 || source == target) return;

        if (!_arrows.TryGetValue((source, target), out SortedSet<string>? makers)) _arrows[(source, target)] = makers = [];
        makers.Add($"{Outer(from).Name} -> {Outer(element).Name}");
    }

    private static TypeReference Outer(TypeReference type) => type.DeclaringType is null ? type : Outer(type.DeclaringType);

    private static string Folder(TypeReference type) => Outer(type).Namespace;
}
