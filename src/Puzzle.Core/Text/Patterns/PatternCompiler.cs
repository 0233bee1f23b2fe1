namespace Puzzle.Text.Patterns;

/// <summary>Turns a pattern's parts into instructions. Counted repeats are written out, so their number is bounded.</summary>
internal sealed class PatternCompiler
{
    // The longest pattern of a real tokenizer has about 300.
    private const int MostInstructions = 20_000;

    private readonly List<PatternInstruction> _code = [];
    private readonly List<int> _outerRuns = [];
    private int _parts;
    private bool _mayLoopOnNothing;
    private bool _isInside;

    /// <summary>Compiles a pattern.</summary>
    /// <returns>The instructions, and whether a loop's body may match nothing, so that the matcher must see that it does not go round for
    /// ever.</returns>
    /// <exception cref="FormatException">The pattern is too large.</exception>
    public static (PatternInstruction[] Code, bool MayLoopOnNothing) Compile(PatternNode node)
    {
        var compiler = new PatternCompiler();
        compiler.Add(node);
        compiler.Emit(new PatternInstruction(PatternOperation.Match));
        compiler.MarkLastRuns();
        return ([.. compiler._code], compiler._mayLoopOnNothing);
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Maintainability", "CA1502", Justification = "One flat list of nodes.")]
    private void Add(PatternNode node)
    {
        // Repeats of nothing emit nothing, but take time all the same.
        if (++_parts > 2 * MostInstructions)
            throw TooLarge();
        switch (node)
        {
            case CharacterNode character:
                Emit(new PatternInstruction(PatternOperation.Character) { Set = character.Set });
                break;
            case SequenceNode sequence:
                foreach (PatternNode part in sequence.Parts)
                    Add(part);
                break;
            case AlternativesNode alternatives:
                AddAlternatives(alternatives);
                break;
            case RepeatNode { Part: CharacterNode character } run:
                if (!_isInside && !run.IsLazy)
                    _outerRuns.Add(_code.Count);
                Emit(new PatternInstruction(run.IsLazy ? PatternOperation.LazyRun : PatternOperation.Run)
                {
                    Set = character.Set,
                    Minimum = run.Minimum,
                    Maximum = run.Maximum,
                });
                break;
            case RepeatNode repeat:
                AddRepeat(repeat);
                break;
            case AtomicNode atomic:
                AddInside(atomic.Part, new PatternInstruction(PatternOperation.Atomic));
                break;
            case LookNode { Behind: null } ahead:
                AddInside(ahead.Part, new PatternInstruction(PatternOperation.LookAhead) { IsNegated = ahead.IsNegated });
                break;
            case LookNode { Behind: var (minimum, maximum) } behind:
                AddInside(behind.Part, new PatternInstruction(PatternOperation.LookBehind)
                {
                    IsNegated = behind.IsNegated,
                    Minimum = minimum,
                    Maximum = maximum,
                });
                break;
            case PlaceNode place:
                Emit(new PatternInstruction(PatternOperation.Place) { Place = place.Place });
                break;
        }
    }

    private void AddAlternatives(AlternativesNode alternatives)
    {
        var jumps = new List<int>();
        foreach (PatternNode part in alternatives.Parts.SkipLast(1))
        {
            int split = Emit(new PatternInstruction(PatternOperation.Split));
            Add(part);
            jumps.Add(Emit(new PatternInstruction(PatternOperation.Jump)));
            _code[split] = _code[split] with { Target = split + 1, Other = _code.Count };
        }
        Add(alternatives.Parts[^1]);
        foreach (int jump in jumps)
            _code[jump] = _code[jump] with { Target = _code.Count };
    }

    private void AddRepeat(RepeatNode repeat)
    {
        for (int i = 0; i < repeat.Minimum; i++)
            Add(repeat.Part);
        if (repeat.Maximum == int.MaxValue)
        {
            AddLoop(repeat);
            return;
        }
        var splits = new List<int>();
        for (int i = repeat.Minimum; i < repeat.Maximum; i++)
        {
            splits.Add(Emit(new PatternInstruction(PatternOperation.Split)));
            Add(repeat.Part);
        }
        foreach (int split in splits)
            _code[split] = Choice(split + 1, _code.Count, repeat.IsLazy);
    }

    private void AddLoop(RepeatNode repeat)
    {
        if (repeat.Part.IsNullable)
        {
            if (_isInside)
                throw new FormatException("found a loop that may match nothing inside a look or an atomic group, which is not supported");
            _mayLoopOnNothing = true;
        }
        int split = Emit(new PatternInstruction(PatternOperation.Split));
        Add(repeat.Part);
        Emit(new PatternInstruction(PatternOperation.Jump) { Target = split });
        _code[split] = Choice(split + 1, _code.Count, repeat.IsLazy);
    }

    private void AddInside(PatternNode part, PatternInstruction instruction)
    {
        bool wasInside = _isInside;
        _isInside = true;
        int at = Emit(instruction);
        Add(part);
        Emit(new PatternInstruction(PatternOperation.Match));
        _code[at] = instruction with { Target = _code.Count };
        _isInside = wasInside;
    }

    private int Emit(PatternInstruction instruction)
    {
        if (_code.Count == MostInstructions)
            throw TooLarge();
        _code.Add(instruction);
        return _code.Count - 1;
    }

    /// <summary>Marks the runs that nothing follows: what they took they need never give back.</summary>
    private void MarkLastRuns()
    {
        foreach (int run in _outerRuns)
        {
            int next = run + 1;
            while (_code[next].Operation == PatternOperation.Jump && _code[next].Target > next)
                next = _code[next].Target;
            if (_code[next].Operation == PatternOperation.Match)
                _code[run] = _code[run] with { IsLast = true };
        }
    }

    private static FormatException TooLarge() => new($"found an expression of more than {MostInstructions} steps");

    private static PatternInstruction Choice(int more, int enough, bool isLazy) =>
        new(PatternOperation.Split) { Target = isLazy ? enough : more, Other = isLazy ? more : enough };
}
