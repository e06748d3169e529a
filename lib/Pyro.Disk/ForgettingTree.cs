namespace Pyro.Disk;

/// <summary>Files and directories of a <see cref="ForgettingDisk"/> by path: as programs see them, and what of them a crash leaves.</summary>
internal sealed class ForgettingTree
{
    private ForgettingDirectory _root = new();

    /// <summary>Bytes that files have in all.</summary>
    public long Bytes => _root.Bytes;

    /// <summary>The path of the directory that one lies in.</summary>
    public static string Above(string path)
    {
        int slash = path.TrimEnd('/').LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    /// <summary>What lies at a path, or null.</summary>
    public ForgettingNode? Find(string path)
    {
        ForgettingNode? node = _root;
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (node is not ForgettingDirectory directory || !directory.Entries.TryGetValue(part, out node))
            {
                return null;
            }
        }

        return node;
    }

    /// <summary>What lies directly in a directory, in ordinal order of names; nothing when there is none.</summary>
    public IReadOnlyList<DiskEntry> List(string directory)
    {
        return Find(directory) is ForgettingDirectory found
            ? [.. found.Entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => Entry(e.Key, e.Value))]
            : [];

        static DiskEntry Entry(string name, ForgettingNode node) =>
            node is ForgettingContent content
                ? new(name, IsDirectory: false, content.Length, content.Modified)
                : new(name, IsDirectory: true, 0, default);
    }

    /// <summary>Puts a new file or directory in its place, unless something is there.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    public bool TryAdd(string path, ForgettingNode node)
    {
        (ForgettingDirectory parent, string name) = Parent(path);
        return parent.Entries.TryAdd(name, node);
    }

    /// <summary>Takes a file or directory out, if it is there.</summary>
    public void Remove(string path)
    {
        if (Find(path) is not null)
        {
            (ForgettingDirectory parent, string name) = Parent(path);
            parent.Entries.Remove(name);
        }
    }

    /// <summary>Moves a file or directory; a file may take the place of a file.</summary>
    /// <exception cref="IOException">There is nothing to move, or something in the way.</exception>
    public void Move(string source, string target)
    {
        (ForgettingDirectory from, string fromName) = Parent(source);
        (ForgettingDirectory to, string toName) = Parent(target);
        if (!from.Entries.TryGetValue(fromName, out ForgettingNode? node))
        {
            throw new FileNotFoundException($"Could not find '{source}'.", source);
        }

        if (to.Entries.TryGetValue(toName, out ForgettingNode? there) && (there is ForgettingDirectory || node is ForgettingDirectory))
        {
            throw new IOException($"'{target}' already exists.");
        }

        from.Entries.Remove(fromName);
        to.Entries[toName] = node;
        if (!ReferenceEquals(from, to))
        {
            var move = new ForgettingMove(from, fromName, to, toName);
            from.Moves.Add(move);
            to.Moves.Add(move);
        }
    }

    /// <summary>Leaves what a crash leaves.</summary>
    /// <param name="keepSome">Lets single unsynced files and directories survive as they are.</param>
    /// <param name="random">Chooses what survives.</param>
    public void Crash(bool keepSome, Random random)
    {
        if (keepSome)
        {
            KeepSome(_root, random);
        }

        _root = _root.Recover(random);
    }

    private static void KeepSome(ForgettingDirectory directory, Random random)
    {
        foreach (ForgettingNode node in directory.Entries.Values)
        {
            if (node is ForgettingDirectory inner)
            {
                KeepSome(inner, random);
            }
            else if (node is ForgettingContent content && random.Next(4) == 0)
            {
                content.Sync();
            }
        }

        if (random.Next(2) == 0)
        {
            directory.Sync();
        }
    }

    private (ForgettingDirectory Directory, string Name) Parent(string path) =>
        Find(Above(path)) is ForgettingDirectory directory
            ? (directory, path.TrimEnd('/')[(path.TrimEnd('/').LastIndexOf('/') + 1)..])
            : throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
}
