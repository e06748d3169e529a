using System.Text.RegularExpressions;
using Pyro.Disk;

namespace Pyro.ObjectStore.Filesystem;

/// <summary>Says what it means for a bucket that its disk refused.</summary>
internal sealed partial class FilesystemFaults(IDisk disk, string root)
{
    private const string Setting = "storage.filesystem.dir";

    /// <summary>The bucket, for people.</summary>
    public string Store { get; } = $"filesystem {root}";

    /// <summary>Whether it is the disk that refused.</summary>
    public static bool IsRefusal(Exception error) => error is (IOException and not ObjectStoreException) or UnauthorizedAccessException;

    /// <summary>Calls the disk.</summary>
    public T Try<T>(Func<T> call, string what, string key)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Explain(e, what, key);
        }
    }

    /// <summary>Calls the disk.</summary>
    public async ValueTask Try(Func<ValueTask> call, string what, string key)
    {
        try
        {
            await call();
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Explain(e, what, key);
        }
    }

    /// <summary>The error of the bucket for one of its disk.</summary>
    public ObjectStoreException Explain(Exception error, string what, string key)
    {
        (StoreFault fault, string cause) = error switch
        {
            DiskCrashException => (StoreFault.Unavailable, "the disk is gone"),
            IOException io when DiskErrors.IsFull(io) => (StoreFault.Full, "no space is left"),
            PathTooLongException => (StoreFault.InvalidKey, "the file system takes no name that long"),
            _ when what == "write" && IsFolderAndObject(key) => (StoreFault.InvalidKey, "a part of the key is an object, or the key is the folder of others"),
            UnauthorizedAccessException => (StoreFault.Denied, $"the process may not use the folder, see {Setting}"),
            DirectoryNotFoundException => (StoreFault.Unavailable, $"the folder is not there, see {Setting}"),
            _ => (StoreFault.Unavailable, $"the disk refused, see {Setting}"),
        };
        string refusal = Unfinished().Replace(error.Message, "");
        return new ObjectStoreException(fault, $"{Store}: cannot {what} '{key}': {cause}: {refusal}", error)
        {
            Setting = fault == StoreFault.InvalidKey ? null : Setting,
        };
    }

    /// <summary>The name of an unfinished write, another for each: the same fault is told in the same words.</summary>
    [GeneratedRegex(@"(?<=pyro-unfinished)[/\\][0-9a-f]+-[0-9a-f]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unfinished();

    /// <summary>A key cannot be that of an object and begin that of another.</summary>
    private bool IsFolderAndObject(string key)
    {
        for (int slash = key.IndexOf('/'); slash > 0; slash = key.IndexOf('/', slash + 1))
        {
            if (IsFile(Path.Join(root, key[..slash])))
            {
                return true;
            }
        }

        return Holds(() => disk.List(Path.Join(root, key)).Count > 0);
    }

    private bool IsFile(string path) => Holds(() =>
    {
        disk.OpenRead(path).Dispose();
        return true;
    });

    private static bool Holds(Func<bool> question)
    {
        try
        {
            return question();
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return false;
        }
    }
}
