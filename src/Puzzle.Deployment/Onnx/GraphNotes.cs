namespace Puzzle.Deployment.Onnx;

/// <summary>The keys of what a graph's metadata says to those who load it.</summary>
internal static class GraphNotes
{
    /// <summary>The digest that the file of its weights ends with, in hexadecimal.</summary>
    public const string Data = "puzzle.data";

    /// <summary>The id of the token that begins a text; absent if there is none.</summary>
    public const string BeginOfText = "puzzle.begin_of_text";
}
