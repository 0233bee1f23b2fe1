using Puzzle.Foundation;

namespace Puzzle.Text.Patterns;

/// <summary>
/// The work that one text may take, in steps of its tokenizer, so that a file made to take for ever is found out by the same step on every
/// machine. Also where encoding notices that it is canceled.
/// </summary>
internal sealed class TextWork
{
    // Real tokenizers take 5 to 60 steps for each character; the least lets short texts through patterns of the largest size.
    private const long StepsPerCharacter = 500, LeastSteps = 10_000_000;

    // Real normalizers make at most three characters of one (a space mark, or a composed letter taken apart); Unicode's longest is 18.
    private const long LengthPerCharacter = 32, LeastLength = 1 << 16;

    private readonly string _file;
    private readonly long _length;
    private readonly CancellationToken _cancellationToken;
    private readonly long _mostSteps;

    /// <param name="file">The tokenizer's file, for messages.</param>
    /// <param name="characters">The length of the text.</param>
    /// <param name="cancellationToken">Asked whenever work is reported.</param>
    public TextWork(string file, long characters, CancellationToken cancellationToken = default)
    {
        (_file, _cancellationToken) = (file, cancellationToken);
        _mostSteps = LeastSteps + (StepsPerCharacter * characters);
        _length = LeastLength + (LengthPerCharacter * characters);
    }

    /// <summary>Gets the steps reported so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Reports steps that were made.</summary>
    /// <exception cref="CheckpointFormatException">There were too many for this text.</exception>
    public void Spend(long steps)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        if (steps > _mostSteps - Steps)
            throw new CheckpointFormatException(_file, $"the tokenizer takes more than {StepsPerCharacter} steps for each character of "
                + "this text; one that does was made to take for ever");
        Steps += steps;
    }

    /// <summary>Checks the length that a rewritten text is going to have.</summary>
    /// <exception cref="CheckpointFormatException">It is too long for this text.</exception>
    public void RequireLength(long length)
    {
        if (length > _length)
            throw new CheckpointFormatException(
                _file, $"the tokenizer's normalizers make {length} characters of this text; at most {_length} are accepted");
    }
}
