using System.Diagnostics.Metrics;
using Pyro.Ingester.Head;
using Pyro.Ingester.Shipping;
using Pyro.Tests.Unit.Queries;

namespace Pyro.Tests.Unit.Head;

/// <summary>Figures of what was taken in and is held, by the names that Pyroscope has for them.</summary>
public sealed class HeadFiguresTests
{
    [Fact]
    public void Rows_series_and_values_are_counted_by_family()
    {
        var held = new Held();
        var record = RecordByHand.Cpu("a").At(1_000_000_000, 1).Sample("main", 5).Sample("main;idle", 0).Sample("main;work", 2).Build();
        held.Append(record);
        held.Append(record);
        held.Append(RecordByHand.Cpu("a").At(2_000_000_000, 2).Sample("main", 5).Build());
        held.Append(RecordByHand.Cpu("b").At(2_000_000_000, 3).Sample("main", 5).Build());
        var (family, count) = Assert.Single(held.Store.Counts.All);
        Assert.Equal("process_cpu", family);
        Assert.Equal((2, 3, 5, 4), (count.Series, count.Profiles, count.ReceivedValues, count.StoredValues));
        Assert.Equal(4, held.Store.Heads(Held.Tenant)[0].Samples);
    }

    [Fact]
    public void Families_beyond_a_number_are_counted_together()
    {
        var counts = new FamilyCounts();
        for (var i = 0; i < FamilyCounts.FamiliesMax + 50; i++)
        {
            counts.Of($"family{i}").AddSeries();
        }

        Assert.Equal(FamilyCounts.FamiliesMax + 1, counts.All.Count());
        Assert.Equal(50, counts.Of("another").Series);
        Assert.Equal(1, counts.Of("family7").Series);
    }

    [Fact]
    public void Sizes_come_to_what_the_head_holds()
    {
        var held = new Held();
        for (var i = 0; i < 300; i++)
        {
            held.Append(RecordByHand.Cpu("a").At(1_000_000_000 + i, (ulong)i + 1).Sample($"main;work{i};step{i}", 5).Build());
        }

        var head = held.Store.Heads(Held.Tenant)[0];
        var sizes = head.Sizes;
        Assert.All([sizes.Profiles, sizes.Stacks, sizes.Locations, sizes.Functions, sizes.Strings], static bytes => Assert.True(bytes > 300 * 8));
        var sum = sizes.Profiles + sizes.Stacks + sizes.Locations + sizes.Functions + sizes.Mappings + sizes.Strings;

        // The head counts by what it grew, from tables that are not empty on.
        Assert.InRange(sum, head.Bytes, head.Bytes + 8_192);
    }

    [Fact]
    public void Metrics_have_the_names_of_pyroscope()
    {
        var seen = new HashSet<string>();
        var held = new Held();
        var record = RecordByHand.Cpu("a");
        for (var i = 0; i < 1_237; i++)
        {
            record.Sample($"main;f{i}", 1);
        }

        held.Append(record.Build());
        using var metrics = new BlockMetrics(held.Store);
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, self) =>
        {
            if (instrument.Meter.Name == "Pyro" && instrument.Name.StartsWith("pyroscope_", StringComparison.Ordinal))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };

        // Other tests have such figures too, but not of so many samples.
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            lock (seen)
            {
                seen.Add($"{instrument.Name} {(tags.Length > 0 ? $"{tags[0].Key}={tags[0].Value} " : "")}{value}");
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        var sizes = held.Store.Heads(Held.Tenant)[0].Sizes;
        Assert.Superset(
            new HashSet<string>
            {
                "pyroscope_head_samples 1237",
                $"pyroscope_head_size_bytes type=profiles {sizes.Profiles}",
                $"pyroscope_head_size_bytes type=stacktraces {sizes.Stacks}",
                $"pyroscope_head_size_bytes type=strings {sizes.Strings}",
                "pyroscope_head_received_sample_values_total profile_name=process_cpu 1237",
                "pyroscope_head_ingested_sample_values_total profile_name=process_cpu 1237",
                "pyroscope_head_profiles_created_total profile_name=process_cpu 1",
                "pyroscope_tsdb_head_series_created_total profile_name=process_cpu 1",
            },
            seen);
    }
}
