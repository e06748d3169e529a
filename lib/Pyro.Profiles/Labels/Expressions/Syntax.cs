namespace Pyro.Profiles.Labels.Expressions;

/// <summary>What must hold at a place between two characters.</summary>
internal enum Place
{
    /// <summary>The text begins.</summary>
    TextStart,

    /// <summary>The text ends.</summary>
    TextEnd,

    /// <summary>A line begins.</summary>
    LineStart,

    /// <summary>A line ends.</summary>
    LineEnd,

    /// <summary>An ASCII word begins or ends.</summary>
    WordEdge,

    /// <summary>No ASCII word begins or ends.</summary>
    NoWordEdge,
}

/// <summary>An expression taken apart.</summary>
internal abstract record Syntax
{
    /// <summary>One character of a set.</summary>
    public sealed record One(CodePointSet Set) : Syntax;

    /// <summary>One after another.</summary>
    public sealed record Sequence(IReadOnlyList<Syntax> Parts) : Syntax;

    /// <summary>One of several.</summary>
    public sealed record Choice(IReadOnlyList<Syntax> Parts) : Syntax;

    /// <summary>Something again and again, lazily when few are preferred; a most of -1 is none.</summary>
    public sealed record Repeat(Syntax Part, int Least, int Most, bool Lazy) : Syntax;

    /// <summary>What is captured; groups count from 1 in the order of their opening parentheses.</summary>
    public sealed record Group(Syntax Part) : Syntax;

    /// <summary>A condition on the place.</summary>
    public sealed record At(Place Place) : Syntax;
}
