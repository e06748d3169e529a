using System.Buffers;
using System.Net.Sockets;

namespace Aspire.Hosting.Running;

/// <summary>Carries bytes between two connected sockets, both ways, until both have closed.</summary>
internal static class SocketRelay
{
    private const int Chunk = 32 * 1024;

    /// <summary>
    /// Ends when both sides have sent all. One side's end is passed on while the other goes on (half-close); a fault of one resets both,
    /// so that nobody takes a broken answer for a whole one.
    /// </summary>
    public static async Task Run(Socket client, Socket server, CancellationToken cancellation)
    {
        client.NoDelay = true;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var up = Carry(client, server, stop);
        var down = Carry(server, client, stop);
        if (await up & await down)
            return;
        client.Close(0);
        server.Close(0);
    }

    private static async Task<bool> Carry(Socket from, Socket to, CancellationTokenSource stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, stop.Token)) > 0)
            {
                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), SocketFlags.None, stop.Token);
            }
            to.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            await stop.CancelAsync();
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
