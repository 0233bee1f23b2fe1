using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>
/// Turns text into token ids and back as a Hugging Face <c>tokenizer.json</c> with a byte-pair model says: byte-level
/// (GPT-2, Llama 3) or SentencePiece-like with byte fallback (Llama 2). Safe for concurrent use.
/// </summary>
/// <remarks>The file's truncation and padding are choices for one call, not part of the vocabulary, and are not applied.</remarks>
public sealed class Tokenizer
{
    /// <summary>The file a tokenizer is read from and saved to.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>The optional file beside it that names the tokens which begin and end a text.</summary>
    public const string ConfigFileName = "tokenizer_config.json";

    private const string SentencePieceFileName = "tokenizer.model";

    private readonly string _json;
    private readonly string? _configJson;
    private readonly TokenizerJson _definition;
    private readonly BytePairEncoder _encoder;
    private readonly AddedTokenFinder _rawTokens;
    private readonly AddedTokenFinder _normalizedTokens;
    private readonly string?[] _tokens;
    private readonly HashSet<int> _specialIds;

    private Tokenizer(string json, string file, string? configJson, string configFile)
    {
        _json = json;
        _configJson = configJson;
        _definition = TokenizerJson.Parse(json, file);
        _encoder = new BytePairEncoder(_definition.Model);
        IReadOnlyList<AddedToken> added = _definition.AddedTokens;
        _rawTokens = new AddedTokenFinder(added.Where(token => !token.IsNormalized).Select(token => (token.Content, token)));
        _normalizedTokens = new AddedTokenFinder(
            added.Where(token => token.IsNormalized).Select(token => (_definition.Normalizer.Apply(token.Content), token)));
        _specialIds = [.. added.Where(token => token.IsSpecial).Select(token => token.Id)];

        _tokens = TokensById(_definition);
        TokenizerConfig config = configJson is null ? TokenizerConfig.Guess(added) : TokenizerConfig.Parse(configJson, configFile);
        BeginOfTextId = IdOf(config.BeginOfText, configFile);
        EndOfTextId = IdOf(config.EndOfText, configFile);
        Fingerprint = ComputeFingerprint();
    }

    /// <summary>Gets the number of ids a model needs for this tokenizer: the largest id plus one, added tokens included.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>Gets the id of the token that begins a text, or null when there is none.</summary>
    public int? BeginOfTextId { get; }

    /// <summary>Gets the id of the token that ends a text, or null when there is none.</summary>
    public int? EndOfTextId { get; }

    /// <summary>Gets the SHA-256, in lower-case hexadecimal, of everything that decides how text is encoded and decoded.</summary>
    public string Fingerprint { get; }

    /// <summary>Gets what the tokenizer was read from.</summary>
    internal TokenizerJson Definition => _definition;

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">
    /// A folder that holds <c>tokenizer.json</c> or else a SentencePiece byte-pair <c>tokenizer.model</c>, or such a file
    /// itself (ending in <c>.json</c> or <c>.model</c>). <c>tokenizer_config.json</c> beside tokenizer.json is read when present.
    /// </param>
    /// <exception cref="CheckpointFormatException">The file is missing, malformed, not as this library wrote it, or asks for something unsupported.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? FileIn(path) : path;
        FolderDigests.Check(Path.GetDirectoryName(file) ?? "", Path.GetFileName(file), ConfigFileName);
        if (file.EndsWith(".model", StringComparison.OrdinalIgnoreCase))
            return SentencePieceConverter.Convert(SentencePieceModel.Parse(TextFile.ReadAllBytes(file), file), file);
        string configFile = Path.Combine(Path.GetDirectoryName(file) ?? "", ConfigFileName);
        return new Tokenizer(TextFile.ReadAllText(file), file, File.Exists(configFile) ? TextFile.ReadAllText(configFile) : null, configFile);
    }

    /// <summary>Reads a tokenizer from the text of a <c>tokenizer.json</c>.</summary>
    /// <param name="json">The text of <c>tokenizer.json</c>.</param>
    /// <param name="configJson">The text of <c>tokenizer_config.json</c>, or null.</param>
    /// <exception cref="CheckpointFormatException">The text is malformed or asks for something unsupported.</exception>
    public static Tokenizer Parse(string json, string? configJson = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new Tokenizer(json, FileName, configJson, ConfigFileName);
    }

    /// <summary>Makes a byte-level tokenizer from GPT-2's two files.</summary>
    /// <param name="vocabularyFile"><c>vocab.json</c>: an object from token to id, every id from 0 on once.</param>
    /// <param name="mergesFile"><c>merges.txt</c>: one merge per line, most frequent first.</param>
    /// <param name="endOfText">The special token that ends a text; it must be in the vocabulary. Null for none.</param>
    /// <exception cref="CheckpointFormatException">A file is missing or malformed.</exception>
    public static Tokenizer FromVocabularyAndMerges(string vocabularyFile, string mergesFile, string? endOfText = "<|endoftext|>")
    {
        ArgumentException.ThrowIfNullOrEmpty(vocabularyFile);
        ArgumentException.ThrowIfNullOrEmpty(mergesFile);
        return Gpt2Files.Read(vocabularyFile, mergesFile, endOfText);
    }

    /// <summary>Turns text into ids.</summary>
    /// <param name="text">The text; added tokens in it are recognized.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens the post-processor asks for, usually the one that begins a text.</param>
    /// <exception cref="RegexMatchTimeoutException">A pattern of the tokenizer takes unreasonably long on this text.</exception>
    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();
        if (addSpecialTokens)
            ids.AddRange(_definition.Before);
        var pieces = new List<string>();
        foreach ((int start, int end, AddedToken? token) in _rawTokens.Split(text))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                EncodePart(text[start..end], atStart: start == 0, pieces, ids);
        }
        if (addSpecialTokens)
            ids.AddRange(_definition.After);
        return [.. ids];
    }

    /// <summary>Turns ids into text.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id belongs to no token.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            string token = TokenOf(id) ?? throw new ArgumentOutOfRangeException(nameof(ids), id, "The id belongs to no token.");
            if (!skipSpecialTokens || !_specialIds.Contains(id))
                tokens.Add(token);
        }
        return _definition.Decoder is null ? string.Join(' ', tokens) : string.Concat(_definition.Decoder.Apply(tokens));
    }

    /// <summary>Gives the token with an id as the vocabulary spells it, or null when there is none.</summary>
    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <summary>Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c> as they were read or made.</summary>
    /// <param name="folder">The folder, created when absent.</param>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        FolderDigests.WriteText(Path.Combine(folder, FileName), _json);
        if (_configJson is not null)
            FolderDigests.WriteText(Path.Combine(folder, ConfigFileName), _configJson);
    }

    private static string FileIn(string folder)
    {
        string json = Path.Combine(folder, FileName), model = Path.Combine(folder, SentencePieceFileName);
        return !File.Exists(json) && File.Exists(model) ? model : json;
    }

    private void EncodePart(string part, bool atStart, List<string> pieces, List<int> ids)
    {
        string normalized = _definition.Normalizer.Apply(part);
        foreach ((int start, int end, AddedToken? token) in _normalizedTokens.Split(normalized))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
                continue;
            }
            pieces.Clear();
            _definition.PreTokenizer.Split(normalized[start..end], atStart && start == 0, pieces);
            foreach (string piece in pieces)
                _encoder.Encode(piece, ids);
        }
    }

    private static string?[] TokensById(TokenizerJson definition)
    {
        Dictionary<string, int> vocabulary = definition.Model.Vocabulary;
        int largest = vocabulary.Values.Concat(definition.AddedTokens.Select(token => token.Id)).DefaultIfEmpty(-1).Max();
        string?[] tokens = new string?[largest + 1];
        foreach ((string token, int id) in vocabulary)
            tokens[id] = token;
        foreach (AddedToken token in definition.AddedTokens)
            tokens[token.Id] = token.Content;
        return tokens;
    }

    private int? IdOf(string? token, string configFile)
    {
        if (token is null)
            return null;
        if (_definition.AddedTokens.FirstOrDefault(added => added.Content == token) is AddedToken found)
            return found.Id;
        return _definition.Model.Vocabulary.TryGetValue(token, out int id)
            ? id
            : throw new CheckpointFormatException(configFile, $"the token '{token}' is not in the vocabulary");
    }

    private string ComputeFingerprint()
    {
        string content = $"{CanonicalJson.Write(_json, "version", "truncation", "padding")}\n{BeginOfTextId}\n{EndOfTextId}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }
}
