namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// Every number that the exact search is tuned by. None changes what is true of an answer, only how soon it is proven. The search
/// benchmarks' section <c>tuning</c> times each at half and at double its value.
/// </summary>
internal sealed record ExactTuning
{
    /// <summary>
    /// How many steps of an inner loop pass between two looks at the clock. A constant, as it stands in the innermost loop.
    /// </summary>
    public const int StepsBetweenLooks = 256;

    public static ExactTuning Default { get; } = new();

    /// <summary>
    /// Gets with how many better items of its group an item is compared for dominance; it only matters in groups of thousands.
    /// </summary>
    public int ItemComparisons { get; init; } = 512;

    /// <summary>
    /// Gets what the multipliers are raised by until the cheapest items fit: small steps first, since near the relaxation choices are best.
    /// </summary>
    public IReadOnlyList<double> StartRaises { get; init; } = [1, 1.01, 1.03, 1.1, 1.3, 1.7, 3, 10, 100];

    /// <summary>
    /// Gets after how many starting choices that fit the best is taken; measured: 0.05 ms for two at 80 groups of 16 items.
    /// </summary>
    public int Starts { get; init; } = 2;

    /// <summary>
    /// Gets the first gap above the bound, as a share of the bound. Measured: the relaxation of the published scenarios lies 0.3e-3 to 2e-3
    /// below the best choice.
    /// </summary>
    public double FirstGap { get; init; } = 0.6e-3;

    /// <summary>Gets the most that the first gap may be of the way to the incumbent, so that a good incumbent is not looked past.</summary>
    public double FirstGapToIncumbent { get; init; } = 0.25;

    /// <summary>Gets the same once a problem is known to be hard: its incumbent is better then, and a failed run dear.</summary>
    public double HardGapToIncumbent { get; init; } = 0.1;

    /// <summary>Gets the least first gap, as a share of the way to the worst choice: below it runs would differ by rounding only.</summary>
    public double LeastGap { get; init; } = 1e-6;

    /// <summary>
    /// Gets what a gap is multiplied by when nothing lies within it: a run costs about as many labels as choices lie within the gap, which
    /// grow much faster than the gap, so the last run costs the most and steps are small.
    /// </summary>
    public double GapGrowth { get; init; } = 1.5;

    /// <summary>
    /// Gets how many labels a stage may have before a problem counts as hard. Measured: the published scenarios make 2,000 to 5,200
    /// labels in all.
    /// </summary>
    public int FirstWidth { get; init; } = 10_000;

    /// <summary>Gets what the width is multiplied by when a hard problem needs more labels.</summary>
    public int WidthGrowth { get; init; } = 4;

    /// <summary>Gets by what one multiplier at a time is scaled for further bounds on labels, on both sides of the best.</summary>
    public IReadOnlyList<double> BoundFactors { get; init; } = [0.4, 0.75, 1.3, 2.5];

    /// <summary>Gets how many labels may be made for each that is kept; sorting more would delay a cancellation.</summary>
    public int ExtensionFactor { get; init; } = 8;

    /// <summary>Gets the most labels made at once: some 30 MB with two rows.</summary>
    public int LargestExtension { get; init; } = 800_000;

    /// <summary>Gets the width of what is finished after time is up, so that there is an answer.</summary>
    public int LateWidth { get; init; } = 200;

    /// <summary>Gets with how many of the labels kept before a label is compared where three or more rows allow no order.</summary>
    public int DominanceWindow { get; init; } = 24;

    /// <summary>Gets with how many labels of the same resources a label's counters are compared.</summary>
    public int CellComparisons { get; init; } = 256;

    /// <summary>Gets the label limit of the pass without counters, which is cheap and whose completions all that follows needs.</summary>
    public int RelaxedWidth { get; init; } = 200_000;

    /// <summary>Gets how many subgradient steps the counters' multipliers get at most.</summary>
    public int SubgradientSteps { get; init; } = 200;

    /// <summary>Gets after how many steps without a better bound the step is halved.</summary>
    public int SubgradientPatience { get; init; } = 5;

    /// <summary>Gets the share of a full step at which tuning ends.</summary>
    public double SmallestSubgradientStep { get; init; } = 1.0 / 64;

    /// <summary>Gets the first gap of a charged model, as a share of its bound; without counters the relaxation is closer.</summary>
    public double ChargedGap { get; init; } = 0.3e-3;

    /// <summary>Gets how often that gap grows before all choices are allowed.</summary>
    public int ChargedAttempts { get; init; } = 30;

    /// <summary>
    /// Gets how many items of a group local search tries, cheapest at the multipliers first: pairs of changes grow with its square.
    /// </summary>
    public int ImprovementCandidates { get; init; } = 6;

    /// <summary>Gets how many groups a random change touches: one more than the pairs that descents undo at once.</summary>
    public int ImprovementKick { get; init; } = 3;

    /// <summary>Gets how many random changes a hard problem's incumbent gets; measured: 0.1 to 1 s at 80 groups.</summary>
    public int ImprovementRounds { get; init; } = 300;

    /// <summary>Gets the most steps of one descent, against changes that undo each other by rounding.</summary>
    public int LongestDescent { get; init; } = 1000;

    /// <summary>
    /// Gets how many nodes branch and bound may look at before labels are searched more widely; measured: some 80,000 nodes a second.
    /// </summary>
    public int FirstNodes { get; init; } = 5_000;

    /// <summary>Gets the most open nodes: some 200 MB at 80 groups of 16 items.</summary>
    public int LargestQueue { get; init; } = 1_000_000;

    /// <summary>Gets at every how many-th node a starting choice is sought, which takes longer than the node.</summary>
    public int HeuristicEvery { get; init; } = 16;

    /// <summary>Gets the most sets of labels that a limit on different labels may ask for: some seconds of bounds.</summary>
    public int LabelSets { get; init; } = 20_000;

    /// <summary>Gets how often an answer may break a bound when costs are so far apart that sums in double lose the small ones.</summary>
    public int Repetitions { get; init; } = 25;
}
