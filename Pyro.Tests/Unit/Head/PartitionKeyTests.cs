using System.IO.Hashing;
using System.Text;
using Pyro.Ingester.Head;

namespace Pyro.Tests.Unit.Head;

public class PartitionKeyTests
{
    [Theory]
    [InlineData("/usr/bin/pyroscope", "pyroscope")]
    [InlineData("C:\\srv\\app.exe", "app.exe")]
    [InlineData("/usr/bin/./x/../app/", "app")]
    [InlineData("/opt/ app ", "app")]
    [InlineData("", "cart")]
    [InlineData("[vdso]", "cart")]
    [InlineData("linux-vdso.so.1", "cart")]
    [InlineData("/dev/dri/card0", "cart")]
    [InlineData("//anon", "cart")]
    public void The_first_mapping_names_the_partition_or_else_the_service(string file, string key) =>
        Assert.Equal(Hash(key), Of(RecordByHand.Cpu("cart").Mapping(file), ""));

    [Fact]
    public void A_profile_that_came_over_OTLP_goes_by_service() =>
        Assert.Equal(Hash("cart"), Of(RecordByHand.Cpu("cart").Label("__otel__", "true"), ""));

    [Fact]
    public void A_configured_label_wins()
    {
        Assert.Equal(Hash("eu"), Of(RecordByHand.Cpu("cart").Label("region", "eu"), "region"));
        Assert.Equal(0x9417d9d5253a6f19UL, Of(RecordByHand.Cpu("cart"), "region"));
    }

    private static ulong Hash(string key) => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(key));

    private static ulong Of(RecordByHand builder, string label)
    {
        var record = builder.Sample("main", 1).Build();
        var labels = new SeriesLabels();
        labels.Read(record);
        return PartitionKey.Of(record, labels, label);
    }
}
