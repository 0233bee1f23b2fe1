using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Puzzle.Foundation;
using Puzzle.Text.Patterns;

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
    private readonly string _file;
    private readonly string? _configJson;
    private readonly TokenizerJson _definition;
    private readonly BytePairEncoder _encoder;
    private readonly AddedTokenFinder _rawTokens;
    private readonly AddedTokenFinder _normalizedTokens;
    private readonly string?[] _tokens;
    private readonly HashSet<int> _specialIds;

    private Tokenizer(string json, string file, string? configJson, Func<IReadOnlyList<AddedToken>, TokenizerConfig> readConfig)
    {
        (_json, _file, _configJson) = (json, file, configJson);
        _definition = TokenizerJson.Parse(json, file);
        _encoder = new BytePairEncoder(_definition.Model);
        IReadOnlyList<AddedToken> added = _definition.AddedTokens;
        _rawTokens = new AddedTokenFinder(added.Where(token => !token.IsNormalized).Select(token => (token.Content, token)));
        var work = new TextWork(file, added.Sum(token => (long)token.Content.Length));
        _normalizedTokens = new AddedTokenFinder(
            [.. added.Where(token => token.IsNormalized).Select(token => (_definition.Normalizer.Apply(token.Content, work), token))]);
        _specialIds = [.. added.Where(token => token.IsSpecial).Select(token => token.Id)];

        _tokens = TokensById(_definition);
        TokenizerConfig config = readConfig(added);
        BeginOfTextId = IdOf(config.BeginOfText);
        EndOfTextId = IdOf(config.EndOfText);
        StartsTexts = !config.BeginOfText.IsNone && config.AddsBeginOfText != false;
        ChatTemplate = config.ChatTemplate;
        IdsBefore = Adding(_definition.Before, BeginOfTextId, config.AddsBeginOfText, first: true);
        IdsAfter = Adding(_definition.After, EndOfTextId, config.AddsEndOfText, first: false);
        Fingerprint = ComputeFingerprint();
    }

    /// <summary>Gets the number of ids a model needs for this tokenizer: the largest id plus one, added tokens included.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>Gets the id of the token that begins a text, or null when there is none.</summary>
    public int? BeginOfTextId { get; }

    /// <summary>Gets the id of the token that ends a text, or null when there is none.</summary>
    public int? EndOfTextId { get; }

    /// <summary>
    /// Gets a value indicating whether texts may start with the token that begins a text; false where the tokenizer's files say that there
    /// is none (<c>"bos_token": null</c> or empty) or that it is not added (<c>add_bos_token</c>), whatever id the model's own config
    /// names.
    /// </summary>
    public bool StartsTexts { get; }

    /// <summary>Gets the Jinja template that writes a chat as text, from tokenizer_config.json or chat_template.jinja; null if there is
    /// none.</summary>
    public string? ChatTemplate { get; }

    /// <summary>Gets the SHA-256, in lower-case hexadecimal, of everything that decides how text is encoded and decoded.</summary>
    public string Fingerprint { get; }

    /// <summary>Gets what the tokenizer was read from.</summary>
    internal TokenizerJson Definition => _definition;

    /// <summary>Gets the special tokens that encoding puts before a text.</summary>
    internal int[] IdsBefore { get; }

    /// <summary>Gets the special tokens that encoding puts after a text.</summary>
    internal int[] IdsAfter { get; }

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">
    /// A folder that holds <c>tokenizer.json</c> or else a SentencePiece byte-pair <c>tokenizer.model</c>, or such a file
    /// itself (ending in <c>.json</c> or <c>.model</c>). Beside either, the tokens that begin and end a text are taken from
    /// <c>tokenizer_config.json</c>, else (after what a .model without one says)
    /// <c>special_tokens_map.json</c>, else the ids in <c>config.json</c> and
    /// <c>generation_config.json</c>.
    /// </param>
    /// <exception cref="CheckpointFormatException">The file is missing, malformed, not as this library wrote it, or asks for something
    /// unsupported.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Path.Exists(path))
            throw new CheckpointFormatException(path, "there is no such file or folder");
        string file = Directory.Exists(path) ? FileIn(path) : path;
        FolderDigests.Check(
            Path.GetDirectoryName(file) ?? "",
            Path.GetFileName(file), ConfigFileName, TokenizerConfig.MapFileName, TokenizerConfig.TemplateFileName, "config.json",
            "generation_config.json");
        if (file.EndsWith(".model", StringComparison.OrdinalIgnoreCase))
        {
            Tokenizer made = SentencePieceConverter.Convert(SentencePieceModel.Parse(RegularFile.ReadAllBytes(file), file), file);
            return ReadBeside(made._json, file, made._configJson);
        }
        return ReadBeside(TextFile.ReadAllText(file), file, inherentConfig: null);
    }

    /// <summary>Reads a tokenizer from the text of a <c>tokenizer.json</c>.</summary>
    /// <param name="json">The text of <c>tokenizer.json</c>.</param>
    /// <param name="configJson">The text of <c>tokenizer_config.json</c>, or null.</param>
    /// <exception cref="CheckpointFormatException">The text is malformed or asks for something unsupported.</exception>
    public static Tokenizer Parse(string json, string? configJson = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new Tokenizer(
            json, FileName, configJson,
            added => configJson is null ? TokenizerConfig.Guess(added) : TokenizerConfig.Parse(configJson, ConfigFileName));
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
    /// <param name="cancellationToken">Asked about every four thousand steps, so that a single large document stops too.</param>
    /// <exception cref="CheckpointFormatException">The tokenizer's file makes it take unreasonably long on this text, or too much of it;
    /// counted in steps, so that it is so on every machine.</exception>
    /// <remarks>Half a surrogate pair counts as U+FFFD.</remarks>
    public int[] Encode(string text, bool addSpecialTokens = true, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = WellFormedText.Of(text);
        var work = new TextWork(_file, text.Length, cancellationToken);
        var ids = new List<int>();
        if (addSpecialTokens)
            ids.AddRange(IdsBefore);
        var pieces = new List<string>();
        foreach ((int start, int end, AddedToken? token) in _rawTokens.Split(text, work))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                EncodePart(text[start..end], atStart: start == 0, pieces, ids, work);
        }
        if (addSpecialTokens)
            ids.AddRange(IdsAfter);
        return [.. ids];
    }

    /// <summary>Turns ids into text.</summary>
    /// <param name="ids">The ids. One above all tokens, as a model's padded vocabulary has, gives nothing.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    /// <exception cref="CheckpointFormatException">The tokenizer's file makes unreasonably much of these ids.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(id, nameof(ids));
            if (TokenOf(id) is { } token && (!skipSpecialTokens || !_specialIds.Contains(id)))
                tokens.Add(token);
        }
        return _definition.Decoder is null
            ? string.Join(' ', tokens)
            : string.Concat(_definition.Decoder.Apply(tokens, new TextWork(_file, tokens.Sum(token => (long)token.Length))));
    }

    /// <summary>Gives the token with an id as the vocabulary spells it, or null when there is none.</summary>
    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <summary>
    /// Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c> as they were read or made, and what other files said as
    /// <c>special_tokens_map.json</c> and <c>chat_template.jinja</c>.
    /// </summary>
    /// <param name="folder">The folder, created when absent.</param>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        FolderDigests.WriteText(Path.Combine(folder, FileName), _json);
        if (_configJson is not null)
            FolderDigests.WriteText(Path.Combine(folder, ConfigFileName), _configJson);
        TokenizerConfig own = _configJson is null ? new TokenizerConfig() : TokenizerConfig.Parse(_configJson, ConfigFileName);
        var map = new JsonObject();
        if (own.BeginOfText == default && BeginOfTextId is { } begin)
            map["bos_token"] = TokenOf(begin);
        if (own.EndOfText == default && EndOfTextId is { } end)
            map["eos_token"] = TokenOf(end);
        if (map.Count > 0)
            FolderDigests.WriteText(Path.Combine(folder, TokenizerConfig.MapFileName), map.ToJsonString());
        if (ChatTemplate is not null && ChatTemplate != own.ChatTemplate)
            FolderDigests.WriteText(Path.Combine(folder, TokenizerConfig.TemplateFileName), ChatTemplate);
    }

    private static Tokenizer ReadBeside(string json, string file, string? inherentConfig)
    {
        string folder = Path.GetDirectoryName(file) ?? "", configFile = Path.Combine(folder, ConfigFileName);
        TokenizerConfig? inherent = inherentConfig is null ? null : TokenizerConfig.Parse(inherentConfig, file);
        return new Tokenizer(
            json, file, File.Exists(configFile) ? TextFile.ReadAllText(configFile) : inherentConfig,
            added => TokenizerConfig.Read(folder, added, inherent));
    }

    private static string FileIn(string folder)
    {
        string json = Path.Combine(folder, FileName), model = Path.Combine(folder, SentencePieceFileName);
        return !File.Exists(json) && File.Exists(model) ? model : json;
    }

    private void EncodePart(string part, bool atStart, List<string> pieces, List<int> ids, TextWork work)
    {
        string normalized = _definition.Normalizer.Apply(part, work);
        foreach ((int start, int end, AddedToken? token) in _normalizedTokens.Split(normalized, work))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
                continue;
            }
            pieces.Clear();
            _definition.PreTokenizer.Split(normalized[start..end], atStart && start == 0, pieces, work);
            foreach (string piece in pieces)
                _encoder.Encode(piece, ids, work);
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

    /// <summary>Gives a token's id; null where nothing names one, or names an id that only the model has.</summary>
    private int? IdOf(NamedToken token)
    {
        if (token.Text is null)
            return token.Id is { } named && TokenOf(named) is not null ? named : null;
        if (_definition.AddedTokens.FirstOrDefault(added => added.Content == token.Text) is AddedToken found)
            return found.Id;
        return _definition.Model.Vocabulary.TryGetValue(token.Text, out int id)
            ? id
            : throw new CheckpointFormatException(token.File ?? _file, $"the token '{token.Text}' is not in the vocabulary");
    }

    /// <summary>Gives the ids around a text as tokenizer.json says, but for the one that a setting adds or leaves out.</summary>
    private static int[] Adding(int[] ids, int? id, bool? adds, bool first) => (id, adds) switch
    {
        ({ } token, true) when !ids.Contains(token) => first ? [token, .. ids] : [.. ids, token],
        ({ } token, false) => [.. ids.Where(other => other != token)],
        _ => ids,
    };

    private string ComputeFingerprint()
    {
        string content = $"{CanonicalJson.Write(_json, "version", "truncation", "padding")}\n{BeginOfTextId}\n{EndOfTextId}";
        // Named only where a setting differs from tokenizer.json, so that all others keep their fingerprints.
        if (!StartsTexts || !IdsBefore.SequenceEqual(_definition.Before) || !IdsAfter.SequenceEqual(_definition.After))
            content += $"\n{StartsTexts}\n{string.Join(',', IdsBefore)}\n{string.Join(',', IdsAfter)}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }
}
