using Pyro.Disk;

namespace Pyro.ObjectStore.Filesystem;

/// <summary>The objects of a folder in the order of their keys.</summary>
/// <param name="disk">Disk that it is on.</param>
/// <param name="root">The folder.</param>
/// <param name="hidden">Folder inside it that holds no objects.</param>
/// <param name="faults">Explains what the disk refuses.</param>
internal sealed class FilesystemListing(IDisk disk, string root, string hidden, FilesystemFaults faults)
{
    /// <summary>What lies in a folder ("" or with `/` at its end) under names that start so.</summary>
    public IEnumerable<ObjectEntry> Walk(string folder, string start, bool recursive)
    {
        foreach ((string key, DiskEntry entry) in Entries(folder))
        {
            if (!key.AsSpan(folder.Length).StartsWith(start, StringComparison.Ordinal) || (folder.Length == 0 && entry.IsDirectory && IsClosed(key)))
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

    /// <summary>
    /// Whether the process may not look into a folder at the root, as lost+found: what is seen is listed all the same. Who asks for that folder
    /// itself, and whoever comes to such a folder deeper, is told.
    /// </summary>
    private bool IsClosed(string folder)
    {
        try
        {
            disk.List(Path.Join(root, folder));
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException e)
        {
            throw faults.Explain(e, "list", folder);
        }
    }

    /// <summary>A crash may leave an empty folder.</summary>
    private bool HasObject(string folder)
    {
        foreach ((string key, DiskEntry entry) in Entries(folder))
        {
            if (!entry.IsDirectory || HasObject(key))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a folder holds that can be objects, in the order of keys; keys of folders end in `/`.</summary>
    private List<(string Key, DiskEntry Entry)> Entries(string folder)
    {
        var entries = new List<(string Key, DiskEntry Entry)>();
        foreach (DiskEntry entry in faults.Try(() => disk.List(Path.Join(root, folder)), "list", folder))
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
}
