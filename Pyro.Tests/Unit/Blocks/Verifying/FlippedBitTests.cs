using System.Text;
using Pyro.Blocks.Files;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Memory;
using Pyro.Tests.Unit.Blocks.Index;

namespace Pyro.Tests.Unit.Blocks.Verifying;

/// <summary>A bit is flipped in every byte of every file of a block: it is noticed, or what any reader is told stays the same.</summary>
public sealed class FlippedBitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_flipped_bit_is_noticed_or_means_nothing(int format)
    {
        var whole = await new SmallBlock { SymbolsFormat = format }.Files();

        // The other files are the same in both formats.
        foreach (var (file, bytes) in whole.Where(f => format == 3 || f.Key.StartsWith("symbols", StringComparison.Ordinal)))
        {
            var told = await Told(file, bytes);
            var (flips, unnoticed) = (0, 0);
            var wrong = new List<string>();
            for (var bit = 0; bit < 8 * bytes.Length; bit++)
            {
                // One bit of each byte, or all.
                if (Environment.GetEnvironmentVariable("PYRO_LONG") is null && bit % 8 != bit / 8 % 8)
                {
                    continue;
                }

                flips++;
                var changed = bytes.ToArray();
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                if (await IsNoticed(whole, file, changed))
                {
                    continue;
                }

                unnoticed++;
                // Padding of the index is zero and covered by nothing.
                if (!(file == "index.tsdb" && bytes[bit / 8] == 0) && !(await Told(file, changed)).AsSpan().SequenceEqual(told))
                {
                    wrong.Add($"byte {bit / 8} bit {bit % 8}");
                }
            }

            Assert.True(wrong.Count == 0, $"{file}: not noticed are {string.Join(", ", wrong)}");
            TestContext.Current.TestOutputHelper?.WriteLine($"{file}: {unnoticed} of {flips} flips are not noticed and mean nothing");
        }
    }

    [Theory]
    [InlineData("profiles.parquet")]
    [InlineData("index.tsdb")]
    [InlineData("symbols.symdb")]
    public async Task A_fault_in_the_first_or_last_byte_is_named(string file)
    {
        var whole = await new SmallBlock().Files();
        foreach (var at in (int[])[0, whole[file].Length - 1])
        {
            var changed = whole[file].ToArray();
            changed[at] ^= 1;
            var found = await SmallBlock.Faults(new SortedDictionary<string, byte[]>(whole, StringComparer.Ordinal) { [file] = changed });
            Assert.Contains(found, f => f.File == SmallBlock.Folder + file && f.Offset >= 0 && f.Offset <= at && (at > 0 || f.Offset == 0));
        }
    }

    private static async Task<bool> IsNoticed(SortedDictionary<string, byte[]> whole, string file, byte[] changed)
    {
        try
        {
            return (await SmallBlock.Faults(new SortedDictionary<string, byte[]>(whole, StringComparer.Ordinal) { [file] = changed })).Count > 0;
        }
        catch (UnsupportedBlockException)
        {
            // Another version.
            return true;
        }
    }

    // What a file tells its readers, as bytes. What nobody reads is not in it: white space, who wrote the file, the name of its root, and what only
    // people read of meta.json.
    private static async Task<byte[]> Told(string file, byte[] bytes) => Path.GetExtension(file) switch
    {
        ".json" => (BlockMeta.Read(bytes, file) with { Labels = null, Source = "", Resolution = null }).Write(),
        ".parquet" => await Told(bytes),
        _ => bytes,
    };

    private static async Task<byte[]> Told(byte[] bytes)
    {
        var table = await ParquetFile.Open(new MemoryBlockFile(bytes), whole: true, Cancellation);
        using var told = new LeaseWriter(4096);
        var footer = new ParquetMetadata { Schema = new ParquetSchema("", table.Schema.Fields), RowCount = table.RowCount };
        footer.Groups.AddRange(table.Metadata.Groups);
        foreach (var chunk in footer.Groups[0].Chunks)
        {
            // Statistics may be left out; those that are there were compared with the values.
            (chunk.NullCount, chunk.Min, chunk.Max) = (null, null, null);
        }

        MetadataWriter.Footer(told, footer);
        foreach (var column in table.Schema.Columns)
        {
            var pages = (await table.Pages(column, RowRanges.All(table.RowCount), Cancellation))[0]!.Pages;
            MetadataWriter.OffsetIndex(told, pages);
            var extremes = (await table.Extremes(column, 0, Cancellation))!;

            // One page is in any order, and what has no values has no least and greatest.
            extremes.Order = 0;
            if (extremes.NullPages[0])
            {
                (extremes.Min[0], extremes.Max[0]) = ([], []);
            }

            MetadataWriter.ColumnIndex(told, extremes);
            foreach (var (place, header) in await table.Headers(column, 0, Cancellation))
            {
                told.Write(Encoding.UTF8.GetBytes($"{place} {header.Type} {header.Encoding} {header.ValueCount} {header.NullCount} {header.RowCount} {header.HasCrc} {header.Crc}"));
            }
        }

        told.Write(bytes.AsSpan(0, 4));
        return told.Written.ToArray();
    }
}
