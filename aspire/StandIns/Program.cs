using System.Globalization;
using Aspire.StandIns.S3;

// Takes the place of an image where no container engine answers: Aspire.StandIns s3 --port N --data DIR [--faults].
// Exit code 64: it was started wrongly, and starting it again is of no use.
const int Misused = 64;

var fault = Read(args, out var options);
if (fault is not null)
{
    await Console.Error.WriteLineAsync(fault);
    return Misused;
}
try
{
    await using var server = await S3Server.Start(options, CancellationToken.None);
    Console.WriteLine($"S3 is served at {server.Url}, its data are in {options.Folder}");
    await server.WaitForShutdown();
    return 0;
}
catch (IOException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

static string? Read(string[] args, out S3Options options)
{
    options = S3Options.FromEnvironment();
    if (args is not ["s3", ..])
        return "Usage: Aspire.StandIns s3 --port N --data DIR [--faults]";
    for (var at = 1; at < args.Length; at++)
    {
        switch (args[at])
        {
            case "--faults":
                options = options with { TakesFaults = true };
                break;
            case "--port" when at + 1 < args.Length && int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535:
                options = options with { Port = port };
                at++;
                break;
            case "--data" when at + 1 < args.Length && args[at + 1].Length > 0:
                options = options with { Folder = Path.GetFullPath(args[++at]) };
                break;
            default:
                return $"{args[at]} is no argument, or lacks its value. Usage: Aspire.StandIns s3 --port N --data DIR [--faults]";
        }
    }
    return options.Fault();
}
