using System.IO.Compression;
using System.Text;
using Pyro.Blocks;
using Pyro.Blocks.Meta;

namespace Pyro.Tests.Unit.Blocks.Meta;

/// <summary>Marks and bucket index.</summary>
public class BucketFilesTests
{
    private static readonly Ulid Block = Ulid.Parse("01JQZ0M6T1B7X3Y9KC4W8ZQ2RD");

    [Fact]
    public void Every_recorded_mark_is_written_again_to_the_same_bytes()
    {
        if (Repository.Corpus is null) return;
        var paths = CorpusFiles.Find("*deletion-mark.json");
        Assert.NotEmpty(paths);
        foreach (var path in paths)
        {
            var json = File.ReadAllBytes(path);
            Assert.Equal(json, BlockMark.Read(MarkKind.Deletion, json, path).Write());
        }
    }

    [Fact]
    public void Every_recorded_bucket_index_is_written_again_to_the_same_text()
    {
        if (Repository.Corpus is null) return;
        var paths = CorpusFiles.Find("bucket-index.json.gz");
        Assert.NotEmpty(paths);
        foreach (var path in paths)
        {
            var packed = File.ReadAllBytes(path);
            var index = BucketIndex.Read(packed, path);
            Assert.NotEmpty(index.Blocks);
            Assert.Equal(Unpack(packed), Unpack(index.Write()));
        }
    }

    [Fact]
    public void Marks_have_the_fields_of_their_kind()
    {
        Assert.Equal(
            """{"id":"01JQZ0M6T1B7X3Y9KC4W8ZQ2RD","version":1,"deletion_time":17}""",
            Encoding.UTF8.GetString(new BlockMark(MarkKind.Deletion, Block, 17).Write()));
        var noCompact = new BlockMark(MarkKind.NoCompact, Block, 17, "too large", "manual");
        Assert.Equal(
            """{"id":"01JQZ0M6T1B7X3Y9KC4W8ZQ2RD","version":1,"details":"too large","no_compact_time":17,"reason":"manual"}""",
            Encoding.UTF8.GetString(noCompact.Write()));
        Assert.Equal(noCompact, BlockMark.Read(MarkKind.NoCompact, noCompact.Write(), "m"));
        Assert.Equal("""{"deletion_time":17}""", Encoding.UTF8.GetString(new TenantDeletionMark(17, 0).Write()));
        Assert.Equal(new TenantDeletionMark(17, 18), TenantDeletionMark.Read(new TenantDeletionMark(17, 18).Write(), "m"));
    }

    [Theory]
    [InlineData("""{"id":"01JQZ0M6T1B7X3Y9KC4W8ZQ2RD","version":2,"deletion_time":17}""")]
    [InlineData("""{"id":"x","version":1}""")]
    [InlineData("""{"version":1}""")]
    [InlineData("[]")]
    [InlineData("")]
    public void Bad_marks_are_refused(string json) =>
        Assert.Throws<DamagedBlockException>(() => BlockMark.Read(MarkKind.Deletion, Encoding.UTF8.GetBytes(json), "m"));

    [Theory]
    [InlineData("01JQZ0M6T1B7X3Y9KC4W8ZQ2RD-deletion-mark.json", MarkKind.Deletion)]
    [InlineData("01JQZ0M6T1B7X3Y9KC4W8ZQ2RD-no-compact-mark.json", MarkKind.NoCompact)]
    public void Marks_are_told_by_their_names(string name, MarkKind kind)
    {
        Assert.True(BlockMark.TryParseName(name, out var read, out var block));
        Assert.Equal((kind, Block), (read, block));
    }

    [Theory]
    [InlineData("tenant-deletion-mark.json")]
    [InlineData("01JQZ0M6T1B7X3Y9KC4W8ZQ2RD")]
    [InlineData("01JQZ0M6T1B7X3Y9KC4W8ZQ2RD-other.json")]
    [InlineData("01jqz0m6t1b7x3y9kc4w8zq2rd-deletion-mark.json")]
    [InlineData("")]
    public void Other_names_are_no_marks(string name) => Assert.False(BlockMark.TryParseName(name, out _, out _));

    // Whoever writes indexes makes it anew; whoever reads them takes what there is (behaviour 7.7).
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_bucket_index_of_another_version_is_read(int version)
    {
        var index = version switch
        {
            1 => """{"version":1,"blocks":[{"block_id":"01JQZ0M6T1B7X3Y9KC4W8ZQ2RD","min_time":0.001,"max_time":1.5,"uploaded_at":3}],"block_deletion_marks":[],"updated_at":7}""",
            2 => """{"version":2,"blocks":[{"block_id":"01JQZ0M6T1B7X3Y9KC4W8ZQ2RD","min_time":0.001,"max_time":1.5,"uploaded_at":3,"compactor_shard_id":"1_of_2"}],"block_deletion_marks":[],"updated_at":7}""",
            _ => """{"version":4,"later":[1],"blocks":[{"block_id":"01JQZ0M6T1B7X3Y9KC4W8ZQ2RD","min_time":0.001,"max_time":1.5,"uploaded_at":3,"compactor_shard_id":"1_of_2","compaction_level":3,"later":{}}],"block_deletion_marks":[],"updated_at":7}""",
        };
        var read = BucketIndex.Read(Pack(Encoding.UTF8.GetBytes(index)), "i");
        Assert.Equal((version, 7), (read.Version, read.UpdatedAt));
        Assert.Equal(new BucketIndexBlock(Block, 1, 1500) { UploadedAt = 3, ShardId = version > 1 ? "1_of_2" : "", Level = version > 2 ? 3 : 0 }, Assert.Single(read.Blocks));
    }

    [Fact]
    public void A_bucket_index_that_unpacks_to_too_much_is_refused()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var piece = new byte[1 << 20];
            for (var i = 0; i <= BucketIndex.MostBytes / piece.Length; i++)
            {
                gzip.Write(piece);
            }
        }

        Assert.Contains("more than", Assert.Throws<DamagedBlockException>(() => BucketIndex.Read(packed.ToArray(), "i")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bucket_index_that_was_cut_off_is_refused_or_all_there()
    {
        var whole = Index().Write();
        var refused = 0;
        for (var length = 0; length < whole.Length; length++)
        {
            try
            {
                Assert.Equal(Unpack(whole), Unpack(BucketIndex.Read(whole.AsMemory(0, length), "i").Write()));
            }
            catch (DamagedBlockException)
            {
                refused++;
            }
        }

        // Behind the content come its checksum and its length.
        Assert.InRange(refused, whole.Length - 16, whole.Length);
    }

    [Fact]
    public void Any_bytes_are_a_bucket_index_or_refused()
    {
        var whole = Index().Write();
        Fuzz.Run("bucket index, packed", [whole], bytes => Try(() => BucketIndex.Read(bytes, "i").Write()));
        Fuzz.Run("bucket index, text", [Encoding.UTF8.GetBytes(Unpack(whole))], bytes => Try(() => BucketIndex.Read(Pack(bytes), "i").Write()));
    }

    [Fact]
    public void Any_bytes_are_a_mark_or_refused() => Fuzz.Run(
        "marks", [new BlockMark(MarkKind.NoCompact, Block, 17, "d", "manual").Write(), new TenantDeletionMark(1, 2).Write()], bytes =>
        {
            Try(() => BlockMark.Read(MarkKind.Deletion, bytes, "m").Write());
            Try(() => BlockMark.Read(MarkKind.NoCompact, bytes, "m").Write());
            Try(() => TenantDeletionMark.Read(bytes, "m").Write());
        });

    private static BucketIndex Index() => new()
    {
        Blocks = [new BucketIndexBlock(Block, 1, 1500) { UploadedAt = 3, ShardId = "1_of_2", Level = 3 }],
        DeletionMarks = [new BucketIndexMark(Block, 5)],
        UpdatedAt = 7,
    };

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (DamagedBlockException)
        {
        }
    }

    private static string Unpack(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        return reader.ReadToEnd();
    }

    private static byte[] Pack(byte[] content)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }
}
