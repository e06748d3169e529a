using Pyro.Blocks.Meta;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Verifying;
using Pyro.Configuration;
using Pyro.Disk;
using Pyro.Memory;
using Pyro.ObjectStore;
using Pyro.ServiceDefaults;

namespace Pyro.Cli.Commands.Blocks;

/// <summary>What a person said of the place cannot be used.</summary>
internal sealed class PlaceException(string message) : Exception(message);

/// <summary>What is said of an S3 bucket on the command line; null: nothing.</summary>
internal sealed record S3Choice(string? Endpoint, string? Region, string? AccessKey, string? SecretKey)
{
    public bool IsGiven => (Endpoint ?? Region ?? AccessKey ?? SecretKey) is not null;
}

/// <summary>Which blocks to look at.</summary>
/// <param name="Tenant">Only this tenant's; null: all.</param>
/// <param name="Block">Only this one; null: all.</param>
internal sealed record BlockFilter(string? Tenant, Ulid? Block)
{
    public static Ulid? Id(string? text) => text is null ? null
        : BlockPaths.TryParse(text, out var id) ? id
        : throw new PlaceException($"--block: '{text}' is no ULID");
}

/// <summary>A tenant's folder with those of its blocks that were asked for.</summary>
internal sealed record ChosenFolder(TenantFolder Folder, IReadOnlyList<Ulid> Blocks);

/// <summary>Where the blocks are that a person asks for.</summary>
internal sealed class ChosenPlace : IDisposable
{
    private const string Scheme = "s3://";

    private static readonly string[] RegionVariables = ["AWS_REGION", "AWS_DEFAULT_REGION"];

    // Symbols of a block are decoded to be looked at; the rest of the memory is for what is around them.
    private const int ShareOfMemory = 2;

    private readonly ReliableStore _store;
    private readonly string _path;
    private readonly Ulid? _only;

    // A path that ends in a ULID is that of one block: its parent is opened, so that the block has its name in messages.
    private ChosenPlace(ObjectStoreOptions options, string path, string? parent, Func<string, ObjectStoreOptions> at)
    {
        if (parent is not null && BlockPaths.TryParse(Last(path), out var only))
        {
            (_only, options, path) = (only, at(parent), parent);
        }

        _store = ObjectStores.Open(options, new PhysicalDisk(), TimeProvider.System, Random.Shared);
        Store = new InspectedStore(_store);
        _path = string.Join('/', Parts(path));
        var memory = MachineMemory.Bytes() / ShareOfMemory;
        Symbols = new SymbolCache(memory / 4, new MemoryLedger(memory));
    }

    /// <summary>What it is called.</summary>
    public string Name => Store.Description;

    /// <summary>Keeps symbols while they are looked at.</summary>
    public SymbolCache Symbols { get; }

    /// <summary>The store.</summary>
    public IObjectStore Store { get; }

    /// <summary>Opens the place that the words of a command line name: at most one place, and flags of the server.</summary>
    /// <param name="words">The words.</param>
    /// <param name="s3">What else is said of a bucket.</param>
    /// <param name="environment">Variables of the environment.</param>
    /// <exception cref="PlaceException">There is no such place, or the settings have faults.</exception>
    public static ChosenPlace Open(IReadOnlyList<string> words, S3Choice s3, Func<string, string?> environment)
    {
        var flags = words.Where(static w => w.StartsWith('-')).ToArray();
        var places = words.Where(static w => !w.StartsWith('-')).ToArray();
        if (Array.Find(flags, static f => !f.Contains('=')) is { } bare)
        {
            throw new PlaceException($"{bare}: there is no such option; flags of the server are written -name=value");
        }

        if (places.Length > 1)
        {
            throw new PlaceException($"one place at a time, not {string.Join(", ", places)}");
        }

        if (places is [var place] && !place.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            if (s3.IsGiven || flags.Length > 0)
            {
                throw new PlaceException($"a directory needs no {(s3.IsGiven ? "--endpoint, --region or keys" : string.Join(", ", flags))}");
            }

            return OfDirectory(place);
        }

        var settings = ObjectStoreOptions.From(Load(flags));
        var options = places is [var bucket] ? OfBucket(settings, bucket[Scheme.Length..], s3, environment) : settings;
        if (places.Length == 0 && s3.IsGiven)
        {
            options = options with { S3 = With(options, s3) };
        }

        var faults = options.Faults();
        if (faults.Count > 0)
        {
            throw new PlaceException(string.Join(Environment.NewLine, faults));
        }

        if (options.Backend == "filesystem" && !Directory.Exists(options.Directory))
        {
            throw new PlaceException($"there is no directory {options.Directory} (-storage.filesystem.dir); give a place or -config.file=FILE");
        }

        return options.Backend == "filesystem" ? OfDirectory(options)
            : new ChosenPlace(options, options.Prefix, Parent(options.Prefix), parent => options with { Prefix = parent });
    }

    /// <summary>The folders with blocks and those of their blocks that were asked for; and folders that cannot be looked into.</summary>
    /// <exception cref="PlaceException">There are none.</exception>
    public async Task<IReadOnlyList<ChosenFolder>> Find(BlockFilter filter, CancellationToken cancellation)
    {
        filter = _only is null ? filter : filter with { Block = _only };
        var (found, any) = (new List<ChosenFolder>(), false);
        await foreach (var folder in TenantFolders.Find(Store, _path, cancellation))
        {
            any = true;
            var blocks = folder.Blocks.Where(b => filter.Block is null || b == filter.Block).ToList();
            if ((filter.Tenant is null || folder.Tenant == filter.Tenant) && (blocks.Count > 0 || folder.Fault is not null))
            {
                found.Add(new ChosenFolder(folder, blocks));
            }
        }

        if (found.Count > 0)
        {
            return found;
        }

        if (any)
        {
            throw new PlaceException($"{Name} has no block{(filter.Block is { } block ? $" {block}" : "s")}{(filter.Tenant is { } tenant ? $" of tenant {tenant}" : "")}");
        }

        throw new PlaceException(await Store.Exists(BlockPaths.Meta, cancellation)
            ? $"{Name} holds a {BlockPaths.Meta}, but is not named by a ULID as the folder of a block is"
            : $"{Name} has no blocks: no folder named by a ULID, no TENANT/phlaredb/ULID and no TENANT/local/ULID");
    }

    /// <summary>A block as it lies in a folder.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="block">Which.</param>
    /// <param name="faults">Gets what is wrong with its small files.</param>
    /// <param name="cancellation">Ends it.</param>
    public ValueTask<FoundBlock> Read(TenantFolder folder, Ulid block, FaultList faults, CancellationToken cancellation) =>
        FoundBlock.Read(Store, folder.Tenant, folder.Of(block), block, faults, cancellation);

    public void Dispose() => _store.Dispose();

    private static ChosenPlace OfDirectory(string place)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(place));
        if (!Directory.Exists(path))
        {
            throw new PlaceException(File.Exists(path) ? $"{place} is a file; give the folder of a block, or one above it" : $"there is no directory {place}");
        }

        return OfDirectory(new ObjectStoreOptions { Directory = path });
    }

    private static ChosenPlace OfDirectory(ObjectStoreOptions options)
    {
        var path = options.Prefix.Length == 0 ? options.Directory : Path.Join(options.Directory, options.Prefix);
        var bare = options with { Directory = path, Prefix = "" };
        return new ChosenPlace(bare, path, Path.GetDirectoryName(path), parent => bare with { Directory = parent });
    }

    private static ObjectStoreOptions OfBucket(ObjectStoreOptions settings, string place, S3Choice choice, Func<string, string?> environment)
    {
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? place : place[..slash];
        var options = settings with { Backend = "s3", Prefix = slash < 0 ? "" : place[(slash + 1)..].TrimEnd('/') };
        var s3 = With(options, choice) with { Bucket = bucket, CreateBucket = false };
        if (s3.Region.Length == 0 && s3.Endpoint.Length == 0)
        {
            // As AWS tools do, which the keys are looked for like.
            s3 = s3 with
            {
                Region = RegionVariables.Select(environment).FirstOrDefault(static r => r is { Length: > 0 })
                    ?? throw new PlaceException($"{Scheme}{place}: give --region or {RegionVariables[0]} for a bucket of AWS, --endpoint for one of another store"),
            };
        }

        return options with { S3 = s3 };
    }

    private static ObjectStore.S3.S3Options With(ObjectStoreOptions options, S3Choice choice) => options.S3 with
    {
        Endpoint = choice.Endpoint ?? options.S3.Endpoint,
        Region = choice.Region ?? options.S3.Region,
        AccessKey = choice.AccessKey ?? options.S3.AccessKey,
        SecretKey = choice.SecretKey ?? options.S3.SecretKey,
    };

    private static string Last(string path) => Parts(path) is [.., var last] ? last : "";

    private static string? Parent(string prefix) => string.Join('/', Parts(prefix).SkipLast(1));

    private static string[] Parts(string path) =>
        path.Replace(Path.DirectorySeparatorChar, '/').Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static Settings Load(string[] flags) => ServerSettings.Load(flags, static _ => []) switch
    {
        LoadedSettings loaded => loaded.Settings,
        FaultyConfiguration faulty => throw new PlaceException(faulty.Text),
        _ => throw new PlaceException("flags that end the server have no place here"),
    };
}
