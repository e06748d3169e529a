using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Running;

/// <summary>
/// Free ports for processes that open them by themselves. Numbers come at random from below the range that systems use for outgoing
/// connections, so that neither those nor another AppHost of the machine is likely to take one between the test and its use, and none is
/// handed out twice by this process. A process that still finds its port taken is started again with another.
/// </summary>
internal static class Ports
{
    private const int First = 10_000, End = 32_000;
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A TCP port nobody listens on, on either loopback address.</summary>
    /// <exception cref="LaunchException">Thousands of ports in a row were taken.</exception>
    public static int Free()
    {
        for (var attempt = 0; attempt < 5_000; attempt++)
        {
            var port = Random.Shared.Next(First, End);
            if (!Given.ContainsKey(port) && IsFree(port) && Given.TryAdd(port, true))
                return port;
        }
        throw new LaunchException($"No free port was found between {First} and {End}.");
    }

    /// <summary>A port that may be handed out again.</summary>
    public static void Return(int port) => Given.TryRemove(port, out _);

    /// <summary>Whether nobody listens on the port on a loopback address.</summary>
    public static bool IsFree(int port) => CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port));

    private static bool CanBind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported;
        }
    }
}
