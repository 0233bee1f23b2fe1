using System.Collections.Concurrent;
using Puzzle.Foundation;
using static TorchSharp.torch;

namespace Puzzle.Library;

/// <summary>
/// A block library in a folder: <c>library.json</c>, one safetensors file per variant below <c>variants</c>, the scores in
/// <c>scores.jsonl</c>, and below <c>recipes</c> what they were made from. Open in one process at a time; safe for concurrent use by its
/// threads.
/// </summary>
/// <remarks>
/// Files are written whole or not at all, and verified when read. Whatever a crash or a bad disk leaves behind counts as
/// absent: the unit is made again, all others stay. A variant's header is checked when the library is opened and its weights
/// when it is first asked for, so <see cref="Variants"/> may list one that <see cref="Find"/> then turns out to be damaged.
/// </remarks>
public sealed class DirectoryBlockLibrary : IBlockLibrary, IDisposable
{
    private const string VariantsFolder = "variants";
    private const string RecipesFolder = "recipes";

    private readonly ConcurrentDictionary<string, VariantFile> _files = new(StringComparer.Ordinal);
    private readonly string _variantsFolder;
    private readonly FileStream? _lock;
    private readonly ScoreJournal _scores;
    private readonly RecipeFolder _recipes;
    private readonly OpenCalls _calls = new(typeof(DirectoryBlockLibrary));

    // Without a lock it is read only.
    private DirectoryBlockLibrary(string folder, string parentFingerprint, FileStream? @lock)
    {
        (Folder, ParentFingerprint, _lock) = (folder, parentFingerprint, @lock);
        _variantsFolder = Path.Combine(folder, VariantsFolder);
        if (@lock is not null)
        {
            Directory.CreateDirectory(_variantsFolder);
            AtomicFile.DeleteLeftovers(_variantsFolder);
        }
        foreach (string path in Directory.Exists(_variantsFolder)
            ? Directory.EnumerateFiles(_variantsFolder, "*" + VariantName.Extension)
            : [])
            FileOf(Path.GetFileName(path)).Open();
        _recipes = new RecipeFolder(Path.Combine(folder, RecipesFolder));
        _scores = new ScoreJournal(Path.Combine(folder, ScoreJournal.FileName), isReadOnly: @lock is null);
    }

    /// <summary>Gets the full path of the folder.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public string ParentFingerprint { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SubblockVariant> Variants
    {
        get
        {
            using OpenCalls.Call call = _calls.Enter();
            return [.. _files.Values.Select(file => file.Variant).OfType<SubblockVariant>()
                .OrderBy(variant => variant.Key.Layer)
                .ThenBy(variant => variant.Key.Kind)
                .ThenBy(variant => variant.Key.Config, StringComparer.Ordinal)
                .ThenBy(variant => variant.Key.Beside, StringComparer.Ordinal)
                .ThenBy(variant => variant.Recipe, StringComparer.Ordinal)];
        }
    }

    /// <summary>Opens a library, or creates it where there is none.</summary>
    /// <param name="folder">The library's own folder; created if absent.</param>
    /// <param name="parentFingerprint">The fingerprint of the parent.</param>
    /// <exception cref="InvalidOperationException">The folder holds another parent's library.</exception>
    /// <exception cref="CheckpointFormatException">The library's description is damaged, or of an unknown version.</exception>
    /// <exception cref="IOException">The library is open elsewhere, or the folder cannot be written.</exception>
    public static DirectoryBlockLibrary Open(string folder, string parentFingerprint)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(parentFingerprint);
        folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(folder);
        FileStream @lock = LibraryLock.Take(folder);
        try
        {
            RequireParent(folder, parentFingerprint);
            return new DirectoryBlockLibrary(folder, parentFingerprint, @lock);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Opens the library that there is, whichever parent it belongs to.</summary>
    /// <param name="folder">The library's own folder.</param>
    /// <exception cref="CheckpointFormatException">There is no library, or its description is damaged.</exception>
    /// <exception cref="IOException">The library is open elsewhere, or the folder cannot be written.</exception>
    public static DirectoryBlockLibrary OpenExisting(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string manifest = Path.Combine(folder, LibraryManifest.FileName);
        return File.Exists(manifest)
            ? Open(folder, LibraryManifest.Read(manifest).ParentFingerprint)
            : throw new CheckpointFormatException(manifest, "there is no block library here");
    }

    /// <summary>Opens the library that there is without taking it: any number of processes may read it at once, and what another writes
    /// meanwhile may be missing. Nothing can be added.</summary>
    /// <param name="folder">The library's own folder.</param>
    /// <exception cref="CheckpointFormatException">There is no library, or its description is damaged.</exception>
    public static DirectoryBlockLibrary OpenToRead(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = Path.GetFullPath(folder);
        string manifest = Path.Combine(folder, LibraryManifest.FileName);
        return File.Exists(manifest)
            ? new DirectoryBlockLibrary(folder, LibraryManifest.Read(manifest).ParentFingerprint, null)
            : throw new CheckpointFormatException(manifest, "there is no block library here");
    }

    /// <inheritdoc/>
    public SubblockVariant? Find(SubblockKey key, string recipe)
    {
        using OpenCalls.Call call = _calls.Enter();
        return _files.TryGetValue(VariantName.Of(key, recipe), out VariantFile? file) ? file.Find(key, recipe) : null;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A weight or loss is not finite, or the key or recipe is none.</exception>
    /// <exception cref="IOException">The disk is full, or refuses for another reason; what was stored before stays.</exception>
    public SubblockVariant Add(
        SubblockKey key, string recipe, IReadOnlyDictionary<string, Tensor> weights, IReadOnlyList<LossRecord> curve,
        VariantStart? start = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(curve);
        using OpenCalls.Call call = _calls.Enter();
        RequireWritable();
        VariantFile file = FileOf(VariantName.Of(key, recipe));
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var local = weights.ToDictionary(weight => weight.Key, weight => weight.Value.detach().cpu().contiguous(), StringComparer.Ordinal);
        FiniteValues.Require(key, local);
        FiniteValues.Require(key, curve);
        FiniteValues.Require(key, start);
        var variant = new SubblockVariant(key, recipe, WeightsDigest.Of(local));
        file.Write(variant, local, curve, start);
        return variant;
    }

    /// <inheritdoc/>
    /// <remarks>On the CPU, in the caller's dispose scope, with the element types they were stored in.</remarks>
    /// <exception cref="ObjectDisposedException">The library is disposed.</exception>
    public IReadOnlyDictionary<string, Tensor> ReadWeights(SubblockVariant variant)
    {
        using OpenCalls.Call call = _calls.Enter();
        return StoredFileOf(variant).Read(variant);
    }

    /// <inheritdoc/>
    /// <exception cref="CheckpointFormatException">The file is damaged or is not this variant's.</exception>
    /// <exception cref="ObjectDisposedException">The library is disposed.</exception>
    public IReadOnlyList<LossRecord> ReadCurve(SubblockVariant variant)
    {
        using OpenCalls.Call call = _calls.Enter();
        return StoredFileOf(variant).ReadCurve(variant);
    }

    /// <inheritdoc/>
    /// <exception cref="CheckpointFormatException">The file is damaged or is not this variant's.</exception>
    /// <exception cref="ObjectDisposedException">The library is disposed.</exception>
    public VariantStart? ReadStart(SubblockVariant variant)
    {
        using OpenCalls.Call call = _calls.Enter();
        return StoredFileOf(variant).ReadStart(variant);
    }

    /// <inheritdoc/>
    public BlockScore? FindScore(string blockId, string dataFingerprint)
    {
        ArgumentNullException.ThrowIfNull(blockId);
        ArgumentNullException.ThrowIfNull(dataFingerprint);
        using OpenCalls.Call call = _calls.Enter();
        return _scores.Find(blockId, dataFingerprint);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value is not finite, or the score names no block or data.</exception>
    /// <exception cref="IOException">The disk is full, or refuses for another reason; what was stored before stays.</exception>
    public void AddScore(BlockScore score)
    {
        ArgumentNullException.ThrowIfNull(score);
        using OpenCalls.Call call = _calls.Enter();
        RequireWritable();
        FiniteValues.Require(score);
        _scores.Add(score);
    }

    /// <inheritdoc/>
    public void AddRecipe(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        using OpenCalls.Call call = _calls.Enter();
        RequireWritable();
        _recipes.Add(recipe);
    }

    /// <inheritdoc/>
    public Recipe? FindRecipe(string fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        using OpenCalls.Call call = _calls.Enter();
        return _recipes.Find(fingerprint);
    }

    /// <summary>Copies the scores of another library that this one lacks, or has with fewer metrics, and their recipes.</summary>
    /// <returns>How many were copied.</returns>
    internal int CopyScoresFrom(DirectoryBlockLibrary other)
    {
        using OpenCalls.Call call = _calls.Enter();
        int copied = 0;
        foreach (BlockScore score in other._scores.All)
        {
            if (FindScore(score.BlockId, score.DataFingerprint)?.Metrics.Count >= score.Metrics.Count)
                continue;
            if (other.FindRecipe(score.DataFingerprint) is { } recipe)
                AddRecipe(recipe);
            AddScore(score);
            copied++;
        }
        return copied;
    }

    /// <summary>Writes the scores anew in canonical order, each once.</summary>
    internal void OrderScores()
    {
        using OpenCalls.Call call = _calls.Enter();
        RequireWritable();
        _scores.Order();
    }

    /// <summary>Closes the library, once no call uses it any more, and lets others open it.</summary>
    public void Dispose()
    {
        if (!_calls.Close())
            return;
        _scores.Dispose();
        _lock?.Dispose();
    }

    private void RequireWritable()
    {
        if (_lock is null)
            throw new InvalidOperationException($"The block library in {Folder} was opened to read only.");
    }

    private VariantFile FileOf(string name) =>
        _files.GetOrAdd(name, name => new VariantFile(Path.Combine(_variantsFolder, name), ParentFingerprint));

    private VariantFile StoredFileOf(SubblockVariant variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        string name = VariantName.Of(variant.Key, variant.Recipe);
        return _files.TryGetValue(name, out VariantFile? file)
            ? file
            : throw new CheckpointFormatException(
                Path.Combine(_variantsFolder, name), $"{variant.Key} of recipe {variant.Recipe} is not in the library");
    }

    private static void RequireParent(string folder, string parentFingerprint)
    {
        string path = Path.Combine(folder, LibraryManifest.FileName);
        AtomicFile.DeleteLeftovers(folder, LibraryManifest.FileName);
        if (!File.Exists(path))
        {
            if (Directory.Exists(Path.Combine(folder, VariantsFolder)) || File.Exists(Path.Combine(folder, ScoreJournal.FileName)))
                throw new CheckpointFormatException(path, "the file is missing from an existing library, so its parent is not known");
            LibraryManifest.Write(path, parentFingerprint);
            return;
        }
        string found = LibraryManifest.Read(path).ParentFingerprint;
        if (found != parentFingerprint)
            throw new InvalidOperationException(
                $"The block library in {folder} belongs to another parent: its fingerprint is {found}; expected {parentFingerprint}.");
    }
}
