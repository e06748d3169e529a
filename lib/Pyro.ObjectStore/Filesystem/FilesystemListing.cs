using Pyro.Disk;

namespace Pyro.ObjectStore.Filesystem;

/// <summary>The objects of a folder in the order of their keys.</summary>
/// <param name="disk">Disk that it is on.</param>
/// <param name="root">Path of the folder.</param>
/// <param name="bucket">The folder.</param>
/// <param name="hidden">Folder inside it that holds no objects.</param>
/// <param name="faults">Explains what the disk refuses.</param>
internal sealed class FilesystemListing(IDisk disk, string root, FilesystemRoot bucket, string hidden, FilesystemFaults faults)
{
    // File systems keep it at their root for themselves.
    private const string LostAndFound = "lost+found/";

    /// <summary>What lies in a folder ("" or with `/` at its end) under names that start so.</summary>
    public IEnumerable<ObjectEntry> Walk(string folder, string start, bool recursive)
    {
        foreach ((string key, DiskEntry entry) in Entries(folder))
        {
            if (!key.AsSpan(folder.Length).StartsWith(start, StringComparison.Ordinal) || (key == LostAndFound && IsClosed(key)))
            {
                continue;
            }

            if (!entry.IsDirectory)
            {
                yield return new ObjectEntry(key, entry.Length, entry.Modified);
            }
            else if (recursive)
            {
                foreach (ObjectEntry inner in Walk(key, "", recursive: true))
                {
                    yield return inner;
                }
            }
            else if (HasObject(key))
            {
                yield return new ObjectEntry(key, 0, default);
            }
        }
    }

    /// <summary>A crash may leave an empty folder. One that cannot be looked into counts as full: who asks for what is in it is told.</summary>
    private bool HasObject(string folder)
    {
        try
        {
            return Entries(folder).Exists(inner => !inner.Entry.IsDirectory || HasObject(inner.Key));
        }
        catch (ObjectStoreException)
        {
            return true;
        }
    }

    /// <summary>What a folder holds that can be objects, in the order of keys; keys of folders end in `/`.</summary>
    private List<(string Key, DiskEntry Entry)> Entries(string folder)
    {
        IReadOnlyList<DiskEntry> found = faults.Try(() => disk.List(Path.Join(root, folder)), "list", folder);
        if (found.Count == 0)
        {
            bucket.Expect("list", folder);
            return [];
        }

        bucket.Seen();
        var entries = new List<(string Key, DiskEntry Entry)>(found.Count);
        foreach (DiskEntry entry in found)
        {
            string key = folder + entry.Name;
            if (key != hidden && ObjectKeys.IsValid(key))
            {
                entries.Add((entry.IsDirectory ? key + "/" : key, entry));
            }
        }

        entries.Sort(static (a, b) => ObjectKeys.Order.Compare(a.Key, b.Key));
        return entries;
    }

    /// <summary>Whether the process may not look into a folder.</summary>
    private bool IsClosed(string folder)
    {
        try
        {
            Entries(folder);
            return false;
        }
        catch (ObjectStoreException e) when (e.Fault == StoreFault.Denied)
        {
            return true;
        }
    }
}
