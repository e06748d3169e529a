using System.Buffers;
using Grpc.Core;
using Pyro.Connect.Protocol;

namespace Pyro.Tests.Unit.Connect;

/// <summary>What is made of a body is taken from the budget before it is made.</summary>
public sealed class BodyBudgetTests
{
    private long _copied;
    private long _grown;

    [Fact]
    public void Json_is_taken_with_its_binary_form_and_its_message()
    {
        var json = "{\"text\":\"0123456789\"}"u8.ToArray();
        Read(json, Budget(1000));
        Assert.Equal(json.Length + 12, _copied);
        Assert.Equal(0, _grown);
    }

    [Fact]
    public void Json_over_the_budget_is_refused_before_it_is_read()
    {
        var refused = Assert.Throws<RpcException>(() => Read("{\"text\":\"0123456789\"}"u8.ToArray(), Budget(10)));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }

    [Fact]
    public void What_a_buffer_grows_by_is_taken()
    {
        using var buffer = new PooledBuffer(16, Budget(100_000));
        for (var i = 0; i < 10_000; i++)
            buffer.WriteByte(1);
        Assert.InRange(_grown, 10_000, 100_000);
        var refused = Assert.Throws<RpcException>(() => buffer.GetSpan(200_000));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(10_000, buffer.Length);
    }

    private static void Read(byte[] json, BodyBudget budget) =>
        new ConnectCodec(Ask.Descriptor, Answer.Descriptor).ReadJson(
            Marshallers.Create<byte[]>((_, _) => { }, context => context.PayloadAsNewBuffer()), new ReadOnlySequence<byte>(json), budget);

    private BodyBudget Budget(long limit) => new(
        bytes => (_copied += bytes) > limit ? new Status(StatusCode.ResourceExhausted, "full") : null,
        bytes => (_grown += bytes) > limit ? new Status(StatusCode.ResourceExhausted, "full") : null);
}
