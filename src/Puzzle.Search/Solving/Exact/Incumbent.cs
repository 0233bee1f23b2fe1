namespace Puzzle.Search.Solving.Exact;

/// <summary>
/// The best choice known. In fixed point: of two choices the one of the smaller score is better, of equal ones the one of the smaller
/// tie.
/// </summary>
internal sealed class Incumbent(FixedPointModel fixedPoint)
{
    private long _score = long.MaxValue;
    private long _tie;

    /// <summary>Gets the item of each group; null before there is a choice.</summary>
    public int[]? Choice { get; private set; }

    /// <summary>Gets its summed score; infinity before there is a choice.</summary>
    public double Value { get; private set; } = double.PositiveInfinity;

    /// <summary>Offers a choice that meets every row; true when its score is better.</summary>
    public bool Offer(int[] choice)
    {
        long score = 0;
        long tie = 0;
        foreach (int item in choice)
        {
            score += fixedPoint.Scores[item];
            tie += fixedPoint.Ties[item];
        }
        bool isBetter = score < _score;
        if (isBetter || (score == _score && tie < _tie))
            (Choice, _score, _tie, Value) = ([.. choice], score, tie, fixedPoint.ScoreOf(score));
        return isBetter;
    }

    /// <summary>Offers a choice if it meets every row.</summary>
    public void OfferIfFits(int[] choice)
    {
        if (fixedPoint.Fits(choice))
            Offer(choice);
    }
}
