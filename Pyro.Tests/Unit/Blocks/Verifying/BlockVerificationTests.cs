using Pyro.Blocks.Files;
using Pyro.Blocks.Index;
using Pyro.Blocks.Meta;
using Pyro.Blocks.Parquet;
using Pyro.Blocks.Verifying;
using Pyro.Tests.Unit.Blocks.Index;

namespace Pyro.Tests.Unit.Blocks.Verifying;

public sealed class BlockVerificationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_block_as_it_is_written_is_sound(int format) =>
        Assert.Empty(await SmallBlock.Faults(await new SmallBlock { SymbolsFormat = format }.Files()));

    [Theory]
    [InlineData("parquet-go", 0, 0)]
    [InlineData(ParquetWriter.CreatedBy, 8, 23)]
    [InlineData(ParquetWriter.RewrittenBy, 8, 23)]
    public async Task What_may_be_left_out_is_missed_only_where_Pyro_wrote_it(string by, int lengths, int indexes)
    {
        var files = await new SmallBlock { SymbolsFormat = 2 }.Files();
        foreach (var file in files.Keys.Where(static f => f.EndsWith(".parquet", StringComparison.Ordinal)).ToArray())
        {
            files[file] = await OtherFooter.Of(files[file], metadata =>
            {
                metadata.CreatedBy = by;
                if (file != BlockPaths.Profiles)
                {
                    OtherFooter.WithoutPageIndex(metadata);
                }
            });
        }

        var meta = BlockMeta.Read(files["meta.json"], "meta.json");
        files["meta.json"] = (meta with { Files = [.. meta.Files.Select(static f => f with { Bytes = 0 })] }).Write();
        var found = await SmallBlock.Faults(files);
        Assert.Equal(lengths, found.Count(static f => f.Fault.StartsWith("does not tell how many bytes ", StringComparison.Ordinal)));
        Assert.Equal(indexes, found.Count(static f => f.Fault.EndsWith(": has no page index", StringComparison.Ordinal)));
        Assert.Equal(lengths + indexes, found.Count);

        // Pyroscope reads rows by their page index, whoever wrote them.
        files[BlockPaths.Profiles] = await OtherFooter.Of(files[BlockPaths.Profiles], OtherFooter.WithoutPageIndex);
        found = await SmallBlock.Faults(files);
        Assert.Contains(found, static f => f.Fault == "column TimeNanos: has no page index");
    }

    [Fact]
    public async Task Each_file_is_missed()
    {
        foreach (var format in (int[])[2, 3])
        {
            var whole = await new SmallBlock { SymbolsFormat = format }.Files();
            foreach (var file in whole.Keys)
            {
                var files = new SortedDictionary<string, byte[]>(whole, StringComparer.Ordinal);
                files.Remove(file);
                var fault = Assert.Single(await SmallBlock.Faults(files), f => f.File == SmallBlock.Folder + file);
                Assert.StartsWith("is not there", fault.Fault, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_file_cut_off_anywhere_is_named()
    {
        foreach (var format in (int[])[2, 3])
        {
            var whole = await new SmallBlock { SymbolsFormat = format }.Files();
            foreach (var (file, bytes) in whole.Where(static f => f.Key != "meta.json"))
            {
                foreach (var length in (int[])[0, 1, bytes.Length / 2, bytes.Length - 1])
                {
                    var files = new SortedDictionary<string, byte[]>(whole, StringComparer.Ordinal) { [file] = bytes[..length] };
                    Assert.Contains(await SmallBlock.Faults(files), f => f.File == SmallBlock.Folder + file && f.Fault.Contains($"has {length} bytes, not the {bytes.Length}", StringComparison.Ordinal));
                }
            }
        }
    }

    [Fact]
    public async Task A_flipped_bit_in_a_page_or_in_the_page_index_is_found_with_its_column()
    {
        var whole = await new SmallBlock().Files();
        var table = await ParquetFile.Open(new MemoryBlockFile(whole["profiles.parquet"]), Cancellation);
        foreach (var column in table.Schema.Columns)
        {
            var chunk = table.Metadata.Groups[0].Chunks[column.Index];
            foreach (var (place, header) in await table.Headers(column, 0, Cancellation))
            {
                for (var at = place.Offset + header.Length; at < place.Offset + place.Length; at++)
                {
                    var found = await WithFlip(whole, "profiles.parquet", (int)at);
                    Assert.Contains(found, f => f.Fault.Contains($"column {column.Path}:", StringComparison.Ordinal) && f.Offset == place.Offset);
                }
            }

            var places = PageReader.Offsets(OffsetIndex(whole["profiles.parquet"]));
            for (var at = chunk.OffsetIndexOffset; at < chunk.OffsetIndexOffset + chunk.OffsetIndexLength; at++)
            {
                var flipped = whole["profiles.parquet"].ToArray();
                flipped[at] ^= 1;
                // A flip of how wide a number is says the same.
                if (!TryOffsets(OffsetIndex(flipped), out var changed) || !changed.SequenceEqual(places))
                {
                    Assert.NotEmpty(await WithFlip(whole, "profiles.parquet", (int)at));
                }
            }

            ReadOnlySpan<byte> OffsetIndex(byte[] file) => file.AsSpan((int)chunk.OffsetIndexOffset, chunk.OffsetIndexLength);
        }
    }

    [Fact]
    public async Task Wrong_extremes_in_the_page_index_are_found()
    {
        var whole = await new SmallBlock().Files();
        var table = await ParquetFile.Open(new MemoryBlockFile(whole["profiles.parquet"]), Cancellation);
        var chunk = table.Metadata.Groups[0].Chunks[table.Column("TimeNanos").Index];
        var least = BitConverter.GetBytes(SmallBlock.Start);
        var at = whole["profiles.parquet"].AsSpan((int)chunk.ColumnIndexOffset, chunk.ColumnIndexLength).IndexOf(least);
        Assert.True(at > 0);
        var found = Assert.Single(await WithFlip(whole, "profiles.parquet", (int)chunk.ColumnIndexOffset + at));
        Assert.Equal("column TimeNanos: the page index tells of page 0 other least and greatest values than it has", found.Fault);
        Assert.Equal(chunk.ColumnIndexOffset, found.Offset);
    }

    [Fact]
    public async Task A_wrong_fingerprint_is_named_by_its_series()
    {
        var fault = Assert.Single(await SmallBlock.Faults(await new SmallBlock { Fingerprints = new Dictionary<int, ulong> { [1] = 5 } }.Files()));
        Assert.Equal(("the fingerprint is not that of the labels", true), (fault.Fault, fault.Offset > 0));
        Assert.Equal(SmallBlock.Folder + "index.tsdb", fault.File);
    }

    [Fact]
    public async Task One_damaged_series_does_not_hide_another()
    {
        var whole = await new SmallBlock { Services = 9, Profiles = [.. Enumerable.Range(0, 9).Select(i => new SmallRow(i, SmallBlock.Start, 7, [1], [1]))] }.Files();
        var bytes = whole["index.tsdb"].ToArray();
        using var index = await TsdbIndex.Open(new MemoryBlockFile(whole["index.tsdb"]), Cancellation);
        var references = (await index.ReadAll(Cancellation)).Series.ToArray().Select(static s => s.Reference * 16).ToArray();
        bytes[references[3] + 4] ^= 1;
        bytes[references[7] + 4] ^= 1;
        var found = await SmallBlock.Faults(new SortedDictionary<string, byte[]>(whole, StringComparer.Ordinal) { ["index.tsdb"] = bytes });
        Assert.Equal([references[3], references[7]], found.Where(static f => f.Fault.Contains("checksum", StringComparison.Ordinal)).Select(static f => (uint)f.Offset));
    }

    public static TheoryData<string, string, string> WrongRows() => new()
    {
        { "series out of order", "SeriesIndex", "row 2 is of series 0 and follows one of series 1" },
        { "times out of order", "TimeNanos", "follows one of time" },
        { "no such series", "SeriesIndex", "is of series 3 of 3" },
        { "no such partition", "StacktracePartition", "is of partition 0000000000000008, which the symbols do not have" },
        { "no such stack", "Samples.list.element.StacktraceID", "has stack 4, and partition 0000000000000007 has only 4 nodes" },
        { "wrong total", "TotalValue", "total 31 is not the sum of the values, 30" },
        { "fewer values than stacks", "Samples.list.element.Value", "has 1 entries for 2 stacks" },
    };

    [Theory]
    [MemberData(nameof(WrongRows))]
    public async Task Wrong_rows_are_named_by_column_row_and_page(string damage, string column, string fault)
    {
        var rows = SmallBlock.Rows.ToArray();
        switch (damage)
        {
            case "series out of order":
                (rows[1], rows[2]) = (rows[2], rows[1]);
                break;
            case "times out of order":
                (rows[2], rows[3]) = (rows[3], rows[2]);
                break;
            case "no such series":
                rows[5] = rows[5] with { Series = 3 };
                break;
            case "no such partition":
                rows[1] = rows[1] with { Partition = 8 };
                break;
            case "no such stack":
                rows[1] = rows[1] with { Stacks = [4] };
                break;
            case "wrong total":
                rows[0] = rows[0] with { Total = 31 };
                break;
            default:
                rows[0] = rows[0] with { Values = [30], Total = 30 };
                break;
        }

        var files = await new SmallBlock { Profiles = rows }.Files();
        var found = await SmallBlock.Faults(files);
        Assert.Contains(found, f => f.File == SmallBlock.Folder + "profiles.parquet" && f.Offset > 0
            && f.Fault.StartsWith($"column {column}: ", StringComparison.Ordinal) && f.Fault.Contains(fault, StringComparison.Ordinal));
        if (damage is "series out of order" or "times out of order")
        {
            // The other way round nothing is wrong with the same rows.
            Assert.All(found, f => Assert.Contains("follows", f.Fault, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_series_without_rows_is_named() =>
        Assert.Contains(await SmallBlock.Faults(await new SmallBlock { Services = 4 }.Files()), static f => f.Fault == "series 3 of index.tsdb has no rows");

    public static TheoryData<string, string> WrongMetas() => new()
    {
        { "series", "tells of 4 series where there are 3" },
        { "profiles", "tells of 7 profiles where there are 6" },
        { "samples", "tells of 8 samples where there are 7" },
        { "begins early", "tells of times from 1795132799.999 s to 1795132812 s where rows are from 1795132800 s to 1795132812 s" },
        { "begins late", "outside of the times of meta.json" },
        { "ends early", "outside of the times of meta.json" },
        { "source", "a block of level 1 has itself as its only source" },
        { "twice", "lists index.tsdb twice" },
        { "left out", "is not listed in meta.json" },
        { "another block", "tells of block" },
        { "rows of a file", "tells of 5 rows in profiles.parquet where there are 6" },
    };

    [Theory]
    [MemberData(nameof(WrongMetas))]
    public async Task What_meta_tells_wrongly_is_found(string damage, string fault)
    {
        var other = Ulid.Parse("01M82YG9FD96QSVXFKMAPC336Y");
        var files = await new SmallBlock
        {
            Meta = meta => damage switch
            {
                "series" => meta with { Stats = meta.Stats with { Series = 4 } },
                "profiles" => meta with { Stats = meta.Stats with { Profiles = 7 } },
                "samples" => meta with { Stats = meta.Stats with { Samples = 8 } },
                "begins early" => meta with { MinTime = meta.MinTime - 1 },
                "begins late" => meta with { MinTime = meta.MinTime + 1 },
                "ends early" => meta with { MaxTime = meta.MaxTime - 1 },
                "source" => meta with { Compaction = meta.Compaction with { Sources = [other] } },
                "twice" => meta with { Files = [meta.Files[0], .. meta.Files] },
                "left out" => meta with { Files = [.. meta.Files.Where(static f => f.RelPath != "index.tsdb")] },
                "another block" => meta with { Id = other },
                _ => meta with { Files = [.. meta.Files.Select(static f => f.RelPath == "profiles.parquet" ? f with { Parquet = new ParquetMeta(1, 5) } : f)] },
            },
        }.Files();
        Assert.Contains(await SmallBlock.Faults(files), f => f.Fault.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Damaged_meta_and_versions_that_are_not_read_are_told_apart()
    {
        var files = await new SmallBlock().Files();
        files["meta.json"] = "{}"u8.ToArray();
        Assert.Single(await SmallBlock.Faults(files));
        foreach (var version in (int[])[2, 4])
        {
            files = await new SmallBlock { Meta = meta => meta with { Version = version } }.Files();
            var refused = await Assert.ThrowsAsync<UnsupportedBlockException>(() => SmallBlock.Faults(files));
            Assert.Contains($"has version {version}", refused.Message, StringComparison.Ordinal);
            var block = await FoundBlock.Read(await SmallBlock.Stored(files), SmallBlock.Tenant, SmallBlock.Folder, SmallBlock.Id, new FaultList(), Cancellation);
            Assert.Equal((version, 0), (block.Version, block.Faults.Count));
        }
    }

    [Fact]
    public async Task A_meta_that_is_no_JSON_is_told_by_its_offset()
    {
        var files = await new SmallBlock().Files();
        var whole = files["meta.json"];
        foreach (var length in (int[])[0, 1, 100, whole.Length - 2])
        {
            files["meta.json"] = whole[..length];
            Assert.Equal([new BlockFault(SmallBlock.Folder + "meta.json", length, "is cut off")], await SmallBlock.Faults(files));
        }

        // Behind a colon of its third line.
        var at = 2 + whole.AsSpan().IndexOf("\"minTime\":"u8) + 8;
        files["meta.json"] = [.. whole[..at], (byte)'x', .. whole[at..]];
        var fault = Assert.Single(await SmallBlock.Faults(files));
        Assert.Equal(at, fault.Offset);
        Assert.StartsWith("is no JSON: 'x' is an invalid", fault.Fault, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", fault.Fault, StringComparison.Ordinal);

        files["meta.json"] = new byte[StoredBlocks.MostBytes + 1];
        Assert.Contains("has more than", Assert.Single(await SmallBlock.Faults(files)).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_meta_does_not_list_is_told_once()
    {
        var files = await new SmallBlock { SymbolsFormat = 2 }.Files();
        for (var depth = 1; depth < 40; depth++)
        {
            files[string.Concat(Enumerable.Repeat("loop/", depth)) + "index.tsdb"] = [1];
            files["symbols/" + string.Concat(Enumerable.Repeat("loop/", depth)) + "strings.parquet"] = [1];
        }

        files["beside"] = [1];
        Assert.Equal(
            ["beside", "loop/", "symbols/loop/"],
            (await SmallBlock.Faults(files)).Where(static f => f.Fault == "is not listed in meta.json").Select(static f => f.File[SmallBlock.Folder.Length..]));
    }

    [Fact]
    public async Task Faults_are_counted_beyond_those_that_are_kept()
    {
        var faults = new FaultList(most: 2);
        for (var i = 0; i < 5; i++)
        {
            await faults.Try(() => throw new MissingFileException($"{i}"));
        }

        Assert.Equal((5, 2), (faults.Count, faults.Kept.Count));
    }

    private static bool TryOffsets(ReadOnlySpan<byte> bytes, out PageLocation[] places)
    {
        try
        {
            places = PageReader.Offsets(bytes);
            return true;
        }
        catch (InvalidDataException)
        {
            places = [];
            return false;
        }
    }

    private static async Task<IReadOnlyList<BlockFault>> WithFlip(SortedDictionary<string, byte[]> whole, string file, int at)
    {
        var bytes = whole[file].ToArray();
        bytes[at] ^= 1;
        return await SmallBlock.Faults(new SortedDictionary<string, byte[]>(whole, StringComparer.Ordinal) { [file] = bytes });
    }
}
