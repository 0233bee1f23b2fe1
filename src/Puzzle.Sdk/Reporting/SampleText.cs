namespace Puzzle.Reporting;

/// <summary>The same opening continued by parent and child, likeliest token by likeliest token.</summary>
/// <param name="Opening">The opening.</param>
/// <param name="Parent">The parent's text.</param>
/// <param name="Child">The child's text.</param>
public sealed record SampleText(string Opening, string Parent, string Child);
