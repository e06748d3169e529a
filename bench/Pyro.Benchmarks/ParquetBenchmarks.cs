using System.Buffers;
using BenchmarkDotNet.Attributes;
using Pyro.Blocks.Files;
using Pyro.Blocks.Parquet;
using Pyro.Disk;
using Pyro.Profiles.Records;

namespace Pyro.Benchmarks;

/// <summary>DELTA_BINARY_PACKED of stack ids (steps of one as a rule) and of values (up to 20 bits).</summary>
[MemoryDiagnoser]
public class DeltaBenchmarks
{
    private const int Count = 1 << 20;
    private readonly long[] _values = new long[Count];
    private readonly long[] _read = new long[Count];
    private readonly ArrayBufferWriter<byte> _packed = new(Count * 9);

    [Params("stacks", "values", "wide")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        for (int i = 1; i < Count; i++)
        {
            _values[i] = Kind switch
            {
                "stacks" => i % 32 == 0 ? random.Next(100) : _values[i - 1] + (random.Next(64) == 0 ? 3 : 1),
                "values" => random.Next(1 << 20),
                _ => random.NextInt64(1L << 40),
            };
        }

        Encode();
        Decode();
        if (!_read.AsSpan().SequenceEqual(_values))
        {
            throw new InvalidOperationException("not what was written");
        }
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int Decode() => DeltaBinaryPacked.Decode(_packed.WrittenSpan, _read);

    [Benchmark(OperationsPerInvoke = Count)]
    public int Encode()
    {
        _packed.ResetWrittenCount();
        DeltaBinaryPacked.Encode(_values, _packed);
        return _packed.WrittenCount;
    }
}

/// <summary>A profiles.parquet of 2 M samples: written whole, its samples summed by stack, and one series of 50 read. Per sample.</summary>
[MemoryDiagnoser]
public class ProfilesBenchmarks : IDisposable
{
    private const int Series = 50, Samples = 2_000_000;
    private readonly long[] _stacks = new long[Samples];
    private readonly long[] _values = new long[Samples];
    private readonly long[] _sums = new long[1 << 18];
    private BytesFile _file = new([]);

    /// <summary>Samples of each row.</summary>
    [Params(50, 1_000)]
    public int SamplesOfRow { get; set; }

    private int RowsOfSeries => Samples / Series / SamplesOfRow;

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        GC.SuppressFinalize(this);
    }

    [GlobalSetup]
    public async Task Setup()
    {
        var random = new Random(1);
        for (int i = 0; i < Samples; i++)
        {
            _stacks[i] = random.Next(1, 200) + (i % SamplesOfRow == 0 ? 0 : _stacks[i - 1]);
            _values[i] = (1 + (random.Next(32) == 0 ? random.Next(1000) : random.Next(3))) * 10_000_000L;
        }

        _file = new BytesFile(await Write());
        Console.WriteLine($"{_file.Length} bytes, {8.0 * _file.Length / Samples:F2} bits a sample");
        if (await Sum() != _values.Sum())
        {
            throw new InvalidOperationException("the samples are not those that were written");
        }
    }

    [Benchmark(OperationsPerInvoke = Samples)]
    public async Task<byte[]> Write()
    {
        var disk = new ForgettingDisk(1);
        using (var writer = new ProfilesWriter(disk, "/p"))
        {
            for (int row = 0; row < Series * RowsOfSeries; row++)
            {
                await Add(writer, row);
            }

            await writer.Finish(CancellationToken.None);
        }

        return await disk.ReadAll("/p", int.MaxValue, CancellationToken.None);
    }

    [Benchmark(OperationsPerInvoke = Samples)]
    public async Task<long> Sum()
    {
        ParquetFile file = await ParquetFile.Open(_file, CancellationToken.None);
        return await Sum(file, RowRanges.All(file.RowCount));
    }

    [Benchmark(OperationsPerInvoke = Samples / Series)]
    public async Task<long> SumOneSeries()
    {
        ParquetFile file = await ParquetFile.Open(_file, CancellationToken.None);
        return await Sum(file, RowRanges.Between(7 * RowsOfSeries, 8 * RowsOfSeries));
    }

    private async Task<long> Sum(ParquetFile file, RowRanges rows)
    {
        Array.Clear(_sums);
        await using RowScan scan = file.Scan(rows, 8 << 20, file.Column("Samples.list.element.StacktraceID"), file.Column("Samples.list.element.Value"));
        while (await scan.Next(CancellationToken.None))
        {
            Add(scan[0].Numbers, scan[1].Numbers);
        }

        return _sums.Sum();
    }

    private void Add(ReadOnlySpan<long> stacks, ReadOnlySpan<long> values)
    {
        for (int i = 0; i < stacks.Length; i++)
        {
            _sums[stacks[i]] += values[i];
        }
    }

    private ValueTask Add(ProfilesWriter writer, int row) =>
        writer.Add(
            new ProfileRow
            {
                Id = new ProfileId((ulong)row * 0x9E3779B97F4A7C15, (ulong)row * 0xC2B2AE3D27D4EB4F),
                SeriesIndex = row / RowsOfSeries,
                Partition = 0xde2a11a9e18f56da,
                Stacks = _stacks.AsSpan(row * SamplesOfRow, SamplesOfRow),
                Values = _values.AsSpan(row * SamplesOfRow, SamplesOfRow),
                TimeNanos = 1_700_000_000_000_000_000 + (row % RowsOfSeries * 15_000_000_000L),
                DurationNanos = 15_000_000_000,
            },
            CancellationToken.None);

    private sealed class BytesFile(byte[] bytes) : IBlockFile
    {
        public string Name => "profiles.parquet";

        public long Length => bytes.Length;

        public ValueTask Read(long offset, Memory<byte> into, CancellationToken cancellation)
        {
            bytes.AsSpan((int)offset, into.Length).CopyTo(into.Span);
            return ValueTask.CompletedTask;
        }

        public void Dispose()
        {
        }
    }
}
