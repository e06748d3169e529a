using System.Buffers;
using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Querier;
using Pyro.Query.Frontend;

namespace Pyro.Tests.Unit.Query;

public class FlameGraphWireTests
{
    private static readonly Gen<long> Number = Gen.OneOf(Gen.Const(0L), Gen.Long[0, 300], Gen.Int[0, 63].Select(bits => 1L << bits), Gen.Long);

    [Fact]
    public void Flame_graphs_are_written_as_the_generated_messages_write_them() =>
        Gen.Select(Gen.String.Array[0, 5], Number.Array[0, 60].Array[0, 5], Number, Number).Sample((names, levels, total, maxSelf) =>
        {
            var graph = new FlameGraph { Total = total, MaxSelf = maxSelf };
            graph.Names.AddRange(names.Select(static n => n.Replace("\0", "ü", StringComparison.Ordinal)).Where(static n => !n.Any(char.IsSurrogate)));
            graph.Levels.AddRange(levels.Select(static numbers => new Level { Values = { numbers } }));
            IsSame(new SelectMergeStacktracesResponse { Flamegraph = graph });
        });

    [Fact]
    public void Other_answers_are_written_too()
    {
        IsSame(new SelectMergeStacktracesResponse());
        IsSame(new SelectMergeStacktracesResponse { Tree = ByteString.CopyFrom(1, 2, 3) });
        IsSame(new SelectMergeStacktracesResponse { Flamegraph = new FlameGraph { Total = 3 }, Dot = "digraph" });
    }

    private static void IsSame(SelectMergeStacktracesResponse response)
    {
        var written = new Written();
        FlameGraphWire.Write(response, written);
        Assert.Equal(response.ToByteArray(), written.Bytes.WrittenSpan.ToArray());
        Assert.Equal(written.Bytes.WrittenCount, written.Length);
    }

    private sealed class Written : SerializationContext
    {
        public ArrayBufferWriter<byte> Bytes { get; } = new();

        public int Length { get; private set; } = -1;

        public override IBufferWriter<byte> GetBufferWriter() => Bytes;

        public override void SetPayloadLength(int payloadLength) => Length = payloadLength;

        public override void Complete()
        {
        }
    }
}
