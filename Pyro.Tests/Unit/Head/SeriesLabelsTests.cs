using Pyro.Ingester.Head;

namespace Pyro.Tests.Unit.Head;

public class SeriesLabelsTests
{
    [Fact]
    public void The_fingerprint_is_that_of_stored_blocks()
    {
        var record = new RecordByHand().Label("__name__", "process_cpu").Label("job", "a").Type("cpu", "nanoseconds").Sample("main", 1).Build();
        Assert.Equal(0x6e1aa9129d4323f0UL, Of(record).Fingerprint);
    }

    [Fact]
    public void Control_labels_and_empty_values_are_left_out_and_type_labels_win()
    {
        var record = RecordByHand.Cpu("cart").Label("__delta__", "true").Label("__otel__", "false").Label("__order__", "x").Label("empty", "")
            .Label("__type__", "sent").Label("zone", "1").Sample("main", 1).Build();
        Assert.Equal(
            "__name__=process_cpu,__period_type__=cpu,__period_unit__=nanoseconds,__profile_type__=process_cpu:cpu:nanoseconds:cpu:nanoseconds,"
            + "__service_name__=cart,__type__=cpu,__unit__=nanoseconds,service_name=cart,zone=1",
            Text(Of(record)));
    }

    [Fact]
    public void An_enforced_order_puts_the_profile_type_and_the_service_first()
    {
        var record = RecordByHand.Cpu("cart").Label("__order__", "enforced").Label("A", "1").Sample("main", 1).Build();
        Assert.Equal(
            "__profile_type__=process_cpu:cpu:nanoseconds:cpu:nanoseconds,__service_name__=cart,A=1,__name__=process_cpu,__period_type__=cpu,"
            + "__period_unit__=nanoseconds,__type__=cpu,__unit__=nanoseconds,service_name=cart",
            Text(Of(record)));
    }

    [Fact]
    public void Empty_parts_of_a_profile_type_stay_empty()
    {
        var record = new RecordByHand().Label("__name__", "block").Period("", "").Type("contentions", "count").Sample("main", 1).Build();
        Assert.Equal("__name__=block,__profile_type__=block:contentions:count::,__type__=contentions,__unit__=count", Text(Of(record)));
    }

    private static SeriesLabels Of(Profiles.Records.ProfileRecord record)
    {
        var labels = new SeriesLabels();
        labels.Read(record);
        labels.Type(0);
        return labels;
    }

    private static string Text(SeriesLabels labels)
    {
        var set = labels.ToLabelSet();
        Assert.Equal(labels.Fingerprint, set.Fingerprint);
        return string.Join(',', set.Labels.ToArray().Select(l => $"{l.Name}={l.Value}"));
    }
}
