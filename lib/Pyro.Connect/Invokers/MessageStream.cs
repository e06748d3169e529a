using System.Threading.Channels;
using Grpc.Core;

namespace Pyro.Connect.Invokers;

/// <summary>Messages of one direction of a call, a few in flight: a writer waits for its reader.</summary>
/// <param name="carry">Brings a message to the reader's side.</param>
/// <param name="call">The call.</param>
internal sealed class MessageStream<T>(Func<T, CancellationToken, ValueTask<T>> carry, LocalCall call)
    where T : class
{
    private const int Capacity = 4;

    private readonly Channel<T> _messages = Channel.CreateBounded<T>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });

    /// <summary>The receiving end, the caller's or the handler's.</summary>
    public IAsyncStreamReader<T> Reader => new ReadingEnd(this);

    public IServerStreamWriter<T> ServerWriter => new HandlersEnd(this);

    public IClientStreamWriter<T> ClientWriter => new CallersEnd(this);

    /// <summary>The messages end when the call does, and as it does; those written before are still read.</summary>
    public async Task EndWith(Task ended)
    {
        try
        {
            await ended;
            _messages.Writer.TryComplete();
        }
        catch (RpcException e)
        {
            _messages.Writer.TryComplete(e);
        }
    }

    private LocalCall Call => call;

    private async Task Write(T message, CancellationToken cancellation)
    {
        if (cancellation.CanBeCanceled && cancellation != call.Token)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Token, cancellation);
            await _messages.Writer.WriteAsync(await carry(message, either.Token), either.Token);
            return;
        }
        await _messages.Writer.WriteAsync(await carry(message, call.Token), call.Token);
    }

    private sealed class ReadingEnd(MessageStream<T> stream) : IAsyncStreamReader<T>
    {
        private T? _current;

        public T Current => _current ?? throw new InvalidOperationException("No message has been read.");

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            // Whoever gives up a read gives up the call, as in gRPC.
            using var givenUp = cancellationToken.UnsafeRegister(static call => ((LocalCall)call!).GiveUp(), stream.Call);
            _current = null;
            try
            {
                while (await stream._messages.Reader.WaitToReadAsync(stream.Call.Token))
                {
                    if (!stream._messages.Reader.TryRead(out _current))
                        continue;
                    return true;
                }
                return false;
            }
            catch (OperationCanceledException e)
            {
                throw stream.Call.Translate(e);
            }
        }
    }

    private sealed class HandlersEnd(MessageStream<T> stream) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        public Task WriteAsync(T message, CancellationToken cancellationToken)
        {
            if (stream.Call.Ended is not null)
                throw new InvalidOperationException("Can't write the message because the request is complete.");
            stream.Call.Context.SendHeaders();
            return stream.Write(message, cancellationToken);
        }
    }

    private sealed class CallersEnd(MessageStream<T> stream) : IClientStreamWriter<T>
    {
        private bool _completed;

        public WriteOptions? WriteOptions { get; set; }

        public Task CompleteAsync()
        {
            _completed = true;
            stream._messages.Writer.TryComplete();
            return Task.CompletedTask;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        public async Task WriteAsync(T message, CancellationToken cancellationToken)
        {
            if (_completed)
                throw new InvalidOperationException("Can't write the message because the request stream is complete.");
            if (stream.Call.Ended is { } status)
                throw new RpcException(status);
            try
            {
                await stream.Write(message, cancellationToken);
            }
            catch (OperationCanceledException e)
            {
                stream.Call.GiveUp();
                throw stream.Call.Translate(e);
            }
            catch (ChannelClosedException)
            {
                // The handler ended without reading all.
                throw new RpcException(stream.Call.Ended ?? Status.DefaultSuccess);
            }
        }
    }
}
