using Pyro.Blocks.Files;

namespace Pyro.Blocks.Verifying;

/// <summary>Something that is wrong in a block or beside it.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Offset">Where in the file, in bytes; -1: it concerns the file as a whole.</param>
/// <param name="Fault">What is wrong, for people.</param>
public readonly record struct BlockFault(string File, long Offset, string Fault)
{
    /// <summary>File, offset and fault in one line.</summary>
    public override string ToString() => Offset < 0 ? $"{File}: {Fault}" : $"{File} at byte {Offset}: {Fault}";
}

/// <summary>Faults in the order in which they were found. Only so many are kept, all are counted; equal ones are one.</summary>
/// <param name="most">How many are kept.</param>
/// <param name="found">Told of each that is kept, when it is found.</param>
public sealed class FaultList(int most = FaultList.Usual, Action<BlockFault>? found = null)
{
    /// <summary>How many are kept when nothing else is said: who looks at a block needs no more to know what became of it.</summary>
    public const int Usual = 100;

    private readonly List<BlockFault> _kept = [];

    /// <summary>The faults that are kept.</summary>
    public IReadOnlyList<BlockFault> Kept => _kept;

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a fault.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="offset">Where in the file, in bytes; -1: it concerns the file as a whole.</param>
    /// <param name="fault">What is wrong.</param>
    public void Add(string file, long offset, string fault)
    {
        // A file that cannot be read is missed by each who needs it.
        var one = new BlockFault(file, offset, fault);
        if (_kept.Contains(one))
        {
            return;
        }

        Count++;
        if (_kept.Count < most)
        {
            _kept.Add(one);
            found?.Invoke(one);
        }
    }

    /// <summary>Adds the fault that ended a reading.</summary>
    public void Add(DamagedBlockException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        Add(fault.File, fault.Offset, fault.Fault);
    }

    /// <summary>Does a part of a verification; a fault that ends it is added.</summary>
    /// <returns>Whether it came to its end.</returns>
    public async ValueTask<bool> Try(Func<ValueTask> part)
    {
        ArgumentNullException.ThrowIfNull(part);
        try
        {
            await part();
            return true;
        }
        catch (DamagedBlockException e)
        {
            Add(e);
        }
        catch (MissingFileException e)
        {
            Add(e.File, -1, MissingFileException.Fault);
        }

        return false;
    }

    /// <summary>Makes something; null when a fault ended it, which is added.</summary>
    public async ValueTask<T?> Try<T>(Func<ValueTask<T>> make)
        where T : class?
    {
        ArgumentNullException.ThrowIfNull(make);
        T? made = null;
        await Try(async () => { made = await make(); });
        return made;
    }
}
