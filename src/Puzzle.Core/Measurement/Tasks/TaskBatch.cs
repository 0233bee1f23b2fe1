using Puzzle.Models;
using static TorchSharp.torch;

namespace Puzzle.Measurement.Tasks;

/// <summary>
/// Sequences of similar length that a model reads together. Shorter ones are filled up at their end, which their own tokens
/// cannot see.
/// </summary>
internal sealed class TaskBatch
{
    private readonly long[] _ids;
    private readonly long[] _rows;
    private readonly (int Slot, TaskReading Reading)[] _readings;
    private readonly int _sequences;

    private TaskBatch(TaskSequence[] sequences)
    {
        _sequences = sequences.Length;
        Tokens = sequences.Max(sequence => sequence.Ids.Length);
        _ids = new long[_sequences * Tokens];
        var slots = new SortedDictionary<long, List<TaskReading>>();
        for (int row = 0; row < _sequences; row++)
        {
            for (int i = 0; i < sequences[row].Ids.Length; i++)
                _ids[(row * Tokens) + i] = sequences[row].Ids[i];
            foreach (TaskReading reading in sequences[row].Readings)
            {
                long position = ((long)row * Tokens) + reading.Position;
                if (!slots.TryGetValue(position, out List<TaskReading>? here))
                    slots.Add(position, here = []);
                here.Add(reading);
            }
        }
        _rows = [.. slots.Keys];
        _readings = [.. slots.Values.SelectMany((here, slot) => here.Select(reading => (slot, reading)))];
    }

    /// <summary>Gets the number T of tokens of its longest sequence.</summary>
    public int Tokens { get; }

    /// <summary>Cuts a task into batches, the longest first; which sequences go together depends on their lengths only.</summary>
    /// <param name="task">The task.</param>
    /// <param name="batchSize">The most sequences of a batch.</param>
    public static IReadOnlyList<TaskBatch> Of(DownstreamTask task, int batchSize) =>
        [.. task.Sequences.OrderByDescending(sequence => sequence.Ids.Length).Chunk(batchSize)
            .Select(sequences => new TaskBatch(sequences))];

    /// <summary>Gives the ids, [B, T].</summary>
    public Tensor Ids(Device device) => tensor(_ids, [_sequences, Tokens], device: device);

    /// <summary>Reads the choices' log-probabilities off the model's last layer, a chunk of positions at a time.</summary>
    /// <param name="model">Whose final norm and head are used.</param>
    /// <param name="hidden">The residual stream after the last layer, [B, T, D].</param>
    /// <param name="tally">Receives them.</param>
    public void Read(CausalLanguageModel model, Tensor hidden, TaskTally tally)
    {
        using var outer = NewDisposeScope();
        Tensor positions = hidden.reshape(-1, hidden.size(2));
        int chunk = (int)Math.Min(_rows.Length, TokenMetrics.RowsPerChunk(model.Config.VocabularySize)), at = 0;
        for (int start = 0; start < _rows.Length; start += chunk)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(chunk, _rows.Length - start), end = at;
            while (end < _readings.Length && _readings[end].Slot < start + count)
                end++;
            Tensor logits = model.Logits(
                positions.index_select(0, tensor(_rows[start..(start + count)], device: model.Device))).to(ScalarType.Float32);
            long[] wanted = [.. _readings[at..end].Select(item => ((item.Slot - start) * logits.size(1)) + item.Reading.Token)];
            Tensor logProbabilities = nn.functional.log_softmax(
                logits, dim: -1).reshape(-1).index_select(0, tensor(wanted, device: model.Device));
            float[] values = logProbabilities.cpu().data<float>().ToArray();
            long[] first = logits.argmax(1).cpu().data<long>().ToArray();
            for (int i = at; i < end; i++)
            {
                (int slot, TaskReading reading) = _readings[i];
                tally.Add(reading.Choice, values[i - at], first[slot - start] == reading.Token);
            }
            at = end;
        }
    }
}
