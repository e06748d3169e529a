using Pyro.Configuration;
using Pyro.Ingester.Shipping;
using Pyro.ObjectStore;
using Pyro.Ring;

namespace Pyro.Ingester;

/// <summary>How an ingester is set up.</summary>
public sealed record IngesterOptions
{
    // Some segments of the log and the blocks made of them.
    private const long LeastDiskBudget = 2L << 30;

    /// <summary>Directory of everything that the ingester keeps.</summary>
    public required string DataPath { get; init; }

    /// <summary>Label whose value picks the symbol partition of a profile; "": by the file name of its first mapping.</summary>
    public string SymbolsPartitionLabel { get; init; } = "";

    /// <summary>Length of a time slot: a block holds the profiles of one.</summary>
    public TimeSpan BlockDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long blocks stay on the local disk.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>The bucket that blocks are shipped to.</summary>
    public ObjectStoreOptions Store { get; init; } = new();

    /// <summary>Bytes of the disk below which no profile is taken in.</summary>
    public long DiskReserve => Math.Min(1L << 30, Retention.FreeBytes / 10);

    /// <summary>Bytes that everything in <see cref="DataPath"/> may come to; 0: as much as the disk has.</summary>
    public long DiskBudget { get; init; }

    /// <summary>Host name or IP address that it advertises; "": the one that the server listens on.</summary>
    public string Address { get; init; } = "";

    /// <summary>Its place in the ring.</summary>
    public required LifecyclerOptions Lifecycler { get; init; }

    /// <summary>File that keeps its place in the ring over restarts; "": a new one each time.</summary>
    public string TokensFile { get; init; } = "";

    /// <summary>How long it must have been fit before it tells that it is ready.</summary>
    public TimeSpan MinReadyDuration { get; init; }

    /// <summary>Whether it is ready only when all members of the ring are healthy.</summary>
    public bool ReadinessCheckRingHealth { get; init; } = true;

    /// <summary>Time spent LEAVING after everything is written, so that others see it.</summary>
    public TimeSpan FinalSleep { get; init; }

    /// <summary>
    /// Directory of the log. No tenant's directory can have this name, since <c>@</c> is not allowed in tenant ids.
    /// </summary>
    public string LogDirectory => Path.Join(DataPath, "@log");

    /// <summary>File that is locked while an ingester uses the data path.</summary>
    public string LockFile => Path.Join(DataPath, "@lock");

    /// <summary>Takes the options out of the settings.</summary>
    public static IngesterOptions From(Settings settings) => new()
    {
        DataPath = settings.Text("pyroscopedb.data_path"),
        SymbolsPartitionLabel = settings.Text("pyroscopedb.symbols_partition_label"),
        BlockDuration = settings.Duration("pyroscopedb.max_block_duration"),
        Retention = new RetentionOptions
        {
            Keep = settings.Duration("blocks_storage.tsdb.retention_period"),
            SeenAfter = RetentionOptions.SeenBy(settings.Duration("store_gateway.bucket_store.sync_interval")),
            Interval = settings.Duration("pyroscopedb.enforcement_interval"),
            FreeBytes = settings.Integer("pyroscopedb.min_free_disk_gb") << 30,
            IsOff = settings.Flag("pyroscopedb.disable_enforcement"),
        },
        Store = ObjectStoreOptions.From(settings),
        DiskBudget = settings.Integer("disk.budget"),
        Address = settings.Text("ingester.lifecycler.address"),
        TokensFile = settings.Text("ingester.lifecycler.tokens_file_path"),
        MinReadyDuration = settings.Duration("ingester.lifecycler.min_ready_duration"),
        ReadinessCheckRingHealth = settings.Flag("ingester.lifecycler.readiness_check_ring_health"),
        FinalSleep = settings.Duration("ingester.lifecycler.final_sleep"),
        Lifecycler = new LifecyclerOptions
        {
            Id = settings.Text("ingester.lifecycler.id"),
            Zone = settings.Text("ingester.lifecycler.availability_zone"),
            TokenCount = (int)settings.Integer("ingester.lifecycler.num_tokens"),
            HeartbeatPeriod = settings.Duration("ingester.lifecycler.heartbeat_period"),
            JoinAfter = settings.Duration("ingester.lifecycler.join_after"),
            ObservePeriod = settings.Duration("ingester.lifecycler.observe_period"),
            UnregisterOnShutdown = settings.Flag("ingester.lifecycler.unregister_on_shutdown"),
        },
    };

    /// <summary>Every fault, one line each; none: the options can be used.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>(Store.Faults());
        if (BlockDuration < TimeSpan.FromSeconds(5))
        {
            faults.Add("pyroscopedb.max_block_duration (-pyroscopedb.max-block-duration) must be at least 5s");
        }

        if (Retention.Interval <= TimeSpan.Zero)
        {
            faults.Add("pyroscopedb.enforcement_interval (-pyroscopedb.retention-policy-enforcement-interval) must be more than 0");
        }

        if (DiskBudget is > 0 and < LeastDiskBudget)
        {
            faults.Add($"disk.budget (-disk.budget) must be at least {LeastDiskBudget >> 20}MiB, or 0: the log alone takes a part of it");
        }

        if (DataPath.Length == 0)
        {
            faults.Add("pyroscopedb.data_path (-pyroscopedb.data-path) must not be empty");
        }

        if (DataPath.Contains('\0'))
        {
            faults.Add("pyroscopedb.data_path (-pyroscopedb.data-path) must not hold the character 0");
        }

        if (Lifecycler.Id.Length == 0)
        {
            faults.Add("ingester.lifecycler.id (-ingester.lifecycler.ID, -ingester.ring.instance-id) must not be empty");
        }

        if (Address.Length > 0 && !IsHost(Address))
        {
            faults.Add($"-ingester.lifecycler.addr (also -ingester.ring.instance-addr) must be a host name or an IP address, without a port; \"{Address}\" is neither");
        }

        return faults;
    }

    /// <summary>Digits and dots alone are meant for an IPv4 address, and must be one: no host name ends in a number.</summary>
    private static bool IsHost(string text)
    {
        string last = text.TrimEnd('.')[(text.TrimEnd('.').LastIndexOf('.') + 1)..];
        return Uri.CheckHostName(text) switch
        {
            UriHostNameType.IPv4 => text.Count(c => c == '.') == 3,
            UriHostNameType.IPv6 => true,
            UriHostNameType.Dns => last.Length > 0 && !last.All(char.IsAsciiDigit),
            _ => false,
        };
    }
}
