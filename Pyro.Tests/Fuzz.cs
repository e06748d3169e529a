using System.Globalization;
using System.Text;

namespace Pyro.Tests;

/// <summary>
/// The shared shape of fuzz tests: seeds as they are, then mutated seeds and random bytes until the time is up. Set
/// <c>PYRO_FUZZ_SECONDS</c> for another time box (default 5 s) and <c>PYRO_FUZZ_SEED</c> to repeat a run.
/// </summary>
public static class Fuzz
{
    /// <summary>Inputs grow to at most this many bytes by mutation.</summary>
    private const int MaxLength = 1 << 20;

    private static readonly byte[] Interesting = [0x00, 0x01, 0x7F, 0x80, 0xFF, 0xFE, 0x0A, 0x20, 0x2C, 0x3B, 0x22, 0x7B, 0x7D];

    /// <summary>Runs the target over the seeds and mutations of them; the target catches the exceptions it is allowed to throw.</summary>
    /// <exception cref="FuzzException">The target threw; the message holds seed, round and input.</exception>
    public static void Run(string name, IReadOnlyList<byte[]> seeds, Action<byte[]> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        int seed = Seed(name);
        foreach (var (round, input) in Inputs(seed, seeds))
        {
            byte[] kept = (byte[])input.Clone();
            try
            {
                target(input);
            }
            catch (Exception e)
            {
                throw Failure(name, seed, round, kept, e);
            }
        }
    }

    /// <summary>As <see cref="Run(string, IReadOnlyList{byte[]}, Action{byte[]})"/> for a target that reads as it goes.</summary>
    public static async Task RunAsync(string name, IReadOnlyList<byte[]> seeds, Func<byte[], Task> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        int seed = Seed(name);
        foreach (var (round, input) in Inputs(seed, seeds))
        {
            byte[] kept = (byte[])input.Clone();
            try
            {
                await target(input);
            }
            catch (Exception e)
            {
                throw Failure(name, seed, round, kept, e);
            }
        }
    }

    /// <summary>As <see cref="Run(string, IReadOnlyList{byte[]}, Action{byte[]})"/> for a parser of text: inputs are read as UTF-8.</summary>
    public static void RunText(string name, IReadOnlyList<string> seeds, Action<string> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Run(name, [.. seeds.Select(Encoding.UTF8.GetBytes)], bytes => target(Encoding.UTF8.GetString(bytes)));
    }

    /// <summary>A copy of one of the seeds with one to eight changes.</summary>
    public static byte[] Mutate(Random random, IReadOnlyList<byte[]> seeds)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(seeds);
        byte[] input = (byte[])seeds[random.Next(seeds.Count)].Clone();
        for (int changes = random.Next(8); changes >= 0; changes--)
        {
            input = Change(random, input, seeds[random.Next(seeds.Count)]);
        }

        return input;
    }

    private static byte[] Change(Random random, byte[] input, byte[] other)
    {
        int at = random.Next(input.Length + 1), length = Math.Min(random.Next(1, 17), input.Length - at);
        switch (random.Next(8))
        {
            case 0 when at < input.Length:
                input[at] ^= (byte)(1 << random.Next(8));
                return input;
            case 1 when at < input.Length:
                input[at] = Interesting[random.Next(Interesting.Length)];
                return input;
            case 2 when at < input.Length:
                input[at] = (byte)random.Next(256);
                return input;
            case 3:
                return input[..at];
            case 4:
                return [.. input[..at], .. input[(at + length)..]];
            case 5 when input.Length < MaxLength:
                byte[] added = new byte[random.Next(1, 17)];
                random.NextBytes(added);
                return [.. input[..at], .. added, .. input[at..]];
            case 6 when input.Length < MaxLength:
                return [.. input[..(at + length)], .. input[at..]];
            case 7 when other.Length > 0 && input.Length < MaxLength:
                int from = random.Next(other.Length);
                return [.. input[..at], .. other[from..Math.Min(other.Length, from + random.Next(1, 65))], .. input[(at + length)..]];
            default:
                return input;
        }
    }

    private static byte[] Noise(Random random)
    {
        byte[] input = new byte[random.Next(4) == 0 ? random.Next(4096) : random.Next(64)];
        random.NextBytes(input);
        return input;
    }

    private static int Seed(string name)
    {
        int seed = Setting("PYRO_FUZZ_SEED") ?? Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"fuzz {name}: PYRO_FUZZ_SEED={seed}");
        return seed;
    }

    /// <summary>The seeds, as rounds below 0, then mutations and noise until the time is up.</summary>
    private static IEnumerable<(long Round, byte[] Input)> Inputs(int seed, IReadOnlyList<byte[]> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        var random = new Random(seed);
        long end = Environment.TickCount64 + (1000L * (Setting("PYRO_FUZZ_SECONDS") ?? 5));
        for (int i = 0; i < seeds.Count; i++)
        {
            yield return (-1 - i, (byte[])seeds[i].Clone());
        }

        for (long round = 0; Environment.TickCount64 < end; round++)
        {
            yield return (round, seeds.Count == 0 || random.Next(16) == 0 ? Noise(random) : Mutate(random, seeds));
        }
    }

    private static FuzzException Failure(string name, int seed, long round, byte[] input, Exception e)
    {
        string shown = Convert.ToBase64String(input, 0, Math.Min(input.Length, 3000));
        return new FuzzException($"fuzz {name}: PYRO_FUZZ_SEED={seed}, round {round}, {input.Length} bytes (base64): {shown}", e);
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : null;
}

/// <summary>A target of <see cref="Fuzz"/> failed in a way that is not allowed.</summary>
public sealed class FuzzException(string message, Exception inner) : Exception(message, inner);
