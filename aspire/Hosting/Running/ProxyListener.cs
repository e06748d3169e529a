using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Running;

/// <summary>A public port cannot be opened; the message says why and what to do.</summary>
internal sealed class PortUnusableException(IPAddress address, int port, SocketException inner) : Exception(Cause(address, port, inner), inner)
{
    /// <summary>The port asked for.</summary>
    public int Port => port;

    private static string Cause(IPAddress address, int port, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"Port {port} is in use by another program. Stop that program (`ss -ltnp` or `lsof -i :{port}` names it) or choose another port.",
        SocketError.AccessDenied => $"Port {port} may not be opened by this user; choose one above 1023.",
        SocketError.AddressNotAvailable => $"{address} is no address of this machine.",
        _ => $"Port {port} of {address} cannot be opened: {e.Message}.",
    };
}

/// <summary>Opens the sockets of a public port: both loopback addresses for "localhost", or those that the host stands for.</summary>
internal static class ProxyListener
{
    /// <summary>Listens.</summary>
    /// <param name="host">"localhost", an address, or "0.0.0.0", "[::]", "*", "+" for all.</param>
    /// <param name="port">Null: any free one, the same on each address.</param>
    /// <exception cref="PortUnusableException">The port is taken on one of the addresses, or may not be opened.</exception>
    public static (IReadOnlyList<Socket> Sockets, int Port) Open(string host, int? port)
    {
        var addresses = Addresses(host);
        if (port is { } given)
            return (OpenAll(addresses, given), given);
        for (var attempt = 0; ; attempt++)
        {
            var free = Ports.Free();
            try
            {
                return (OpenAll(addresses, free), free);
            }
            catch (PortUnusableException) when (attempt < 20)
            {
                // Somebody was faster between the test and now.
            }
            finally
            {
                Ports.Return(free);
            }
        }
    }

    private static List<Socket> OpenAll(IReadOnlyList<IPAddress> addresses, int port)
    {
        var sockets = new List<Socket>();
        foreach (var address in addresses)
        {
            try
            {
                if (Open(address, port) is { } socket)
                    sockets.Add(socket);
            }
            catch (SocketException e)
            {
                sockets.ForEach(open => open.Dispose());
                throw new PortUnusableException(address, port, e);
            }
        }
        return sockets;
    }

    private static Socket? Open(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(512);
            return socket;
        }
        catch (SocketException e) when (address.Equals(IPAddress.IPv6Loopback)
            && e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            // A machine without IPv6: "localhost" is 127.0.0.1 alone.
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static IReadOnlyList<IPAddress> Addresses(string host)
    {
        if (host is "*" or "+" or "0.0.0.0" or "[::]" or "::")
            return [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any];
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return [address];
        return Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
    }
}
