using Google.Protobuf;
using Grpc.Core;
using Pyro.Api.Peers;
using Pyro.Api.Pprof;

namespace Pyro.Query.Querier;

/// <summary>Reads sums by stack.</summary>
public static class StackAnswer
{
    /// <summary>The one table of an answer.</summary>
    /// <exception cref="RpcException">internal: the bytes are no profile.</exception>
    public static async Task<Profile> Read(IAsyncStreamReader<SumResponse> answer, CancellationToken cancel)
    {
        var pieces = new List<ByteString>();
        await foreach (var part in answer.ReadAllAsync(cancel))
        {
            if (part.PartCase == SumResponse.PartOneofCase.Stacks) pieces.Add(part.Stacks);
        }

        try
        {
            return Profile.Parser.ParseFrom(Sequence.Of(pieces));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"a holder sent stacks that are none: {e.Message}", e));
        }
    }

    /// <summary>One table of several.</summary>
    /// <exception cref="RpcException">internal: a profile is malformed.</exception>
    public static StackTable Merge(IEnumerable<Profile> profiles)
    {
        var table = new StackTable();
        try
        {
            foreach (var profile in profiles) table.Add(profile);
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"a holder sent stacks that are none: {e.Message}", e));
        }

        return table;
    }
}
