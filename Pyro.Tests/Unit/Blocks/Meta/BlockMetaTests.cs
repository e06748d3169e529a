using System.Text;
using CsCheck;
using Pyro.Blocks;
using Pyro.Blocks.Meta;

namespace Pyro.Tests.Unit.Blocks.Meta;

public class BlockMetaTests
{
    private static readonly Ulid Block = Ulid.Parse("01JQZ0M6T1B7X3Y9KC4W8ZQ2RD");

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1743501600000, "1743501600")]
    [InlineData(1743501600250, "1743501600.25")]
    [InlineData(1743501600005, "1743501600.005")]
    [InlineData(1743505199750, "1743505199.75")]
    [InlineData(100, "0.1")]
    [InlineData(-1, "-0.001")]
    [InlineData(-1500, "-1.5")]
    public void Times_are_written_in_the_shortest_form(long ms, string text)
    {
        Assert.Equal(text, BlockTime.Format(ms));
        Assert.True(BlockTime.TryParse(Encoding.UTF8.GetBytes(text), out var read));
        Assert.Equal(ms, read);
    }

    [Theory]
    [InlineData("1.2345", 1234)]
    [InlineData("1.2", 1200)]
    [InlineData("1.000", 1000)]
    [InlineData("-0", 0)]
    [InlineData("9007199254740993", 9007199254740993000)]
    public void Times_are_read_by_their_digits(string text, long ms)
    {
        Assert.True(BlockTime.TryParse(Encoding.UTF8.GetBytes(text), out var read));
        Assert.Equal(ms, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1e9")]
    [InlineData("1.5e3")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("--1")]
    [InlineData("+1")]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999")]
    [InlineData("1.2x")]
    public void Other_numbers_are_no_times(string text) => Assert.False(BlockTime.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Every_time_is_read_as_it_was_written() => Gen.Long[-(1L << 50), 1L << 50].Sample(ms =>
        BlockTime.TryParse(Encoding.UTF8.GetBytes(BlockTime.Format(ms)), out var read) && read == ms);

    [Fact]
    public void Nanoseconds_are_cut() => Assert.Equal((1, -1), (BlockTime.FromNanos(1_999_999), BlockTime.FromNanos(-1_999_999)));

    [Fact]
    public void Every_recorded_meta_is_written_again_to_the_same_text()
    {
        if (Repository.Corpus is null) return;
        var paths = CorpusFiles.Find("meta.json");
        Assert.NotEmpty(paths);
        foreach (var path in paths)
        {
            var json = File.ReadAllBytes(path);
            var meta = BlockMeta.Read(json, path);
            Assert.Equal(Path.GetFileName(Path.GetDirectoryName(path)), meta.Id.ToString());
            Assert.Equal(Encoding.UTF8.GetString(json).TrimEnd('\n'), Encoding.UTF8.GetString(meta.Write()).TrimEnd('\n'));
        }
    }

    [Fact]
    public void A_new_meta_is_written_as_pyroscope_writes_it()
    {
        var meta = new BlockMeta
        {
            Id = Block,
            MinTime = 1743501600250,
            MaxTime = 1743505199750,
            Stats = new BlockStats(48211, 36, 4320),
            Files =
            [
                new BlockFileMeta("symbols.symdb", 88), new BlockFileMeta("profiles.parquet", 702113) { Parquet = new ParquetMeta(1, 4320) },
                new BlockFileMeta("index.tsdb", 9120) { Series = 36 },
            ],
            Compaction = new BlockCompaction { Level = 1, Sources = [Block] },
            Labels = new Dictionary<string, string> { ["__hostname__"] = "ingester-0" },
            Source = "ingester",
        };
        const string Expected = """
            {"ulid":"01JQZ0M6T1B7X3Y9KC4W8ZQ2RD","minTime":1743501600.25,"maxTime":1743505199.75,
            "stats":{"numSamples":48211,"numSeries":36,"numProfiles":4320},
            "files":[{"relPath":"index.tsdb","sizeBytes":9120,"tsdb":{"numSeries":36}},
            {"relPath":"profiles.parquet","sizeBytes":702113,"parquet":{"numRowGroups":1,"numRows":4320}},
            {"relPath":"symbols.symdb","sizeBytes":88}],
            "compaction":{"level":1,"sources":["01JQZ0M6T1B7X3Y9KC4W8ZQ2RD"]},"version":3,
            "labels":{"__hostname__":"ingester-0"},"source":"ingester","downsample":{"resolution":0}}
            """;
        var text = Encoding.UTF8.GetString(meta.Write());
        Assert.Equal(Expected.ReplaceLineEndings(""), text.Replace("\n", "").Replace("\t", "").Replace("\": ", "\":"));
        Assert.StartsWith("{\n\t\"ulid\": \"01JQ", text, StringComparison.Ordinal);
        Assert.EndsWith("\n}\n", text, StringComparison.Ordinal);
        Assert.Equal(9120, BlockMeta.Read(meta.Write(), "meta.json").File("index.tsdb")!.Bytes);
    }

    [Fact]
    public void Blocks_of_old_versions_are_told_of_but_not_read()
    {
        var old = BlockMeta.Read(Json("\"version\":1"), "meta.json");
        Assert.Equal(
            "block 01JQZ0M6T1B7X3Y9KC4W8ZQ2RD has version 1, and only version 3 is read (Pyroscope 1.0 and later write it)",
            Assert.Throws<UnsupportedBlockException>(old.RequireReadable).Message);
        BlockMeta.Read(Json("\"version\":3"), "meta.json").RequireReadable();
    }

    [Fact]
    public void A_later_version_is_refused_by_its_number_whatever_else_it_tells()
    {
        var later = Assert.Throws<UnsupportedBlockException>(() => BlockMeta.Read(Json("\"version\":4,\"files\":7"), "meta.json"));
        Assert.Equal((4, "block 01JQZ0M6T1B7X3Y9KC4W8ZQ2RD has version 4, and only version 3 is read (Pyroscope 1.0 and later write it)"), (later.Version, later.Message));
    }

    [Theory]
    [InlineData("\"version\":0")]
    [InlineData("\"version\":-1")]
    [InlineData("\"version\":2147483648")]
    [InlineData("\"version\":3,\"ulid\":\"01JQZ0M6T1B7X3Y9KC4W8ZQ2R\"")]
    [InlineData("\"version\":3,\"ulid\":\"81JQZ0M6T1B7X3Y9KC4W8ZQ2RD\"")]
    [InlineData("\"version\":3,\"ulid\":\"01JQZ0M6T1B7X3Y9KC4W8ZQ2Ru\"")]
    [InlineData("\"version\":3,\"minTime\":\"5\"")]
    [InlineData("\"version\":3,\"minTime\":1e3")]
    [InlineData("\"version\":3,\"minTime\":30")]
    [InlineData("\"version\":3,\"files\":[{\"relPath\":\"../x\"}]")]
    [InlineData("\"version\":3,\"files\":[{\"relPath\":\"/x\"}]")]
    [InlineData("\"version\":3,\"files\":[{\"relPath\":\"a//x\"}]")]
    [InlineData("\"version\":3,\"files\":[{\"relPath\":\"a\\\\x\"}]")]
    [InlineData("\"version\":3,\"files\":[{}]")]
    [InlineData("\"version\":3,\"files\":[{\"relPath\":\"x\",\"sizeBytes\":-1}]")]
    [InlineData("\"version\":3,\"files\":{}")]
    [InlineData("\"version\":3,\"labels\":{\"a\":1}")]
    [InlineData("\"version\":3,\"source\":\"\\ud800\"")]
    [InlineData("\"version\":3,")]
    public void Bad_metas_are_refused_by_name_of_file(string fields) =>
        Assert.Equal("t/meta.json", Assert.Throws<DamagedBlockException>(() => BlockMeta.Read(Json(fields), "t/meta.json")).File);

    [Fact]
    public void Any_bytes_are_a_meta_or_refused()
    {
        byte[][] seeds = [Json("\"version\":3"), BlockMeta.Read(Json("\"version\":3"), "").Write()];
        Fuzz.Run("meta.json", seeds, bytes =>
        {
            try
            {
                var meta = BlockMeta.Read(bytes, "meta.json");
                Assert.Equal(meta.Write(), BlockMeta.Read(meta.Write(), "meta.json").Write());
            }
            catch (Exception e) when (e is DamagedBlockException or UnsupportedBlockException)
            {
            }
        });
    }

    // Later fields stand for earlier ones of the same name.
    private static byte[] Json(string fields) => Encoding.UTF8.GetBytes(
        $"{{\"ulid\":\"{Block}\",\"minTime\":1.5,\"maxTime\":20,\"unknown\":[1],\"labels\":{{\"b\":\"<é>\",\"a\":\"\"}},\"downsample\":null,"
        + $"\"stats\":{{\"numSeries\":2}},\"compaction\":{{\"level\":2,\"sources\":[\"{Block}\"],\"deletable\":true,"
        + $"\"parents\":[{{\"ulid\":\"{Block}\",\"minTime\":1,\"maxTime\":2}}]}},{fields}}}");
}
