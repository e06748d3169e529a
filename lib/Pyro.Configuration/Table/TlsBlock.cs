using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>TLS of a client; the same options wherever one connects.</summary>
internal static class TlsBlock
{
    /// <summary>The options of one such block.</summary>
    /// <param name="flag">Start of the flags, its last dot included.</param>
    /// <param name="path">Start of the YAML paths, its last dot included.</param>
    public static Option[] Of(string flag, string path) =>
    [
        .. Block.Advanced(
            new($"{flag}tls-enabled", $"{path}tls_enabled", Switch, "false", "Connect with TLS."),
            new($"{flag}tls-cert-path", $"{path}tls_cert_path", Text, "", "File of the client certificate (PEM)."),
            new($"{flag}tls-key-path", $"{path}tls_key_path", Text, "", "File of the client certificate's key (PEM)."),
            new($"{flag}tls-ca-path", $"{path}tls_ca_path", Text, "", "File of the authorities that may sign the server's certificate."),
            new($"{flag}tls-server-name", $"{path}tls_server_name", Text, "", "Name expected in the server's certificate."),
            new($"{flag}tls-insecure-skip-verify", $"{path}tls_insecure_skip_verify", Switch, "false",
                "Do not check the server's certificate."),
            new($"{flag}tls-cipher-suites", $"{path}tls_cipher_suites", Csv, "", "Cipher suites allowed; empty allows the runtime's own."),
            new($"{flag}tls-min-version", $"{path}tls_min_version", Text, "", "Lowest TLS version allowed.")),
    ];
}
