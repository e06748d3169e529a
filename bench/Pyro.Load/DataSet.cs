using System.IO.Hashing;
using System.Net;
using Google.Protobuf;
using Pyro.Api.Push;
using Pyro.Api.Types;

namespace Pyro.Load;

/// <summary>What a data set holds, so that two systems are known to have got the same bytes.</summary>
/// <param name="Name">The data set.</param>
/// <param name="Seed">Of its generator.</param>
/// <param name="ProfileType">The type that is asked for.</param>
/// <param name="Pairs">(sample, type) pairs.</param>
/// <param name="Sum">Sum of the values of the type that is asked for.</param>
/// <param name="Profiles">Profiles pushed.</param>
/// <param name="Rows">Rows that they become: one for each sample type.</param>
/// <param name="RawBytes">Bytes of the profiles, not packed.</param>
/// <param name="BodiesHash">XXH128 of all profiles in order.</param>
/// <param name="Pods">Distinct pods.</param>
/// <param name="Pod">One of them.</param>
/// <param name="Start">ms since the epoch.</param>
/// <param name="End">ms since the epoch, inclusive.</param>
internal sealed record DataSetManifest(
    string Name, ulong Seed, string ProfileType, long Pairs, long Sum, long Profiles, long Rows, long RawBytes, string BodiesHash, int Pods, string Pod, long Start, long End);

/// <summary>
/// What queries are asked about: <c>q5</c>, <c>q6</c>, <c>q7</c> are W-cpu until 1e5, 1e6, 1e7 (sample, type) pairs are written, <c>q8</c> is
/// bytes in use of W-heap until 1e8, <c>mix</c> is W-mix until 1e9 bytes not packed, <c>rows</c> is 1e6 small profiles of 200 series,
/// <c>series</c> small profiles of 10,000 series.
/// </summary>
internal sealed class DataSet
{
    /// <summary>The names.</summary>
    public static readonly string[] Names = ["q5", "q6", "q7", "q8", "mix", "rows", "series"];

    private const int InFlight = 8;
    private const int Tries = 5;
    private static readonly TimeSpan Span = TimeSpan.FromMinutes(47.5);

    private readonly string _name;
    private readonly ulong _seed;
    private readonly IWorkload _workload;
    private readonly long _target;
    private readonly Func<GeneratedProfile, long> _measure;
    private readonly int _profilesOfRequest;
    private readonly TimeSpan _interval;

    private DataSet(
        string name, ulong seed, IWorkload workload, long target, Func<GeneratedProfile, long> measure, int profilesOfRequest = 1, double interval = 15)
    {
        _name = name;
        _seed = seed;
        _workload = workload;
        _target = target;
        _measure = measure;
        _profilesOfRequest = profilesOfRequest;
        _interval = TimeSpan.FromSeconds(interval);
    }

    /// <summary>Told of each profile that was pushed.</summary>
    public Action<GeneratedProfile>? OnProfile { get; init; }

    /// <summary>A data set by its name.</summary>
    public static DataSet Of(string name, ulong seed, Action<GeneratedProfile>? onProfile = null)
    {
        return name switch
        {
            "q5" => Pairs(new CpuWorkload(seed), 100_000),
            "q6" => Pairs(new CpuWorkload(seed), 1_000_000),
            "q7" => Pairs(new CpuWorkload(seed), 10_000_000),
            "q8" => Pairs(new HeapWorkload(seed, onlyInUse: true), 100_000_000),
            "mix" => new DataSet(name, seed, new MixWorkload(seed), 1_000_000_000, static p => p.Pprof.Length) { OnProfile = onProfile },
            // 5,000 of each series in the time there is.
            "rows" => new DataSet(name, seed, new SmallWorkload(seed, pods: 10), 1_000_000, static _ => 1, profilesOfRequest: 500, Span.TotalSeconds / 5_000),
            "series" => new DataSet(name, seed, new SmallWorkload(seed, pods: 500), 20_000, static _ => 1, profilesOfRequest: 500),
            _ => throw new ArgumentException($"no data set {name}"),
        };

        DataSet Pairs(IWorkload workload, long pairs) =>
            new(name, seed, workload, pairs, static p => (long)p.Pairs * p.Types) { OnProfile = onProfile };
    }

    /// <summary>Pushes the set, event time starting 50 minutes ago, and returns its manifest.</summary>
    /// <exception cref="HttpRequestException">The server refused, or already holds profiles there, which would be counted too.</exception>
    public async Task<DataSetManifest> Fill(Uri url, string? tenant, Action<string> say, CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromMinutes(5) };
        var start = DateTimeOffset.UtcNow.AddMinutes(-50).ToUnixTimeMilliseconds();
        if ((await new FlameGraphQuery(client, tenant, _workload.ProfileType).Ask("{}", start, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 1, cancellation)).Total != 0)
            throw new HttpRequestException("the server holds profiles of the last 50 minutes already: use an empty one, or another tenant");
        var hash = new XxHash128();
        var pods = new HashSet<string>(StringComparer.Ordinal);
        var sending = new Queue<Task>();
        var manifest = new DataSetManifest(_name, _seed, _workload.ProfileType, 0, 0, 0, 0, 0, "", 0, "", start, 0);
        var (number, done, told) = (0, 0L, 0L);
        while (done < _target)
        {
            // Made side by side, counted in order.
            var made = new GeneratedProfile[Math.Max(_profilesOfRequest, 4 * Environment.ProcessorCount)];
            Parallel.For(0, made.Length, new ParallelOptions { CancellationToken = cancellation }, i => made[i] = _workload.Profile(number + i));
            var taken = 0;
            for (; taken < made.Length && done < _target; taken++)
            {
                var profile = made[taken];
                OnProfile?.Invoke(profile);
                hash.Append(profile.Pprof);
                pods.Add(profile.Pod);
                done += _measure(profile);
                manifest = manifest with
                {
                    Pairs = manifest.Pairs + (long)profile.Pairs * profile.Types,
                    Sum = manifest.Sum + profile.Sum,
                    Profiles = manifest.Profiles + 1,
                    Rows = manifest.Rows + profile.Types,
                    RawBytes = manifest.RawBytes + profile.Pprof.Length,
                    Pod = manifest.Pod.Length > 0 || profile.Service != "svc-003" ? manifest.Pod : profile.Pod,
                };
            }
            foreach (var request in Requests(made.AsMemory(0, taken), start, number, tenant))
            {
                if (sending.Count == InFlight)
                    await sending.Dequeue();
                sending.Enqueue(Send(client, request, cancellation));
            }
            number += taken;
            if (done * 10 / _target > told)
                say($"{_name}: {manifest.Profiles} profiles, {(told = done * 10 / _target) * 10} %");
        }
        await Task.WhenAll(sending);
        return manifest with
        {
            BodiesHash = Convert.ToHexStringLower(hash.GetCurrentHash()),
            Pods = pods.Count,
            Pod = manifest.Pod.Length > 0 ? manifest.Pod : pods.First(),
            End = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
        };
    }

    private IEnumerable<Func<HttpRequestMessage>> Requests(ReadOnlyMemory<GeneratedProfile> profiles, long start, int number, string? tenant)
    {
        for (var i = 0; i < profiles.Length; i += _profilesOfRequest)
        {
            if (_profilesOfRequest == 1)
            {
                var (body, time) = (new RequestBody(profiles.Span[i]), TimeOf(start, number + i));
                yield return () => body.Request("push", tenant, time);
                continue;
            }
            var push = new PushRequest();
            for (var at = i; at < Math.Min(profiles.Length, i + _profilesOfRequest); at++)
                push.Series.Add(SeriesOf(profiles.Span[at], TimeOf(start, number + at)));
            yield return () => Rpc.Request("push.v1.PusherService/Push", push, tenant);
        }
    }

    private static RawProfileSeries SeriesOf(GeneratedProfile profile, long timeNanos)
    {
        var series = new RawProfileSeries { Samples = { new RawSample { RawProfile = ByteString.CopyFrom([.. profile.Pprof, .. RequestBody.TimeField(timeNanos)]) } } };
        foreach (var (name, value) in profile.Labels)
            series.Labels.Add(new LabelPair { Name = name, Value = value });
        return series;
    }

    // The time there is serves several times, each time a millisecond later, so that no two profiles of a series are of one time.
    private long TimeOf(long start, int number)
    {
        var (scrape, series) = Math.DivRem(number, _workload.Series);
        var (round, step) = Math.DivRem(scrape, (int)(Span / _interval));
        return (start + (long)(step * _interval.TotalMilliseconds) + round) * 1_000_000 + series;
    }

    // A server that is too busy is asked again with the same bytes, which count once all the same.
    private static async Task Send(HttpClient client, Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = make();
            using var response = await client.SendAsync(request, cancellation);
            if (response.IsSuccessStatusCode)
                return;
            if (attempt == Tries || response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout))
                throw new HttpRequestException($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellation)}");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        }
    }
}
