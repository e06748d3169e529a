using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Pyro.Tests.Unit.ObjectStore;

/// <summary>Answers each request on loopback with the next of some texts, byte for byte, the last one again and again; or with what a function says.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, byte[], string> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly Task _running;

    public ScriptedServer(bool tls, params string[] answers)
        : this(tls, 0, answers)
    {
    }

    public ScriptedServer(bool tls, int port, params string[] answers)
        : this(tls, port, InTurn(answers))
    {
    }

    /// <param name="answer">The answer to a head and a body; called once at a time.</param>
    public ScriptedServer(Func<string, byte[], string> answer)
        : this(tls: false, 0, answer)
    {
    }

    private ScriptedServer(bool tls, int port, Func<string, byte[], string> answer)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _answer = answer;
        _certificate = tls ? SelfSigned() : null;
        _listener.Start();
        _running = Run();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The first lines of the requests and their headers.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>An error of S3.</summary>
    public static string Error(int status, string code, string more = "", string headers = "") =>
        Answer(status, $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>told {code}</Message>{more}<RequestId>1</RequestId></Error>", headers);

    public static string Answer(int status, string body, string headers = "") =>
        $"HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _certificate?.Dispose();
        _stop.Dispose();
    }

    private async Task Run()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(Serve(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
                stream = tls;
            }
            while (await Head(stream) is { } head)
            {
                var body = await Body(stream, head);
                string answer;
                lock (Requests)
                {
                    Requests.Add(head);
                    answer = _answer(head, body);
                }
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
                if (!answer.Contains("Content-Length", StringComparison.Ordinal) || answer.Contains("Connection: close", StringComparison.Ordinal))
                    return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client left.
        }
    }

    private async Task<string?> Head(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return head.Length == 0 ? null : head.ToString();
            head.Append((char)one[0]);
            // What does not look like HTTP gets its answer at once.
            if (head.Length == 1 && !char.IsAsciiLetterUpper(head[0]))
                return "garbage";
        }
        return head.ToString();
    }

    private async Task<byte[]> Body(Stream stream, string head)
    {
        if (head.Contains("Expect: 100-continue", StringComparison.OrdinalIgnoreCase))
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), _stop.Token);
        var length = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        var body = new byte[length is null ? 0 : int.Parse(length[15..])];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return body;
    }

    private static Func<string, byte[], string> InTurn(string[] answers)
    {
        var left = new Queue<string>(answers);
        return (_, _) => left.Count > 1 ? left.Dequeue() : left.Peek();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
