using Puzzle.Foundation;

namespace Puzzle.Measurement.Tasks;

/// <summary>
/// Half-MMLU (the paper's task-oriented scores): MMLU's subjects in two halves, stratified by category, so that blocks are
/// scored on one and the child is judged by the other.
/// </summary>
public static class MmluHalves
{
    // STEM, humanities, social sciences, other.
    private static readonly string[][] Categories =
    [
        [
            "abstract_algebra", "astronomy", "college_biology", "college_chemistry", "college_computer_science", "college_mathematics",
            "college_physics", "computer_security", "conceptual_physics", "electrical_engineering", "elementary_mathematics",
            "high_school_biology", "high_school_chemistry", "high_school_computer_science", "high_school_mathematics",
            "high_school_physics", "high_school_statistics", "machine_learning",
        ],
        [
            "formal_logic", "high_school_european_history", "high_school_us_history", "high_school_world_history", "international_law",
            "jurisprudence", "logical_fallacies", "moral_disputes", "moral_scenarios", "philosophy", "prehistory", "professional_law",
            "world_religions",
        ],
        [
            "econometrics", "high_school_geography", "high_school_government_and_politics", "high_school_macroeconomics",
            "high_school_microeconomics", "high_school_psychology", "human_sexuality", "professional_psychology", "public_relations",
            "security_studies", "sociology", "us_foreign_policy",
        ],
        [
            "anatomy", "business_ethics", "clinical_knowledge", "college_medicine", "global_facts", "human_aging", "management",
            "marketing", "medical_genetics", "miscellaneous", "nutrition", "professional_accounting", "professional_medicine", "virology",
        ],
    ];

    /// <summary>Divides questions by their subject; every question is in exactly one half.</summary>
    /// <param name="questions">Questions whose category is a subject of MMLU.</param>
    /// <param name="seed">Decides which subjects go together; equal seeds give equal halves, whatever subjects are asked about.</param>
    /// <returns>Of all 57 subjects 29 and 28; of each category, numbers that differ by at most one.</returns>
    /// <exception cref="ArgumentException">A question's category is no subject of MMLU.</exception>
    public static (IReadOnlyList<TaskQuestion> First, IReadOnlyList<TaskQuestion> Second) Split(
        IReadOnlyList<TaskQuestion> questions, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(questions);
        Dictionary<string, int> halves = HalfOfSubject(seed);
        if (questions.FirstOrDefault(question => !halves.ContainsKey(question.Category)) is { } stranger)
            throw new ArgumentException($"'{stranger.Category}' is no subject of MMLU.", nameof(questions));
        ILookup<int, TaskQuestion> byHalf = questions.ToLookup(question => halves[question.Category]);
        return ([.. byHalf[0]], [.. byHalf[1]]);
    }

    private static Dictionary<string, int> HalfOfSubject(ulong seed) => Categories
        .SelectMany(subjects => subjects.OrderBy(subject => Fingerprint.Of(seed, subject), StringComparer.Ordinal))
        .Index()
        .ToDictionary(subject => subject.Item, subject => subject.Index % 2, StringComparer.Ordinal);
}
