namespace Puzzle.Text.Patterns;

/// <summary>Matches a pattern by going on and, where that fails, back to the last choice. Used by one thread.</summary>
internal sealed class PatternMatcher(Pattern pattern, string text, TextWork work)
{
    /// <summary>How often work is reported; few enough steps that a canceled thread stops at once.</summary>
    private const int StepsBetweenReports = 4096;

    // Only a search that goes back a lot is worth the memory to know where it has been.
    private const int StepsBeforeMemory = 20_000;

    private readonly PatternInstruction[] _code = pattern.Code;
    // A choice for each character at most, but for patterns made to have more.
    private readonly int _mostChoices = Math.Max(1 << 16, 4 * Math.Min(text.Length, 1 << 28));
    private VisitedStates? _visited;
    private Choice[] _choices = [];
    private int _count;
    private int _steps;
    private long _findSteps;
    private int _from;
    private bool _remembers;

    private readonly record struct Choice(int Instruction, int Position, int Least, bool IsLazyRun);

    /// <summary>Finds the first match from a position on.</summary>
    public (int Start, int End)? Find(int from)
    {
        // What fails at a position fails there whatever came before it, so that later attempts remember earlier ones.
        _findSteps = 0;
        _remembers = pattern.MayLoopOnNothing;
        _from = from;
        _visited?.Start(from);
        for (int start = from; start <= text.Length; start = After(start))
        {
            _count = 0;
            int end = Run(0, start, mustEnd: -1, isInside: false);
            if (end >= 0)
            {
                Report();
                return (start, end);
            }
        }
        Report();
        return null;
    }

    /// <summary>Gives the position after the code point at a position.</summary>
    public int After(int at) => at + (at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1);

    /// <summary>Runs instructions until the first match.</summary>
    /// <param name="instruction">The first.</param>
    /// <param name="at">Where in the text.</param>
    /// <param name="mustEnd">Where the match must end; anywhere if negative.</param>
    /// <param name="isInside">Whether this is a part whose match another decides about, so that what fails once may be tried again.</param>
    /// <returns>The end, or -1.</returns>
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Maintainability", "CA1502", Justification = "One flat list of instructions, which would run slower through calls.")]
    private int Run(int instruction, int at, int mustEnd, bool isInside)
    {
        int bottom = _count;
        while (true)
        {
            if (++_steps == StepsBetweenReports)
                Report();
            PatternInstruction current = _code[instruction];
            bool goesOn = true;
            switch (current.Operation)
            {
                case PatternOperation.Match:
                    goesOn = mustEnd < 0 || at == mustEnd;
                    if (goesOn)
                    {
                        _count = bottom;
                        return at;
                    }
                    break;
                case PatternOperation.Character:
                    goesOn = at < text.Length && IsIn(current.Set!, at);
                    at = goesOn ? After(at) : at;
                    instruction++;
                    break;
                case PatternOperation.Run:
                    goesOn = TakeRun(current, instruction, ref at);
                    instruction++;
                    break;
                case PatternOperation.LazyRun:
                    goesOn = TakeLeast(current, ref at);
                    if (goesOn && current.Maximum > current.Minimum)
                        Push(new Choice(instruction, at, current.Maximum - current.Minimum, IsLazyRun: true));
                    instruction++;
                    break;
                case PatternOperation.Jump:
                    instruction = current.Target;
                    break;
                case PatternOperation.Split:
                    goesOn = IsNew(instruction, at, isInside);
                    if (goesOn)
                        Push(new Choice(current.Other, at, at, IsLazyRun: false));
                    instruction = current.Target;
                    break;
                case PatternOperation.Place:
                    goesOn = Is(current.Place, at);
                    instruction++;
                    break;
                default:
                    goesOn = Inside(current, instruction, ref at);
                    instruction = current.Target;
                    break;
            }
            while (!goesOn)
            {
                if (_count == bottom)
                    return -1;
                goesOn = TakeBack(ref instruction, ref at, isInside);
            }
        }
    }

    /// <summary>Goes back to the last choice; false if that leads nowhere.</summary>
    private bool TakeBack(ref int instruction, ref int at, bool isInside)
    {
        if (++_steps == StepsBetweenReports)
            Report();
        Choice choice = _choices[--_count];
        at = choice.Position;
        instruction = choice.Instruction;
        if (choice.IsLazyRun)
        {
            PatternInstruction run = _code[instruction];
            if (at >= text.Length || !IsIn(run.Set!, at))
                return false;
            at = After(at);
            if (choice.Least > 1)
                Push(choice with { Position = at, Least = choice.Least - (run.Maximum == int.MaxValue ? 0 : 1) });
            instruction++;
        }
        else if (at > choice.Least)
        {
            at = Before(at);
            if (at > choice.Least)
                Push(choice with { Position = at });
        }
        // A further choice sees to that itself.
        return _code[instruction].Operation == PatternOperation.Split || IsNew(instruction, at, isInside);
    }

    private bool TakeRun(PatternInstruction run, int instruction, ref int at)
    {
        int count = 0, least = at, start = at;
        CodePointSet set = run.Set!;
        while (count < run.Maximum && at < text.Length && IsIn(set, at))
        {
            at = After(at);
            if (++count <= run.Minimum)
                least = at;
            if (++_steps == StepsBetweenReports)
                Report();
        }
        if (count < run.Minimum)
            return false;
        if (run.Minimum == 0)
            least = start;
        if (at > least && !run.IsLast)
            Push(new Choice(instruction + 1, at, least, IsLazyRun: false));
        return true;
    }

    private bool TakeLeast(PatternInstruction run, ref int at)
    {
        for (int i = 0; i < run.Minimum; i++)
        {
            if (at >= text.Length || !IsIn(run.Set!, at))
                return false;
            at = After(at);
        }
        return true;
    }

    /// <summary>Runs the part of a look or an atomic group.</summary>
    private bool Inside(PatternInstruction outer, int instruction, ref int at)
    {
        if (outer.Operation == PatternOperation.LookBehind)
            return LooksBehind(outer, instruction, at) != outer.IsNegated;
        int end = Run(instruction + 1, at, mustEnd: -1, isInside: true);
        if (outer.Operation == PatternOperation.LookAhead)
            return end >= 0 != outer.IsNegated;
        at = end >= 0 ? end : at;
        return end >= 0;
    }

    private bool LooksBehind(PatternInstruction look, int instruction, int at)
    {
        int start = at;
        for (int length = 0; length <= look.Maximum; length++)
        {
            if (length >= look.Minimum && Run(instruction + 1, start, mustEnd: at, isInside: true) >= 0)
                return true;
            if (start == 0)
                return false;
            start = Before(start);
        }
        return false;
    }

    private bool Is(PatternPlace place, int at) => place switch
    {
        PatternPlace.TextStart => at == 0,
        PatternPlace.TextEnd => at == text.Length,
        PatternPlace.TextEndOrLastLineFeed => at == text.Length || (at == text.Length - 1 && text[at] == '\n'),
        PatternPlace.LineStart => at == 0 || (text[at - 1] == '\n' && at < text.Length),
        PatternPlace.LineEnd => at == text.Length || text[at] == '\n',
        PatternPlace.WordBoundary => IsWordBefore(at) != IsWordAfter(at),
        _ => IsWordBefore(at) == IsWordAfter(at),
    };

    private bool IsWordAfter(int at) => at < text.Length && CodePointSet.Word.Contains(At(at));

    private bool IsWordBefore(int at) => at > 0 && CodePointSet.Word.Contains(At(Before(at)));

    private bool IsIn(CodePointSet set, int at)
    {
        int codePoint = At(at);
        _steps += set.FurtherSteps(codePoint);
        if (_steps >= StepsBetweenReports)
            Report();
        return set.Contains(codePoint);
    }

    private int Before(int at) => at - (at > 1 && char.IsSurrogatePair(text[at - 2], text[at - 1]) ? 2 : 1);

    private int At(int at)
    {
        char first = text[at];
        return char.IsHighSurrogate(first) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])
            ? char.ConvertToUtf32(first, text[at + 1])
            : first;
    }

    // What went on from the same instruction and position before has failed, else the attempt would have ended.
    private bool IsNew(int instruction, int at, bool isInside) => isInside || !_remembers || Visited().Add(instruction, at);

    private VisitedStates Visited()
    {
        if (_visited is null)
        {
            _visited = new VisitedStates(_code.Length);
            _visited.Start(_from);
        }
        return _visited;
    }

    private void Push(Choice choice)
    {
        if (_count == _choices.Length)
        {
            if (_count >= _mostChoices)
                work.Spend(long.MaxValue);
            Array.Resize(ref _choices, Math.Max(8, 2 * _count));
        }
        _choices[_count++] = choice;
    }

    private void Report()
    {
        work.Spend(_steps);
        _findSteps += _steps;
        _remembers |= _findSteps > StepsBeforeMemory;
        _steps = 0;
    }
}
