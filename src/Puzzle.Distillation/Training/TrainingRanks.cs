using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Puzzle.Foundation;
using Puzzle.Library;
using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>
/// What one training does together with the other ranks. Every message begins with how its rank is, and a rank that fails sends one more:
/// whatever the others exchange next, they read it there and end too.
/// </summary>
/// <param name="reducer">The ranks; null for a process that trains alone.</param>
internal sealed class TrainingRanks(IGradientReducer? reducer = null)
{
    private const byte Fine = 0, Canceled = 1, Failed = 2;
    private readonly IGradientReducer _reducer = reducer ?? new OneRank();
    private bool _ended;

    public int Rank => _reducer.Rank;

    public int Count => _reducer.Ranks;

    public bool IsFirst => Rank == 0;

    /// <summary>Does a rank's whole work; where it fails alone, the others are told.</summary>
    public T Run<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (Count > 1 && !_ended && failure is not RankFailedException)
        {
            Tell(failure);
            throw;
        }
    }

    /// <summary>Marks a failure that every rank finds by itself, so that nobody is told.</summary>
    public TException OfAll<TException>(TException failure)
        where TException : Exception
    {
        _ended = true;
        return failure;
    }

    /// <summary>Waits until every rank is here.</summary>
    public void Meet() => Exchange([]);

    /// <summary>Gives the numbers of every rank, in the order of the ranks.</summary>
    public double[][] Gather(ReadOnlySpan<double> own) =>
        [.. Exchange(MemoryMarshal.AsBytes(own)).Select(message => MemoryMarshal.Cast<byte, double>(message).ToArray())];

    /// <summary>Gives every rank what the first one makes.</summary>
    public T OfFirst<T>(Func<T> make) => JsonSerializer.Deserialize<T>(
        Exchange(IsFirst ? JsonSerializer.SerializeToUtf8Bytes(make()) : [])[0])!;

    /// <summary>Ends the training on every rank, before the same step, where one of them was canceled.</summary>
    /// <param name="beforeEnd">What is done first.</param>
    /// <param name="cancellationToken">This rank's.</param>
    public void EndIfCanceled(Action beforeEnd, CancellationToken cancellationToken)
    {
        int canceled = Array.FindIndex(
            [.. Exchange([cancellationToken.IsCancellationRequested ? Canceled : Fine])], message => message[0] == Canceled);
        if (canceled < 0)
            return;
        _ended = true;
        beforeEnd();
        cancellationToken.ThrowIfCancellationRequested();
        throw new OperationCanceledException($"Rank {canceled} was canceled.");
    }

    /// <summary>Requires that every rank trains the same.</summary>
    /// <exception cref="ArgumentException">One does not, on every rank.</exception>
    public void RequireSame(Recipe recipe)
    {
        if (Count == 1)
            return;
        IReadOnlyList<byte[]> all = Exchange(Encoding.UTF8.GetBytes(recipe.Fingerprint + RecipeJson.Write(recipe)));
        int other = Array.FindIndex([.. all], message => !message.AsSpan().SequenceEqual(all[0]));
        if (other < 0)
            return;
        string difference = ReadRecipe(all[0]) is { } first && ReadRecipe(all[other]) is { } its
            ? DifferenceOf(first, its, other)
            : "they are of different versions";
        throw OfAll(new ArgumentException($"Ranks 0 and {other} would not train the same: {difference}. Start all with the same options."));
    }

    /// <summary>Adds up the gradients of all ranks' replicas, in their order, into those of the first replica.</summary>
    public void Sum(IReadOnlyList<TrainingReplica> replicas) => _reducer.Sum([.. replicas.Select(replica => replica.Gradients.Buffer)]);

    /// <summary>Gives every rank the weights of the first.</summary>
    public void Share(CausalLanguageModel model)
    {
        if (Count == 1)
            return;
        using var noGradients = no_grad();
        foreach ((_, Tensor weight) in model.Weights)
            _reducer.Broadcast(weight);
    }

    /// <summary>Gives every rank the state that the first begins with.</summary>
    /// <param name="begin">Restores or makes it; called on the first rank.</param>
    /// <param name="model">The model.</param>
    /// <param name="optimizer">Its optimizer.</param>
    public TrainingState Begin(Func<TrainingState> begin, CausalLanguageModel model, AdamW optimizer)
    {
        if (Count == 1)
            return begin();
        Start start = OfFirst(() =>
        {
            TrainingState state = begin();
            return new Start(optimizer.Steps, state.Curve, state.Prepared);
        });
        Share(model);
        if (start.Steps > 0)
        {
            using var noGradients = no_grad();
            _reducer.Broadcast(optimizer.FirstMoments);
            _reducer.Broadcast(optimizer.SecondMoments);
            if (!IsFirst)
                optimizer.Restore(start.Steps, optimizer.FirstMoments, optimizer.SecondMoments);
        }
        return new TrainingState(start.Curve, start.Prepared);
    }

    private static string DifferenceOf(Recipe first, Recipe other, int rank)
    {
        var others = other.Fields.ToDictionary(field => field.Name, field => field.Shown, StringComparer.Ordinal);
        return string.Join("; ", first.Fields
            .Where(field => others.GetValueOrDefault(field.Name) != field.Shown)
            .Select(field => $"{field.Name} is {field.Shown} on rank 0 and {others.GetValueOrDefault(field.Name)} on rank {rank}"));
    }

    private static Recipe? ReadRecipe(byte[] message)
    {
        const int FingerprintDigits = 64;
        return message.Length <= FingerprintDigits
            ? null
            : RecipeJson.TryRead(message.AsMemory(FingerprintDigits), Encoding.UTF8.GetString(message, 0, FingerprintDigits));
    }

    private IReadOnlyList<byte[]> Exchange(ReadOnlySpan<byte> own)
    {
        if (Count == 1)
            return [own.ToArray()];
        IReadOnlyList<byte[]> all = _reducer.Exchange([Fine, .. own]);
        int ill = Array.FindIndex([.. all], message => message is not [Fine, ..]);
        if (ill < 0)
            return [.. all.Select(message => message[1..])];
        _ended = true;
        string reason = Encoding.UTF8.GetString(all[ill].AsSpan(Math.Min(1, all[ill].Length)));
        throw all[ill] is [Canceled, ..] ? new OperationCanceledException(reason) : new RankFailedException(ill, reason);
    }

    private void Tell(Exception failure)
    {
        _ended = true;
        try
        {
            byte state = failure is OperationCanceledException ? Canceled : Failed;
            _reducer.Exchange([state, .. Encoding.UTF8.GetBytes(failure.Message)]);
        }
        catch (RankFailedException)
        {
            // The others have ended already; this rank's own failure is what counts.
        }
    }

    private sealed record Start(long Steps, List<LossRecord> Curve, string? Prepared);
}
