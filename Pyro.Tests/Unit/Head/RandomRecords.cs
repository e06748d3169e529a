using Pyro.Profiles.Records;

namespace Pyro.Tests.Unit.Head;

/// <summary>Random records over few names, so that series, stacks, times and identities often meet.</summary>
internal static class RandomRecords
{
    private static readonly string[] Frames = ["main", "a", "b", "c", "d", "outer>inner", "@0x1a2b", "@0xff"];
    private static readonly string[] Pods = ["p1", "p2", "p10", "\uE000", "\U0001F600"];

    public static ProfileRecord Next(Random random)
    {
        var service = random.Next(4) switch { 0 => "cart", 1 => "pay", 2 => "search", _ => "zürich" };
        var builder = new RecordByHand()
            .Label("service_name", service)
            .Mapping(service switch { "cart" => "/opt/cart", "pay" => "", _ => "/usr/bin/app" })
            .At(1_000_000_000L + (random.Next(40) * 250_000L), (ulong)random.Next(3));
        if (random.Next(3) > 0)
        {
            builder.Label("pod", Pods[random.Next(Pods.Length)]);
        }

        if (random.Next(4) == 0)
        {
            builder.Label("region", "eu");
        }

        if (random.Next(8) == 0)
        {
            builder.Label("__order__", "enforced");
        }

        var types = Types(builder, random);
        foreach (var stack in Enumerable.Range(0, random.Next(8)).Select(_ => Stack(random)).Distinct())
        {
            var span = random.Next(5) == 0 ? (ulong)random.Next(1, 4) : 0;
            var values = Enumerable.Range(0, types).Select(_ => random.Next(4) == 0 ? 0 : Value(random)).ToArray();
            builder.SpanSample(stack, span, values);
        }

        return builder.Build();
    }

    private static long Value(Random random) => random.Next(10) == 0 ? random.NextInt64(1L << 40) : random.Next(1, 100);

    private static int Types(RecordByHand builder, Random random)
    {
        if (random.Next(2) == 0)
        {
            builder.Label("__name__", "process_cpu").Type("samples", "count").Type("cpu", "nanoseconds");
            return 2;
        }

        builder.Label("__name__", "memory").Period("space", "bytes").Type("alloc_objects", "count").Type("inuse_space", "bytes");
        if (random.Next(3) == 0)
        {
            builder.Label("__delta__", "false");
        }

        return 2;
    }

    private static string Stack(Random random) =>
        string.Join(';', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Frames[random.Next(Frames.Length)]));
}
