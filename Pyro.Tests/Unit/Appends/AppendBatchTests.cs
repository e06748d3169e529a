using System.Buffers;
using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Memory;

namespace Pyro.Tests.Unit.Appends;

public sealed class AppendBatchTests
{
    [Fact]
    public void A_built_batch_is_the_body_of_an_append_request() =>
        Gen.Byte.Array[0, 300].Array[0, 20].Sample(records =>
        {
            AppendBatch batch = Build(records);
            AppendRequest read = AppendRequest.Parser.ParseFrom(batch.Lease.Memory.Span);
            Assert.Equal(records, read.Records.Select(r => r.ToByteArray()));
            AssertRecords(records, batch);
            batch.Lease.Release();
        }, iter: 200);

    [Fact]
    public void A_request_of_another_client_is_read_as_the_same_batch() =>
        Gen.Byte.Array[0, 300].Array[0, 20].Sample(records =>
        {
            var request = new AppendRequest { Records = { records.Select(r => ByteString.CopyFrom(r)) } };
            AppendBatch batch = AppendBatch.Parse(InPieces(request.ToByteArray()));
            AssertRecords(records, batch);
            batch.Lease.Release();
        }, iter: 200);

    [Fact]
    public void Unknown_fields_are_skipped()
    {
        // Field 2 varint, field 3 fixed64, field 4 bytes, field 5 fixed32, then a record.
        byte[] body = [0x10, 0x96, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 2, 9, 9, 0x2D, 1, 2, 3, 4, 0x0A, 1, 42];
        AssertRecords([[42]], AppendBatch.Parse(new ReadOnlySequence<byte>(body)));
    }

    [Theory]
    [InlineData(new byte[] { 0x0A })]
    [InlineData(new byte[] { 0x0A, 5, 1 })]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    [InlineData(new byte[] { 0x0B })]
    [InlineData(new byte[] { 0x00, 0x00 })]
    [InlineData(new byte[] { 0x19, 1 })]
    public void Malformed_bodies_are_refused(byte[] body) =>
        Assert.False(Assert.Throws<AppendFormatException>(() => AppendBatch.Parse(new ReadOnlySequence<byte>(body))).TooLarge);

    [Fact]
    public void Bodies_over_the_limits_are_refused()
    {
        var large = new ReadOnlySequence<byte>(new byte[AppendBatch.BytesMax + 1]);
        Assert.True(Assert.Throws<AppendFormatException>(() => AppendBatch.Parse(large)).TooLarge);

        byte[] many = new byte[2 * (AppendBatch.RecordsMax + 1)];
        for (int i = 0; i < many.Length; i += 2)
        {
            many[i] = 0x0A;
        }

        Assert.True(Assert.Throws<AppendFormatException>(() => AppendBatch.Parse(new ReadOnlySequence<byte>(many))).TooLarge);
        Assert.Equal(AppendBatch.RecordsMax, AppendBatch.Parse(new ReadOnlySequence<byte>(many.AsMemory(2))).Count);
    }

    [Fact]
    public void A_record_that_does_not_fit_leaves_the_batch_as_it_was()
    {
        using var builder = new AppendBatchBuilder();
        byte[] half = new byte[AppendBatch.BytesMax / 2];
        Assert.True(builder.Add(half));
        Assert.False(builder.Add(half));
        builder.Begin();
        builder.Output.Write(half.AsSpan());
        Assert.False(builder.End());
        Assert.True(builder.Fits(1));
        Assert.True(builder.Add([1, 2, 3]));
        AppendBatch batch = builder.Build();
        AssertRecords([half, [1, 2, 3]], batch);
        batch.Lease.Release();
    }

    [Fact]
    public void A_record_encoded_for_one_replica_can_be_copied_to_another()
    {
        using AppendBatchBuilder first = new(), second = new();
        first.Begin();
        first.Output.Write<byte>([5, 6, 7]);
        Assert.True(first.End());
        Assert.True(second.Add(first.Record(0)));
        AssertRecords([[5, 6, 7]], second.Build());
    }

    [Fact]
    public void Parsing_anything_gives_a_batch_or_the_parsers_own_exception() =>
        Fuzz.Run("append body", [Build([[1, 2, 3], [], [4]]).Lease.Memory.ToArray(), [0x10, 0x96, 0x01, 0x0A, 1, 1]], bytes =>
        {
            try
            {
                AppendBatch batch = AppendBatch.Parse(InPieces(bytes));
                for (int i = 0; i < batch.Count; i++)
                {
                    _ = batch.Record(i).Length;
                }

                batch.Lease.Release();
            }
            catch (AppendFormatException)
            {
            }
        });

    [Fact]
    public void The_marshallers_carry_batch_and_response()
    {
        AppendBatch sent = Build([[1, 2], [3]]);
        AppendBatch received = Marshal(AppendDefinition.Method.RequestMarshaller, sent);
        AssertRecords([[1, 2], [3]], received);
        var response = new AppendResponse { Results = { new AppendResult { Code = 8, Message = "full" }, new AppendResult() } };
        Assert.Equal(response, Marshal(AppendDefinition.Method.ResponseMarshaller, response));
        Assert.Equal("/pyro.peers.v1.Appender/Append", AppendDefinition.Method.FullName);

        // The share of the sender is still there, and only that.
        sent.Lease.Release();
        Assert.Throws<ObjectDisposedException>(() => Marshal(AppendDefinition.Method.RequestMarshaller, sent));
    }

    [Fact]
    public void A_malformed_or_too_large_body_is_refused_with_its_status()
    {
        var marshaller = AppendDefinition.Method.RequestMarshaller;
        Assert.Equal(StatusCode.InvalidArgument, Read([0x0A, 9]));
        Assert.Equal(StatusCode.ResourceExhausted, Read(new byte[AppendBatch.BytesMax + 1]));

        StatusCode Read(byte[] body) =>
            Assert.Throws<RpcException>(() => marshaller.ContextualDeserializer(new Received(InPieces(body)))).StatusCode;
    }

    [Fact]
    public async Task The_served_call_holds_the_batch_until_its_own_end()
    {
        var gate = new TaskCompletionSource();
        AppendBatch batch = Build([[1, 2, 3]]);
        Task<AppendResponse> serving = await Serve(batch, gate.Task);

        // The caller gives up.
        batch.Lease.Release();
        Assert.Equal([1, 2, 3], batch.Record(0).ToArray());
        gate.SetResult();
        await serving;
        Assert.Throws<ObjectDisposedException>(() => batch.Record(0));

        AppendBatch received = AppendBatch.Parse(new ReadOnlySequence<byte>([0x0A, 1, 7]));
        await await Serve(received, Task.CompletedTask);
        Assert.Throws<ObjectDisposedException>(() => received.Record(0));
    }

    private static Task<Task<AppendResponse>> Serve(AppendBatch batch, Task until)
    {
        var handlers = new Handlers();
        handlers.Take(AppendDefinition.Bind(async (served, _) =>
        {
            await until;
            Assert.NotEqual(0, served.Record(0).Span[0]);
            return new AppendResponse();
        }));
        return Task.FromResult(handlers.Append!(batch, null!));
    }

    private static AppendBatch Build(byte[][] records)
    {
        using var builder = new AppendBatchBuilder();
        for (int i = 0; i < records.Length; i++)
        {
            if (i % 2 == 0)
            {
                Assert.True(builder.Add(records[i]));
            }
            else
            {
                builder.Begin();
                builder.Output.Write(records[i].AsSpan());
                Assert.True(builder.End());
            }
        }

        return builder.Build();
    }

    private static void AssertRecords(byte[][] expected, AppendBatch batch)
    {
        Assert.Equal(expected.Length, batch.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(batch.Record(i).Span.SequenceEqual(expected[i]));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Record(expected.Length));
    }

    private static T Marshal<T>(Marshaller<T> marshaller, T message)
    {
        var sending = new Sent();
        marshaller.ContextualSerializer(message, sending);
        Assert.True(sending.Done);
        return marshaller.ContextualDeserializer(new Received(InPieces(sending.Written.WrittenSpan.ToArray())));
    }

    /// <summary>The bytes in pieces of three, as a network gives them.</summary>
    private static ReadOnlySequence<byte> InPieces(byte[] bytes)
    {
        var first = new Piece(ReadOnlyMemory<byte>.Empty, 0);
        Piece last = first;
        for (int at = 0; at < bytes.Length; at += Math.Max(3, bytes.Length / 50))
        {
            last = last.Then(bytes.AsMemory(at, Math.Min(Math.Max(3, bytes.Length / 50), bytes.Length - at)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Piece Then(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    private sealed class Sent : SerializationContext
    {
        public ArrayBufferWriter<byte> Written { get; } = new();

        public bool Done { get; private set; }

        public override void SetPayloadLength(int payloadLength)
        {
        }

        public override IBufferWriter<byte> GetBufferWriter() => Written;

        public override void Complete() => Done = true;
    }

    private sealed class Received(ReadOnlySequence<byte> bytes) : DeserializationContext
    {
        public override int PayloadLength => (int)bytes.Length;

        public override byte[] PayloadAsNewBuffer() => bytes.ToArray();

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => bytes;
    }

    private sealed class Handlers : ServiceBinderBase
    {
        public UnaryServerMethod<AppendBatch, AppendResponse>? Append { get; private set; }

        public void Take(ServerServiceDefinition definition) =>
            definition.BindService(this);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            Append = (UnaryServerMethod<AppendBatch, AppendResponse>)(object)handler!;
    }
}
