using System.Security.Cryptography;

namespace Puzzle.Measurement.Tasks;

/// <summary>Hashes everything of a task that decides a model's answers and their score.</summary>
internal static class TaskFingerprint
{
    private const string Version = "task-1";

    public static string Of(DownstreamTask task)
    {
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        using (var content = new BinaryWriter(stream))
        {
            content.Write(Version);
            content.Write(task.Questions.Count);
            foreach (TaskQuestion question in task.Questions)
            {
                content.Write(question.Choices.Count);
                content.Write(question.Answer);
            }
            foreach (int length in task.ChoiceLengths)
                content.Write(length);
            foreach (TaskSequence sequence in task.Sequences)
            {
                content.Write(sequence.Ids.Length);
                foreach (int id in sequence.Ids)
                    content.Write(id);
                content.Write(sequence.Readings.Count);
                foreach ((int position, int token, int choice) in sequence.Readings)
                {
                    content.Write(position);
                    content.Write(token);
                    content.Write(choice);
                }
            }
        }
        return Convert.ToHexStringLower(hash.Hash!);
    }
}
