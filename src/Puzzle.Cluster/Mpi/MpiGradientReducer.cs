using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Puzzle.Distillation;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Puzzle.Cluster.Mpi;

/// <summary>
/// Ranks that were started together by <c>mpirun</c> or <c>srun</c> and reach each other by Open MPI. Sums go from rank to rank in slices,
/// each rank adding its parts, and come back from the last one: the order of summation does not depend on what MPI chooses, and a rank
/// needs the memory of one slice. On other devices than the CPU slices pass through the host.
/// </summary>
public sealed class MpiGradientReducer : IGradientReducer, IDisposable
{
    // 1 MiB: stays in a core's cache between receiving, adding and sending, and is long against what a message costs.
    private const int SliceBytes = 1 << 20;

    // Short messages go to everybody in one call instead of one call for each rank.
    private const int ShortMessage = 1 << 10;

    private const long Leaving = -1;
    private readonly OpenMpi _mpi;
    private readonly float[] _slice = new float[SliceBytes / sizeof(float)];
    private bool _ended;
    private bool _isLost;
    private bool _isDisposed;

    private MpiGradientReducer(OpenMpi mpi) => _mpi = mpi;

    /// <inheritdoc/>
    public int Rank => _mpi.Rank;

    /// <inheritdoc/>
    public int Ranks => _mpi.Size;

    /// <summary>Joins the ranks that were started together; a process that was started alone is rank 0 of 1. Once in a process.</summary>
    /// <returns>The ranks. Every rank has to dispose it: the last one does not wait for what never comes.</returns>
    /// <exception cref="DllNotFoundException">Open MPI is not installed.</exception>
    /// <exception cref="InvalidOperationException">This process has left before, or Slurm started several tasks that MPI does not
    /// know of.</exception>
    public static MpiGradientReducer Join()
    {
        OpenMpi mpi = OpenMpi.Join();
        // Each task would be a training of its own.
        if (mpi.Size == 1 && Environment.GetEnvironmentVariable("SLURM_STEP_NUM_TASKS") is { } tasks and not "1")
            throw new InvalidOperationException(
                $"srun started {tasks} tasks, but MPI sees one: start them by 'srun --mpi=pmix' (srun --mpi=list says what there is), or "
                + "by mpirun inside the job.");
        return new MpiGradientReducer(mpi);
    }

    /// <inheritdoc/>
    public void Sum(IReadOnlyList<Tensor> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Guard(() =>
        {
            ForEachSlice(parts[0], sizeof(float), (start, length) =>
            {
                Span<float> sums = _slice.AsSpan(0, length);
                if (Rank > 0)
                    _mpi.Receive(MemoryMarshal.AsBytes(sums), Rank - 1);
                else
                    new HostSlice(parts[0], start, length).Floats.CopyTo(sums);
                for (int part = Rank > 0 ? 0 : 1; part < parts.Count; part++)
                    TensorPrimitives.Add(sums, new HostSlice(parts[part], start, length).Floats, sums);
                if (Rank < Ranks - 1)
                    _mpi.Send(MemoryMarshal.AsBytes(sums), Rank + 1);
                else
                    Put(parts[0], start, sums);
            });
            ForEachSlice(parts[0], sizeof(float), (start, length) => Return(new HostSlice(parts[0], start, length)));
        });
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Guard(() => ForEachSlice(values, values.element_size(), (start, length) =>
        {
            var slice = new HostSlice(values, start, length);
            _mpi.Broadcast(slice.Bytes, root: 0);
            if (Rank > 0)
                slice.Put();
        }));
    }

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Exchange(ReadOnlySpan<byte> message)
    {
        byte[] own = message.ToArray();
        var all = new byte[Ranks][];
        Guard(() =>
        {
            long[] lengths = Lengths(own.Length);
            int left = Array.IndexOf(lengths, Leaving);
            if (left >= 0)
            {
                _ended = true;
                throw new RankFailedException(left, "it ended before the others.");
            }
            int most = (int)lengths.Max();
            if (most <= ShortMessage)
                ExchangeAtOnce(own, most, lengths, all);
            else
                ExchangeInTurn(own, lengths, all);
        });
        return all;
    }

    /// <summary>Leaves the ranks. Those that wait for this one are told.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        try
        {
            if (!_ended && !_isLost)
                Lengths(Leaving);
            // Where a rank is lost, ending in order would wait for it; mpirun ends the rest.
            if (_mpi.IsOwn && !_isLost)
                OpenMpi.Leave();
        }
        catch (RankFailedException)
        {
            // Nobody is left to be told.
        }
    }

    private static void Put(Tensor tensor, long start, ReadOnlySpan<float> values)
    {
        var slice = new HostSlice(tensor, start, values.Length);
        values.CopyTo(slice.Floats);
        slice.Put();
    }

    private static void ForEachSlice(Tensor tensor, long elementBytes, Action<long, int> body)
    {
        long count = tensor.numel(), most = SliceBytes / elementBytes;
        for (long start = 0; start < count; start += most)
        {
            using var scope = NewDisposeScope();
            using var noGradients = no_grad();
            body(start, (int)Math.Min(most, count - start));
        }
    }

    // A chain as on the way there: with two ranks measured at four times the speed of a broadcast.
    private void Return(HostSlice sums)
    {
        if (Rank < Ranks - 1)
        {
            _mpi.Receive(sums.Bytes, Rank + 1);
            sums.Put();
        }
        if (Rank > 0)
            _mpi.Send(sums.Bytes, Rank - 1);
    }

    private long[] Lengths(long own)
    {
        var lengths = new long[Ranks];
        _mpi.AllGather(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in own)), MemoryMarshal.AsBytes(lengths.AsSpan()));
        return lengths;
    }

    private void ExchangeAtOnce(byte[] own, int most, long[] lengths, byte[][] all)
    {
        byte[] padded = new byte[most], gathered = new byte[most * Ranks];
        own.CopyTo(padded, 0);
        _mpi.AllGather(padded, gathered);
        for (int rank = 0; rank < Ranks; rank++)
            all[rank] = gathered.AsSpan(rank * most, (int)lengths[rank]).ToArray();
    }

    private void ExchangeInTurn(byte[] own, long[] lengths, byte[][] all)
    {
        for (int rank = 0; rank < Ranks; rank++)
        {
            all[rank] = rank == Rank ? own : new byte[lengths[rank]];
            for (int start = 0; start < all[rank].Length; start += SliceBytes)
                _mpi.Broadcast(all[rank].AsSpan(start, Math.Min(SliceBytes, all[rank].Length - start)), rank);
        }
    }

    private void Guard(Action work)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            work();
        }
        catch (RankFailedException) when (!_ended)
        {
            _isLost = true;
            throw;
        }
    }
}
