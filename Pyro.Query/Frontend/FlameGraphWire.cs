using System.Buffers;
using System.Numerics;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Pyro.Api.Querier;
using Pyro.Profiles;

namespace Pyro.Query.Frontend;

/// <summary>
/// Writes answers that are a flame graph, to the byte as the generated messages do. These count the size of every number four times
/// over, once for each message that it lies in; here each is counted once.
/// </summary>
public static class FlameGraphWire
{
    private const byte Tag1 = 1 << 3 | 2;
    private const byte LevelsTag = 2 << 3 | 2;
    private const byte TotalTag = 3 << 3;
    private const byte MaxSelfTag = 4 << 3;

    /// <summary>Writes answers so.</summary>
    public static Marshaller<SelectMergeStacktracesResponse> Marshaller { get; } = Marshallers.Create(
        Write, static context => SelectMergeStacktracesResponse.Parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    /// <summary>Writes an answer.</summary>
    public static void Write(SelectMergeStacktracesResponse response, SerializationContext context)
    {
        // gRPC takes the length only before it gives the writer.
        if (response.Flamegraph is not { } graph || !response.Equals(new SelectMergeStacktracesResponse { Flamegraph = graph }))
        {
            context.SetPayloadLength(response.CalculateSize());
            response.WriteTo(context.GetBufferWriter());
        }
        else
        {
            using var sizes = new Rented<int>(graph.Levels.Count);
            var size = Sizes(graph, sizes.Span);
            context.SetPayloadLength(1 + Size((ulong)size) + size);
            var output = context.GetBufferWriter();
            WriteHead(output, Tag1, (ulong)size);
            WriteGraph(graph, sizes.Span, output);
        }

        context.Complete();
    }

    // Bytes of a flame graph, and of the numbers of each level.
    private static int Sizes(FlameGraph graph, Span<int> levels)
    {
        var size = SizeOf(graph.Total) + SizeOf(graph.MaxSelf);
        foreach (var name in graph.Names)
        {
            size += Framed(Encoding.UTF8.GetByteCount(name));
        }

        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = Size(graph.Levels[i].Values);
            size += Framed(LevelSize(levels[i]));
        }

        return size;

        static int SizeOf(long number) => number == 0 ? 0 : 1 + Size((ulong)number);
    }

    private static void WriteGraph(FlameGraph graph, ReadOnlySpan<int> sizes, IBufferWriter<byte> output)
    {
        foreach (var name in graph.Names)
        {
            WriteHead(output, Tag1, (ulong)Encoding.UTF8.GetByteCount(name));
            Encoding.UTF8.GetBytes(name, output);
        }

        for (var i = 0; i < sizes.Length; i++)
        {
            WriteHead(output, LevelsTag, (ulong)LevelSize(sizes[i]));
            if (sizes[i] > 0)
            {
                WriteHead(output, Tag1, (ulong)sizes[i]);
                WriteNumbers(graph.Levels[i].Values, sizes[i], output);
            }
        }

        if (graph.Total != 0) WriteHead(output, TotalTag, (ulong)graph.Total);
        if (graph.MaxSelf != 0) WriteHead(output, MaxSelfTag, (ulong)graph.MaxSelf);
    }

    private static void WriteNumbers(RepeatedField<long> numbers, int size, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(size);
        var at = 0;
        for (var i = 0; i < numbers.Count; i++)
        {
            at += Write(span[at..], (ulong)numbers[i]);
        }

        output.Advance(at);
    }

    // A tag with the number behind it: a field's value or its length.
    private static void WriteHead(IBufferWriter<byte> output, byte tag, ulong number)
    {
        var span = output.GetSpan(11);
        span[0] = tag;
        output.Advance(1 + Write(span[1..], number));
    }

    private static int Write(Span<byte> span, ulong number)
    {
        var n = 0;
        for (; number >= 0x80; number >>= 7)
        {
            span[n++] = (byte)(number | 0x80);
        }

        span[n] = (byte)number;
        return n + 1;
    }

    private static int Size(RepeatedField<long> numbers)
    {
        var size = 0;
        for (var i = 0; i < numbers.Count; i++)
        {
            size += Size((ulong)numbers[i]);
        }

        return size;
    }

    // Seven bits a byte.
    private static int Size(ulong number) => ((BitOperations.Log2(number | 1) * 9) + 73) >> 6;

    private static int Framed(int size) => checked(1 + Size((ulong)size) + size);

    private static int LevelSize(int numbers) => numbers == 0 ? 0 : Framed(numbers);
}
