namespace Puzzle.Architectures;

/// <summary>One rotary embedding of a model; layers may use different ones.</summary>
/// <param name="Theta">The base.</param>
/// <param name="Size">The dimensions of each head that rotate, the first; even, at most the head size. The others pass unchanged.</param>
/// <param name="Scaling">How frequencies are scaled for longer texts; null for not at all.</param>
public sealed record RotarySettings(double Theta, int Size, RopeScaling? Scaling = null);
