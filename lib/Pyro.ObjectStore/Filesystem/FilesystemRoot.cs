using Pyro.Disk;

namespace Pyro.ObjectStore.Filesystem;

/// <summary>
/// The folder of a bucket. Before the first put it may be missing; once it was there it is not made anew, since what is gone then is a mount, or was
/// moved away with all that lies in it.
/// </summary>
internal sealed class FilesystemRoot(IDisk disk, string path, FilesystemFaults faults)
{
    private volatile bool _wasThere;

    /// <summary>Something was found in it.</summary>
    public void Seen() => _wasThere = true;

    /// <summary>Asked when something is not in it, which means little when it is not there itself.</summary>
    /// <exception cref="ObjectStoreException">It was there and is gone, it is no folder, or that cannot be told.</exception>
    public void Expect(string what, string key)
    {
        if (faults.Try(IsThere, what, key))
        {
            Seen();
        }
    }

    private bool IsThere()
    {
        if (disk.IsDirectory(path))
        {
            return true;
        }

        if (disk.Exists(path))
        {
            throw new IOException($"'{path}' is no directory.");
        }

        return _wasThere ? throw new DirectoryNotFoundException($"Could not find '{path}'.") : false;
    }
}
