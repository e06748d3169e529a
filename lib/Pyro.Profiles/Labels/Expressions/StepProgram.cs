namespace Pyro.Profiles.Labels.Expressions;

/// <summary>What a step of a program does.</summary>
internal enum StepKind : byte
{
    /// <summary>The text matches if it ends here.</summary>
    Match,

    /// <summary>Takes one character of a set.</summary>
    Take,

    /// <summary>Goes on at two places.</summary>
    Split,

    /// <summary>Goes on if the place is right.</summary>
    Check,
}

/// <summary>A step: where it goes on, and the set that it takes or the place that it checks.</summary>
internal readonly record struct Step(StepKind Kind, int Next, int Other = 0, CodePointSet? Set = null, Place Place = default);

/// <summary>An expression as steps of a nondeterministic automaton. Step 0 is the match.</summary>
internal sealed class StepProgram
{
    // Counts within an expression multiply it; what is still larger is refused, as RE2 refuses what takes too much memory.
    private const int MostSteps = 20_000;

    private readonly List<Step> _steps = [new Step(StepKind.Match, 0)];

    /// <summary>Compiles an expression.</summary>
    /// <exception cref="SelectorException">It is too large.</exception>
    public StepProgram(Syntax syntax)
    {
        Start = Compile(syntax, next: 0);
        foreach (var step in _steps)
        {
            step.Set?.Sort();
            HasChecks |= step.Kind == StepKind.Check;
        }

        Steps = [.. _steps];
    }

    /// <summary>All steps.</summary>
    public Step[] Steps { get; }

    /// <summary>Where it begins.</summary>
    public int Start { get; }

    /// <summary>Whether what stands before and behind a place matters.</summary>
    public bool HasChecks { get; }

    // Steps are made from the end to the beginning, so that each knows where it goes on.
    private int Compile(Syntax syntax, int next)
    {
        switch (syntax)
        {
            case Syntax.One one:
                return Add(new Step(StepKind.Take, next, Set: one.Set));
            case Syntax.At at:
                return Add(new Step(StepKind.Check, next, Place: at.Place));
            case Syntax.Group group:
                return Compile(group.Part, next);
            case Syntax.Sequence sequence:
                for (var i = sequence.Parts.Count - 1; i >= 0; i--)
                {
                    next = Compile(sequence.Parts[i], next);
                }

                return next;
            case Syntax.Choice choice:
                var start = Compile(choice.Parts[^1], next);
                for (var i = choice.Parts.Count - 2; i >= 0; i--)
                {
                    start = Add(new Step(StepKind.Split, Compile(choice.Parts[i], next), start));
                }

                return start;
            case Syntax.Repeat repeat:
                return Compile(repeat, next);
            default:
                throw new InvalidOperationException(syntax.GetType().Name);
        }
    }

    // So many copies as there must be, then any number or the copies that there may be.
    private int Compile(Syntax.Repeat repeat, int next)
    {
        if (repeat.Most < 0)
        {
            var loop = Add(new Step(StepKind.Split, 0, next));
            _steps[loop] = new Step(StepKind.Split, Compile(repeat.Part, loop), next);
            next = loop;
        }

        var end = next;
        for (var i = repeat.Least; i < repeat.Most; i++)
        {
            next = Add(new Step(StepKind.Split, Compile(repeat.Part, next), end));
        }

        for (var i = 0; i < repeat.Least; i++)
        {
            next = Compile(repeat.Part, next);
        }

        return next;
    }

    private int Add(Step step)
    {
        if (_steps.Count >= MostSteps)
        {
            throw new SelectorException("error parsing regexp: expression too large");
        }

        _steps.Add(step);
        return _steps.Count - 1;
    }
}
