namespace Puzzle.Search;

/// <summary>Narrows a search at solve time; the library stays as it is.</summary>
public abstract record SearchRestriction
{
    private protected SearchRestriction()
    {
    }
}
