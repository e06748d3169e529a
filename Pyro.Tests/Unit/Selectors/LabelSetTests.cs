using Pyro.Profiles.Labels;

namespace Pyro.Tests.Unit.Selectors;

public class LabelSetTests
{
    [Fact]
    public void Fingerprints_are_those_of_pyroscope()
    {
        Assert.Equal(0xef46db3751d8e999, LabelSet.Empty.Fingerprint);
        Assert.Equal(0x72761c07c103c5adUL, Set(("service_name", "cart")).Fingerprint);
        Assert.Equal(0x6e1aa9129d4323f0UL, Set(
            ("job", "a"), ("__unit__", "nanoseconds"), ("__type__", "cpu"), ("__profile_type__", "process_cpu:cpu:nanoseconds:cpu:nanoseconds"),
            ("__period_unit__", "nanoseconds"), ("__period_type__", "cpu"), ("__name__", "process_cpu")).Fingerprint);
    }

    [Fact]
    public void Long_values_are_hashed_as_short_ones_are()
    {
        var text = new string('ü', 5000);
        var bytes = System.Text.Encoding.UTF8.GetBytes("a\u0001" + text);
        byte[] hashed = [(byte)'a', 0xFF, .. bytes[2..], 0xFF];
        Assert.Equal(System.IO.Hashing.XxHash64.HashToUInt64(hashed), Set(("a", text)).Fingerprint);
    }

    [Fact]
    public void Names_are_sorted_by_their_utf8_bytes()
    {
        // In UTF-16 the surrogates of the last one come first.
        Assert.Equal(["a", "é", "\uFF21", "\U0001F600"], Names(Set(("\U0001F600", "1"), ("\uFF21", "2"), ("é", "3"), ("a", "4"))));
        Assert.Equal(["", "_", "a", "a.b", "ab"], Names(Set(("ab", "1"), ("a.b", "2"), ("a", "3"), ("_", "4"), ("", "5"))));
    }

    [Fact]
    public void Of_equal_names_the_first_stays_and_empty_values_go()
    {
        var set = Set(("b", "1"), ("a", ""), ("b", "2"), ("c", "3"));
        Assert.Equal(["b", "c"], Names(set));
        Assert.Equal("1", set.Get("b"));
        Assert.Null(set.Get("a"));
    }

    [Fact]
    public void An_enforced_order_puts_type_and_service_first()
    {
        var set = Set(("__name__", "x"), ("__profile_type__", "x:a:b:c:d"), ("__service_name__", "s"), ("a", "1"));
        Assert.Equal(["__profile_type__", "__service_name__", "__name__", "a"], Names(set.WithEnforcedOrder()));
        Assert.NotEqual(set.Fingerprint, set.WithEnforcedOrder().Fingerprint);
        Assert.NotEqual(set, set.WithEnforcedOrder());
    }

    [Fact]
    public void Projection_keeps_the_order_and_the_names_that_are_there()
    {
        var set = Set(("a", "1"), ("b", "2"), ("c", "3"));
        Assert.Equal(Set(("a", "1"), ("c", "3")), set.Project(["c", "x", "a"]));
        Assert.Equal(LabelSet.Empty, set.Project([]));
    }

    private static LabelSet Set(params (string Name, string Value)[] labels) => LabelSet.From(labels.Select(l => new Label(l.Name, l.Value)));

    private static string[] Names(LabelSet set) => [.. set.Labels.ToArray().Select(l => l.Name)];
}
