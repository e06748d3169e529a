using Pyro.Blocks.Files;
using Pyro.Memory;

namespace Pyro.Blocks.Index;

/// <summary>Reads entries of the series section, those that lie near one another together. Each has a checksum of its own.</summary>
internal sealed class SeriesReader(IBlockFile file, IndexToc toc)
{
    // References that lie no further apart are fetched together.
    private const int Gap = 64 << 10;

    // As long as most entries are, so that the last one of a fetch is seldom cut off.
    private const int UsualEntry = 1 << 10;

    // Series expected at first where nobody knows how many come.
    private const int FewSeries = 64;

    /// <summary>Reads the series at some references, which are best in ascending order.</summary>
    /// <exception cref="DamagedBlockException">No whole series lies at one of them.</exception>
    public async ValueTask<SeriesEntries> Read(ReadOnlyMemory<uint> references, Reservation? memory, CancellationToken cancellation)
    {
        var entries = new SeriesEntries(references.Length, memory);
        using var window = new FileWindow(file, toc.Series, toc.LabelIndices);
        for (var i = 0; i < references.Length; i++)
        {
            window.Seek((long)references.Span[i] * SeriesEntry.Alignment);
            while (!TryRead(window, entries))
            {
                await window.More(Ahead(references.Span[i..]), cancellation);
            }
        }

        return entries;
    }

    /// <summary>Reads the whole section, and keeps the series that have one of some fingerprints, or all.</summary>
    public async ValueTask<SeriesEntries> Scan(IReadOnlySet<ulong>? fingerprints, Reservation? memory, CancellationToken cancellation)
    {
        var entries = new SeriesEntries(fingerprints?.Count ?? FewSeries, memory);
        using var window = new FileWindow(file, toc.Series, toc.LabelIndices);
        for (var at = Aligned(toc.Series); at < toc.LabelIndices; at = Aligned(window.Position))
        {
            window.Seek(at);
            while (!TryRead(window, entries, fingerprints))
            {
                await window.More(FileWindow.Stride, cancellation);
            }
        }

        return entries;
    }

    private static long Aligned(long offset) => (offset + SeriesEntry.Alignment - 1) / SeriesEntry.Alignment * SeriesEntry.Alignment;

    // How much to fetch for the first reference and those that follow soon.
    private static int Ahead(ReadOnlySpan<uint> references)
    {
        var bytes = 0L;
        for (var i = 1; i < references.Length; i++)
        {
            var to = ((long)references[i] - references[0]) * SeriesEntry.Alignment;
            if (to < bytes || to - bytes > Gap || to > FileWindow.Stride)
            {
                break;
            }

            bytes = to;
        }

        return (int)bytes + UsualEntry;
    }

    // Reads the entry at the window's place and steps over it; false: not enough is held.
    private static bool TryRead(FileWindow window, SeriesEntries entries, IReadOnlySet<ulong>? fingerprints = null)
    {
        var frame = new EntryReader(window.Held);
        var body = frame.Bytes(frame.Count(int.MaxValue, "a series' length"));
        var checksum = frame.UInt32();
        if (frame.Fault is { } fault)
        {
            throw window.Damaged(window.Position, fault);
        }

        if (frame.IsShort)
        {
            return false;
        }

        if (Crc32C.Of(body) != checksum)
        {
            throw window.Damaged(window.Position, "the series has another checksum than it should");
        }

        Read(window, body, entries, fingerprints);
        window.Advance(frame.Place);
        return true;
    }

    private static void Read(FileWindow window, ReadOnlySpan<byte> body, SeriesEntries entries, IReadOnlySet<ulong>? fingerprints)
    {
        var reader = new EntryReader(body);
        var fingerprint = reader.UInt64();
        if (fingerprints?.Contains(fingerprint) == false)
        {
            return;
        }

        for (var left = reader.Count(reader.Left / 2, "a number of labels"); left > 0; left--)
        {
            var name = (uint)reader.Count(int.MaxValue, "a symbol");
            entries.AddLabel(new SymbolPair(name, (uint)reader.Count(int.MaxValue, "a symbol")));
        }

        var chunks = reader.Uvarint();
        var min = reader.Varint();
        var length = reader.Uvarint();
        _ = reader.Uvarint(); // Kilobytes: nothing to Pyroscope, which writes 0.
        var seriesIndex = (uint)reader.Count(int.MaxValue, "a series' number");
        _ = reader.UInt32(); // A checksum of chunks that are not there.
        var isWhole = !reader.IsShort && reader.Left == 0 && chunks == 1 && length <= (ulong)(long.MaxValue - Math.Max(0, min));
        if (reader.Fault is not null || !isWhole)
        {
            entries.Drop();
            throw window.Damaged(window.Position, reader.Fault ?? (chunks == 1 ? "the series is not what its length says" : $"the series has {chunks} chunks instead of one"));
        }

        var reference = (uint)(window.Position / SeriesEntry.Alignment);
        entries.Add(new SeriesEntry(reference, fingerprint, seriesIndex, min, min + (long)length));
    }
}
