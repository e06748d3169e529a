using Pyro.Blocks.Parquet;
using Pyro.Disk;
using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Blocks.Parquet;

/// <summary>Rows of profiles from a seed: with and without spans, traces, comments and notes, some without samples, some with many.</summary>
internal sealed class RandomRows(int seed, int count, int most = 3000)
{
    private static readonly Annotation[] Notes =
    [
        new("throttled"u8.ToArray(), "2.5 MiB over the limit of tenant a"u8.ToArray()),
        new("k"u8.ToArray(), "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffz"u8.ToArray()),
        new(""u8.ToArray(), ""u8.ToArray()),
    ];

    /// <summary>The file of these rows.</summary>
    public async Task<byte[]> Write(int groupRows = ParquetWriter.GroupRowsMax)
    {
        var disk = new ForgettingDisk(1);
        using (var writer = new ProfilesWriter(disk, "/p", groupRows))
        {
            var random = new Random(seed);
            for (int i = 0; i < count; i++)
                await Add(writer, random, i, most);
            await writer.Finish(CancellationToken.None);
        }

        return await disk.ReadAll("/p", int.MaxValue, CancellationToken.None);
    }

    private static ValueTask Add(ProfilesWriter writer, Random random, int row, int most)
    {
        int samples = random.Next(20) switch { 0 => 0, 1 => random.Next(1, most), _ => random.Next(1, Math.Min(most, 40)) };
        long[] stacks = new long[samples], values = new long[samples], spans = [];
        byte[] traces = [];
        for (int i = 0; i < samples; i++)
            (stacks[i], values[i]) = ((i == 0 ? 0 : stacks[i - 1]) + random.Next(1, 30), random.Next(8) == 0 ? random.NextInt64() : random.Next(1, 9) * 10_000_000L);
        if (random.Next(5) == 0)
        {
            spans = new long[samples];
            traces = new byte[16 * samples];
            for (int i = 0; i < samples; i++)
            {
                spans[i] = random.Next(3) == 0 ? 0 : random.NextInt64(long.MinValue, long.MaxValue);
                if (random.Next(3) > 0)
                    random.NextBytes(traces.AsSpan(16 * i, 16));
            }
        }

        return writer.Add(
            new ProfileRow
            {
                Id = new ProfileId((ulong)random.NextInt64(), (ulong)random.NextInt64() >> random.Next(60)),
                SeriesIndex = row / 7,
                Partition = random.Next(3) switch { 0 => 0xde2a11a9e18f56da, 1 => 0x9417d9d5253a6f19, _ => 1 },
                Stacks = stacks,
                Values = values,
                Spans = spans,
                Traces = traces,
                DropFrames = random.Next(4) == 0 ? 17 : 0,
                TimeNanos = 1_700_000_000_000_000_000 + (row % 7 * 15_000_000_000) + random.Next(1000),
                DurationNanos = random.Next(2) == 0 ? 10_000_000_000 : 0,
                Comments = random.Next(9) == 0 ? [1, 2, long.MinValue] : [],
                DefaultSampleType = random.Next(50) == 0 ? -1 : 0,
                Annotations = Notes.AsSpan(0, random.Next(9) == 0 ? random.Next(4) : 0),
            },
            CancellationToken.None);
    }
}
