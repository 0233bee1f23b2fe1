using System.Text.Json;
using System.Text.Json.Serialization;
using Puzzle.Foundation;

namespace Puzzle.Work;

/// <summary>The units of a stage, for any number of processes that see the same folder. Its digest names it.</summary>
/// <param name="Stage">What the units are.</param>
/// <param name="Parent">The fingerprint of the parent.</param>
/// <param name="Data">The fingerprints of the text, by what it is for.</param>
/// <param name="Arguments">What its maker needs to make the same request again; not looked at here.</param>
/// <param name="Units">The units, by layer.</param>
public sealed record WorkPlan(
    WorkStage Stage, string Parent, IReadOnlyDictionary<string, string> Data, IReadOnlyList<string> Arguments,
    IReadOnlyList<WorkUnit> Units)
{
    // A unit takes about 250 bytes: a million of them.
    private const long MostBytes = 1L << 28;

    /// <summary>Gets the version of the file's format.</summary>
    public static int Version => 1;

    /// <summary>Gets the digest over all of it: SHA-256 in lower-case hexadecimal.</summary>
    [JsonIgnore]
    public string Digest => Fingerprint.Of(JsonSerializer.Serialize(this, WorkJson.Default.WorkPlan));

    /// <summary>Writes the plan in one step.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <exception cref="ArgumentException">A unit's name or number is none.</exception>
    /// <exception cref="IOException">The disk is full, or refuses for another reason.</exception>
    public void Write(string path)
    {
        if (WorkPlanCheck.FaultOf(this) is { } fault)
            throw new ArgumentException(fault);
        AtomicFile.WriteText(path, JsonSerializer.Serialize(new WorkPlanFile(Version, Digest, this), WorkJson.Default.WorkPlanFile) + "\n");
    }

    /// <summary>Reads a plan.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">There is none, it is damaged, or of a version this code does not know.</exception>
    public static WorkPlan Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes = RegularFile.ReadAllBytes(path, MostBytes);
        int version = JsonReader.Deserialize(bytes, WorkJson.Default.WorkPlanVersion, path).Version;
        if (version != Version)
            throw new CheckpointFormatException(path, $"the work plan has version {version}; expected {Version}: plan again");
        WorkPlanFile file = JsonReader.Deserialize(bytes, WorkJson.Default.WorkPlanFile, path);
        if (WorkPlanCheck.FaultOf(file.Plan) is { } fault)
            throw new CheckpointFormatException(path, fault);
        if (file.Digest != file.Plan.Digest)
            throw new CheckpointFormatException(path, "the work plan is damaged: its digest does not match its content");
        return file.Plan;
    }

    /// <inheritdoc/>
    public bool Equals(WorkPlan? other) => other is not null && other.Digest == Digest;

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Digest);
}
