using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pyro.Blocks;
using Pyro.Blocks.Symbols;
using Pyro.Memory;

namespace Pyro.Tests.Unit.Blocks.Symbols;

/// <summary>Whatever the bytes are: the right answer or a fault that is named, within the memory that there is.</summary>
public class DamagedSymbolsTests
{
    private static readonly SymbolTables Small = RandomSymbols.Of(11, 30, 60);

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task A_flipped_bit_is_found_or_changes_nothing(int format)
    {
        var (files, written) = await BytesInMemory.Write(format, (1, Small), (2, RandomSymbols.Of(12, 3, 5)));
        var good = await Contents(files);
        var expected = await Answer(good);
        var random = new Random(format);
        foreach (var file in written)
        {
            for (var at = 0; at < file.Bytes; at += format == 3 ? 1 : 1 + random.Next(5))
            {
                var bytes = (byte[])good[file.RelPath].Clone();
                bytes[at] ^= (byte)(1 << random.Next(8));
                await Check(new Dictionary<string, byte[]>(good) { [file.RelPath] = bytes }, expected, mayChange: format == 2 && file.Rows > 0);
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task A_shorter_file_is_found(int format)
    {
        var (files, written) = await BytesInMemory.Write(format, (1, Small));
        var good = await Contents(files);
        foreach (var file in written)
        {
            for (var length = 0; length < file.Bytes; length += 1 + length / 50)
            {
                var cut = new Dictionary<string, byte[]>(good) { [file.RelPath] = good[file.RelPath][..length] };
                await Assert.ThrowsAsync<DamagedBlockException>(() => Answer(cut));
            }
        }
    }

    [Fact]
    public async Task A_file_that_is_not_listed_is_named()
    {
        var (files, written) = await BytesInMemory.Write(2, (1, Small));
        var good = await Contents(files);
        foreach (var file in written)
        {
            var without = new Dictionary<string, byte[]>(good);
            without.Remove(file.RelPath);
            var error = await Assert.ThrowsAsync<DamagedBlockException>(() => Answer(without));
            Assert.True(error.Message.Contains(Path.GetFileName(file.RelPath), StringComparison.Ordinal) || file.RelPath.EndsWith("index.symdb", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(3, 4)]
    [InlineData(2, 0)]
    [InlineData(2, 4)]
    public async Task Another_format_is_named(int format, int other)
    {
        var (files, _) = await BytesInMemory.Write(format, (1, Small));
        var good = await Contents(files);
        foreach (var (path, from, to) in format == 2 ? [("symbols/index.symdb", 0, good["symbols/index.symdb"].Length)] : Sealed(good["symbols.symdb"]))
        {
            var bytes = (byte[])good[path].Clone();
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(from + 4), (uint)other);
            Seal(bytes, from, to);
            var error = await Assert.ThrowsAsync<DamagedBlockException>(() => Answer(new Dictionary<string, byte[]>(good) { [path] = bytes }));
            Assert.Equal($"symbols of format {other} are not known; 1 to 3 are", error.Fault);
        }

        // Index and footer.
        static (string Path, int From, int To)[] Sealed(byte[] bytes) =>
        [
            ("symbols.symdb", (int)BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(bytes.Length - 16)), bytes.Length - 24), ("symbols.symdb", bytes.Length - 24, bytes.Length),
        ];
    }

    [Fact]
    public async Task Fuzzed_indexes_and_tables()
    {
        var (files, _) = await BytesInMemory.Write(3, (1, Small));
        await Fuzz.RunAsync("symdb", [(await Contents(files))["symbols.symdb"]], async bytes =>
        {
            Reseal(bytes);
            await AnswerOrFault(new Dictionary<string, byte[]> { ["symbols.symdb"] = bytes });
        });
    }

    /// <summary>The first byte of an input says which of the files the others are; those of format 1 are an index alone.</summary>
    [Fact]
    public async Task Fuzzed_folders()
    {
        const string Index = "symbols/index.symdb";
        var (files, _) = await BytesInMemory.Write(2, (1, Small));
        var good = await Contents(files);
        string[] paths = [.. good.Keys.Order(StringComparer.Ordinal)];
        byte[] Input(string path, byte[] bytes) => [(byte)Array.IndexOf(paths, path), .. bytes];
        var first = Format1(good[Index]);
        Assert.Equal(await Answer(good), await Answer(new Dictionary<string, byte[]>(good) { [Index] = first }));
        await Fuzz.RunAsync("symbols folder", [.. paths.Select(path => Input(path, good[path])), Input(Index, first)], async input =>
        {
            if (input.Length == 0)
            {
                return;
            }

            var changed = new Dictionary<string, byte[]>(good) { [paths[input[0] % paths.Length]] = input[1..] };
            changed[Index] = (byte[])changed[Index].Clone();
            ResealIndex(changed[Index], changed["symbols/stacktraces.symdb"]);
            await AnswerOrFault(changed);
        });
    }

    /// <summary>Numbers that a table may not have, in files that are whole: checksums hide them from whoever changes bytes.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public Task Fuzzed_references(int format) => Fuzz.RunAsync($"references of format {format}", [MemoryMarshal.AsBytes(Numbers(Small)).ToArray()], async input =>
    {
        var tables = WithNumbers(Small, MemoryMarshal.Cast<byte, int>(input));
        var (files, _) = await BytesInMemory.Write(format, (1, tables));
        if (await AnswerOrFault(await Contents(files)) is { } answer)
        {
            Assert.Equal(ByName.Stacks(tables), answer);
        }
    });

    [Fact]
    public void Fuzzed_trees()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        StackTreeCodec.Encode(Small.Stacks, output);
        Fuzz.Run("stack tree", [output.WrittenSpan.ToArray()], bytes =>
        {
            try
            {
                StackTreeCodec.Decode(bytes, new int[Small.Stacks.Count], new int[Small.Stacks.Count], Small.Locations.Count, new Region("x", 0));
            }
            catch (DamagedBlockException)
            {
            }
        });
    }

    // Checksums of footer, index, references and block headers made right again, so that what they guard is looked at.
    private static void Reseal(byte[] bytes)
    {
        if (bytes.Length < 24)
        {
            return;
        }

        Seal(bytes, bytes.Length - 24, bytes.Length);
        var start = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(bytes.Length - 16));
        if (start < 0 || start > bytes.Length - 24 - 44)
        {
            return;
        }

        var end = bytes.Length - 24;
        for (var reference = (int)start + 36 + 12 + 64; reference + 36 <= end; reference += 32)
        {
            var (offset, size) = (Number(bytes, reference + 4), Number(bytes, reference + 8));
            var headerBytes = (int)(Number(bytes, reference + 24) >> 16);
            if (offset + (long)size <= start && headerBytes is > 4 and < 64 && size >= headerBytes)
            {
                Seal(bytes, (int)offset, (int)offset + headerBytes);
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(reference + 12), Crc32C.Of(bytes.AsSpan((int)offset, (int)size)));
            }
        }

        var tree = (int)start + 36 + 12;
        if (tree + 64 <= end && Number(bytes, tree + 4) + (long)Number(bytes, tree + 12) <= start)
        {
            var own = bytes.AsSpan((int)Number(bytes, tree + 4), (int)Number(bytes, tree + 12));
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(tree + 60), Crc32C.Of(own));
        }

        Seal(bytes, (int)start, end);
    }

    // The same for an index by itself, of format 1 or 2: that of its first tree, and its own.
    private static void ResealIndex(byte[] index, byte[] stacks)
    {
        const int Header = 32;
        if (index.Length < Header + 4)
        {
            return;
        }

        var tree = Number(index, 4) == 1 ? Header : Header + 4 + 28;
        if (tree + 64 <= index.Length - 4 && Number(index, tree + 4) + (long)Number(index, tree + 12) <= stacks.Length)
        {
            var own = stacks.AsSpan((int)Number(index, tree + 4), (int)Number(index, tree + 12));
            BinaryPrimitives.WriteUInt32BigEndian(index.AsSpan(tree + 60), Crc32C.Of(own));
        }

        Seal(index, 0, index.Length);
    }

    // The index of format 1 of a block with one partition: the header of its tree alone.
    private static byte[] Format1(byte[] index)
    {
        byte[] first = [.. index[..32], .. index[64..128], 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(first.AsSpan(4), 1);
        BinaryPrimitives.WriteInt64BigEndian(first.AsSpan(16), 64);
        Seal(first, 0, first.Length);
        return first;
    }

    private static int[][] Columns(SymbolTables tables) =>
    [
        tables.Functions.Name, tables.Functions.SystemName, tables.Functions.File, tables.Functions.StartLine, tables.Mappings.File, tables.Mappings.BuildId,
        tables.Locations.Mapping, tables.Locations.LineFunction, tables.Locations.LineNumber,
    ];

    private static int[] Numbers(SymbolTables tables) => [.. Columns(tables).SelectMany(static c => c)];

    // The numbers that are missing stay as they are.
    private static SymbolTables WithNumbers(SymbolTables tables, ReadOnlySpan<int> numbers)
    {
        var changed = tables with
        {
            Functions = new([.. tables.Functions.Name], [.. tables.Functions.SystemName], [.. tables.Functions.File], [.. tables.Functions.StartLine]),
            Mappings = tables.Mappings with { File = [.. tables.Mappings.File], BuildId = [.. tables.Mappings.BuildId] },
            Locations = tables.Locations with
            {
                Mapping = [.. tables.Locations.Mapping],
                LineFunction = [.. tables.Locations.LineFunction],
                LineNumber = [.. tables.Locations.LineNumber],
            },
        };
        foreach (var column in Columns(changed))
        {
            var known = Math.Min(column.Length, numbers.Length);
            numbers[..known].CopyTo(column);
            numbers = numbers[known..];
        }

        return changed;
    }

    private static uint Number(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));

    private static void Seal(byte[] bytes, int from, int to) =>
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(to - 4), Crc32C.Of(bytes.AsSpan(from, to - from - 4)));

    private static async Task Check(Dictionary<string, byte[]> files, IReadOnlyList<string> expected, bool mayChange)
    {
        try
        {
            var answer = await Answer(files);
            // Footers and page headers of Parquet have no checksum.
            Assert.True(mayChange || answer.SequenceEqual(expected));
        }
        catch (DamagedBlockException)
        {
        }
    }

    private static async Task<IReadOnlyList<string>?> AnswerOrFault(IReadOnlyDictionary<string, byte[]> files)
    {
        try
        {
            return await Answer(files);
        }
        catch (Exception e) when (e is DamagedBlockException or MemoryBudgetException)
        {
            return null;
        }
    }

    private static async Task<IReadOnlyList<string>> Answer(IReadOnlyDictionary<string, byte[]> files)
    {
        var ledger = new MemoryLedger(1 << 26);
        var answer = new List<string>();
        using (var symbols = await new BytesInMemory(files).Symbols(new SymbolCache(0, ledger)))
        {
            foreach (var partition in symbols.Partitions)
            {
                using var loaded = await partition.Load(TestContext.Current.CancellationToken);
                answer.AddRange(ByName.Stacks(loaded.Tables));
            }
        }

        Assert.Equal(0, ledger.Used);
        return answer;
    }

    private static async Task<Dictionary<string, byte[]>> Contents(BytesInMemory files)
    {
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (path, length) in files.Listed)
        {
            using var file = await files.Open(path, length, TestContext.Current.CancellationToken);
            contents[path] = new byte[length];
            await file.Read(0, contents[path], TestContext.Current.CancellationToken);
        }

        return contents;
    }
}
