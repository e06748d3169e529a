using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Authenticates and sends a PING, in Redis's protocol of inline commands and one-line replies.</summary>
internal sealed class RedisHealthCheck(RedisResource redis) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!redis.PrimaryEndpoint.IsAllocated)
            return HealthCheckResult.Unhealthy("The endpoint has no address yet.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var password = redis.PasswordParameter is { } parameter ? await parameter.GetValueAsync(limit.Token) : null;
            var answer = await Ping(redis.PrimaryEndpoint.Host, redis.PrimaryEndpoint.Port, password, limit.Token);
            return answer == "+PONG" ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"Redis answered {answer}.");
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy($"Redis does not answer: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"Redis does not answer within {Patience.TotalSeconds} s.");
        }
    }

    private static async Task<string?> Ping(string host, int port, string? password, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host, port, cancellation);
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        if (password is not null)
        {
            await stream.WriteAsync(Command("AUTH", password), cancellation);
            if (await reader.ReadLineAsync(cancellation) is var answer && answer != "+OK")
                return answer;
        }
        await stream.WriteAsync(Command("PING"), cancellation);
        return await reader.ReadLineAsync(cancellation);
    }

    private static byte[] Command(params string[] words) => Encoding.UTF8.GetBytes(
        $"*{words.Length}\r\n" + string.Concat(words.Select(w => $"${Encoding.UTF8.GetByteCount(w)}\r\n{w}\r\n")));
}
