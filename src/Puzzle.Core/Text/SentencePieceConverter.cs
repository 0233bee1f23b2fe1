using System.Text.Json.Nodes;
using Puzzle.Foundation;

namespace Puzzle.Text;

/// <summary>Writes a SentencePiece byte-pair model as the tokenizer.json Hugging Face makes of it.</summary>
internal static class SentencePieceConverter
{
    private const string SpaceMark = "\u2581";

    /// <exception cref="CheckpointFormatException">Entries contradict each other.</exception>
    public static Tokenizer Convert(SentencePieceModel model, string file)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        string? unknown = null;
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            SentencePiece piece = model.Pieces[id];
            if (!ids.TryAdd(piece.Text, id))
                throw new CheckpointFormatException(file, $"the piece '{piece.Text}' has the ids {ids[piece.Text]} and {id}");
            if (piece.Kind == SentencePieceKind.Unknown)
                unknown = piece.Text;
        }
        string? begin = TextOf(model, model.BeginOfTextId), end = TextOf(model, model.EndOfTextId);
        return new TokenizerDocument
        {
            Vocabulary = [.. model.Pieces.Select(piece => piece.Text)],
            Merges = Merges(model, ids),
            AddedTokens = [.. AddedTokens(model)],
            Normalizer = Sequence("normalizers", model.AddsLeadingSpace
                ? [new JsonObject { ["type"] = "Prepend", ["prepend"] = SpaceMark }, Replace(" ", SpaceMark)]
                : [Replace(" ", SpaceMark)]),
            Decoder = Sequence("decoders",
            [
                Replace(SpaceMark, " "),
                new JsonObject { ["type"] = "ByteFallback" },
                new JsonObject { ["type"] = "Fuse" },
                new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = model.AddsLeadingSpace ? 1 : 0, ["stop"] = 0 },
            ]),
            BeginOfText = begin,
            EndOfText = end,
            EncodesBeginOfText = begin is not null,
            UnknownToken = unknown,
            ByteFallback = model.ByteFallback,
        }.ToTokenizer();
    }

    /// <summary>Splits every piece into all pairs of pieces it can be merged from, best score first.</summary>
    private static List<(string Left, string Right)> Merges(SentencePieceModel model, Dictionary<string, int> ids)
    {
        var merges = new List<(string Left, string Right, float Score)>();
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (SentencePiece piece in model.Pieces.Where(piece => piece.Kind == SentencePieceKind.Normal))
        {
            var splits = new List<(int Left, int Right)>();
            for (int cut = 1; cut < piece.Text.Length; cut++)
            {
                if (lookup.TryGetValue(piece.Text.AsSpan(0, cut), out int left)
                    && lookup.TryGetValue(piece.Text.AsSpan(cut), out int right))
                    splits.Add((left, right));
            }
            merges.AddRange(splits.Order().Select(split => (model.Pieces[split.Left].Text, model.Pieces[split.Right].Text, piece.Score)));
        }
        return [.. merges
            .OrderByDescending(merge => merge.Score)
            .ThenByDescending(merge => merge.Left.Length)
            .ThenByDescending(merge => merge.Right.Length)
            .Select(merge => (merge.Left, merge.Right))];
    }

    private static IEnumerable<AddedToken> AddedTokens(SentencePieceModel model)
    {
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            SentencePiece piece = model.Pieces[id];
            if (piece.Kind is SentencePieceKind.Unknown or SentencePieceKind.Control or SentencePieceKind.UserDefined)
                yield return new AddedToken(id, piece.Text, IsSpecial: piece.Kind != SentencePieceKind.UserDefined);
        }
    }

    private static string? TextOf(SentencePieceModel model, int id) =>
        id >= 0 && id < model.Pieces.Count && model.Pieces[id].Kind == SentencePieceKind.Control ? model.Pieces[id].Text : null;

    private static JsonObject Replace(string pattern, string content) => new()
    {
        ["type"] = "Replace",
        ["pattern"] = new JsonObject { ["String"] = pattern },
        ["content"] = content,
    };

    private static JsonObject Sequence(string name, JsonNode[] steps) => new() { ["type"] = "Sequence", [name] = new JsonArray(steps) };
}
