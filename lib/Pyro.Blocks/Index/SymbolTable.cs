using System.Text;
using Pyro.Blocks.Files;
using Pyro.Memory;

namespace Pyro.Blocks.Index;

/// <summary>
/// The label names and values of an index, numbered in byte order. Kept is where every 32nd of them lies; the others are found by
/// reading on from there.
/// </summary>
internal sealed class SymbolTable
{
    private const int Sampling = 32;

    // Wanted symbols that lie no further apart are fetched together.
    private const int Gap = 64 << 10;

    private readonly IBlockFile _file;
    private readonly long _start;
    private readonly long _end;
    private readonly uint[] _places;

    private SymbolTable(IBlockFile file, long start, long end, int count, uint[] places)
    {
        _file = file;
        _start = start;
        _end = end;
        _places = places;
        Count = count;
    }

    /// <summary>How many symbols.</summary>
    public int Count { get; }

    /// <summary>Bytes of memory held.</summary>
    public long HeldBytes => _places.Length * sizeof(uint);

    /// <summary>Walks the whole table once. What is kept is counted before it is taken.</summary>
    /// <exception cref="DamagedBlockException">It is not in strictly ascending order, or its checksum is wrong.</exception>
    public static async ValueTask<SymbolTable> Load(IBlockFile file, IndexToc toc, Reservation? memory, CancellationToken cancellation)
    {
        using var section = await Section.Open(file, toc.Symbols, toc.Series, "symbols", cancellation);
        var count = await section.UInt32(cancellation);
        if (count > section.Left)
        {
            throw section.Damaged($"are {count} in {section.Left} bytes");
        }

        memory?.Take((count + Sampling - 1) / Sampling * sizeof(uint));
        var places = new uint[(count + Sampling - 1) / Sampling];
        var before = new ByteText();
        for (var i = 0u; i < count;)
        {
            var reader = new EntryReader(section.Held);
            var symbol = Read(ref reader);
            if (reader.Fault is { } fault)
            {
                throw section.Damaged(fault);
            }

            if (reader.IsShort)
            {
                await section.More(cancellation);
                continue;
            }

            if (i > 0 && before.Span.SequenceCompareTo(symbol) >= 0)
            {
                throw section.Damaged("are not in ascending order");
            }

            if (i % Sampling == 0)
            {
                places[i / Sampling] = (uint)(section.Position - toc.Symbols);
            }

            before.Set(symbol);
            section.Advance(reader.Place);
            i++;
        }

        var end = section.Position;
        await section.Finish(cancellation);
        return new SymbolTable(file, toc.Symbols, end, (int)count, places);
    }

    /// <summary>A set of symbols, none yet.</summary>
    public SymbolSet NoSymbols() => new(Count, _file.Name);

    /// <summary>Makes text of symbols, each once.</summary>
    /// <exception cref="DamagedBlockException">The file changed since it was first read.</exception>
    public async ValueTask<SymbolTexts> Read(SymbolSet wanted, CancellationToken cancellation)
    {
        var texts = new string[wanted.Seal()];
        var n = 0;
        await Read(wanted, symbol => texts[n++] = Encoding.UTF8.GetString(symbol), cancellation);
        return new SymbolTexts(wanted, texts);
    }

    /// <summary>Tells symbols in byte order, as bytes.</summary>
    /// <exception cref="DamagedBlockException">The file changed since it was first read.</exception>
    public async ValueTask Read(SymbolSet wanted, Action<ReadOnlySpan<byte>> tell, CancellationToken cancellation)
    {
        using var window = new FileWindow(_file, _start, _end);
        var next = -1;
        for (var id = wanted.Next(0); id >= 0; id = wanted.Next(id + 1))
        {
            // On from the last one when it is in the same stretch, else from the nearest place known.
            if (next < 0 || id / Sampling != (next - 1) / Sampling)
            {
                next = id / Sampling * Sampling;
                window.Seek(_start + _places[id / Sampling]);
            }

            while (next <= id)
            {
                var reader = new EntryReader(window.Held);
                var symbol = Read(ref reader);
                if (reader.Fault is { } fault)
                {
                    throw window.Damaged(window.Position, fault);
                }

                if (reader.IsShort)
                {
                    await window.More(Ahead(wanted, id), cancellation);
                    continue;
                }

                if (next == id)
                {
                    tell(symbol);
                }

                window.Advance(reader.Place);
                next++;
            }
        }
    }

    // How much to fetch for a symbol and those that are wanted soon after it.
    private int Ahead(SymbolSet wanted, int id)
    {
        var first = id / Sampling;
        var last = first;
        for (var next = id; next >= 0 && End(next / Sampling) - _places[first] <= FileWindow.Stride;)
        {
            last = next / Sampling;
            next = wanted.Next((last + 1) * Sampling);
            if (next >= 0 && _places[next / Sampling] - End(last) > Gap)
            {
                break;
            }
        }

        return (int)Math.Min(FileWindow.Stride, End(last) - _places[first]);
    }

    private long End(int stretch) => stretch + 1 < _places.Length ? _places[stretch + 1] : _end - _start;

    private static ReadOnlySpan<byte> Read(ref EntryReader reader) => reader.Bytes(reader.Count(int.MaxValue, "a symbol's length"));
}
