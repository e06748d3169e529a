namespace Pyro.Profiles.Trees;

/// <summary>Cuts a tree to its largest nodes as Pyroscope does; what falls away becomes children named <c>other</c>.</summary>
public static class TreeCut
{
    /// <summary>A tree of at least the <paramref name="maxNodes"/> largest nodes (ties stay); maxNodes &lt; 1: no cut.</summary>
    public static NameTree Cut(NameTree tree, long maxNodes) => throw new NotImplementedException();

    /// <summary>Folds nodes that cannot be among the <paramref name="keepNodes"/> largest into their parents' <see cref="NameTree.Folded"/>, so that any later cut to at most that many nodes gives the same tree.</summary>
    public static NameTree Fold(NameTree tree, long keepNodes) => throw new NotImplementedException();
}
