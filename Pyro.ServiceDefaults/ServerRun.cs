using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;

namespace Pyro.ServiceDefaults;

/// <summary>Runs a server until it is told to stop.</summary>
public static class ServerRun
{
    /// <summary>
    /// Runs it and returns the process's exit code. What a person can mend (the port is taken, another process uses the data path) is
    /// told in one line and ends with 1.
    /// </summary>
    public static async Task<int> RunToEnd(this WebApplication app)
    {
        try
        {
            await app.RunAsync();
            return Environment.ExitCode;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await Console.Error.WriteLineAsync($"pyro cannot run: {e.Message}");
            return 1;
        }
    }
}
