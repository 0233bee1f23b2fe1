using System.CommandLine;
using Puzzle.Architectures;
using Puzzle.Text;

namespace Puzzle.ConsoleApp;

/// <summary>Where a command's token windows come from: text files or a JSON file of ids.</summary>
internal sealed class TextOptions
{
    private readonly Option<string[]> _text = CommonOptions.Text("UTF-8 text files.");
    private readonly Option<string?> _windows = new("--token-windows")
    {
        Description = "A JSON file: an array of arrays of token ids, all of one length.",
    };
    private readonly Option<int> _sequence = CommonOptions.Sequence();

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _text, _windows, _sequence })
            command.Options.Add(option);
    }

    /// <summary>Says whether the windows are given as they are.</summary>
    public bool AreWindows(ParseResult parsed) => parsed.GetValue(_windows) is not null;

    /// <param name="parsed">The command line.</param>
    /// <param name="folder">The model's folder, which holds the tokenizer of text.</param>
    /// <param name="model">The model's shape.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public PackedTokenDataset Load(ParseResult parsed, string folder, ModelConfig model, CancellationToken cancellationToken)
    {
        string? file = parsed.GetValue(_windows);
        string[] texts = parsed.GetValue(_text)!;
        if (file is null == (texts.Length == 0))
            throw new ArgumentException("Give either --text or --token-windows.");
        if (file is null)
            return TokenCorpus.FromFiles(Tokenizer.Load(folder), texts, separator: null, cancellationToken)
                .Pack(Math.Min(parsed.GetValue(_sequence), model.MaxPositions));
        PackedTokenDataset data = PackedTokenDataset.FromJson(file, model.VocabularySize);
        return data.SequenceLength <= model.MaxPositions
            ? data
            : throw new ArgumentException(
                $"--token-windows {file}: windows have {data.SequenceLength} ids; the model holds {model.MaxPositions} positions.");
    }
}
