using System.Globalization;
using System.Text;
using Pyro.Blocks.Meta;
using Pyro.Disk;

namespace Pyro.Blocks.Buckets;

/// <summary>
/// Copies of meta.json on local disk, as <c>{folder}/@meta/{tenant}/{ULID}/meta.json</c>, each with a checksum behind it, so that a restart does not
/// ask the bucket for each again. A copy that cannot be read, or is not what was written, is as good as none, and replaced. Nothing is lost
/// with it. No tenant is called <c>@meta</c>: where the folder is one of an ingester, too, the copies lie apart from its blocks.
/// </summary>
/// <param name="disk">Where they lie.</param>
/// <param name="folder">The folder of all that is kept of the bucket.</param>
/// <param name="budget">Bytes that the copies may have together; beyond that none is made.</param>
public sealed class MetaCache(IDisk disk, string folder, long budget)
{
    private const int MostBytes = StoredBlocks.MostBytes;

    // A line of eight hexadecimal digits.
    private const int ChecksumBytes = 10;
    private readonly string _copies = Path.Join(folder, "@meta");
    private readonly Lock _gate = new();
    private long? _bytes;

    /// <summary>Bytes of the copies; 0 before the first is kept.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes ?? 0;
            }
        }
    }

    /// <summary>The copy of a block's meta.json, or null.</summary>
    public async ValueTask<BlockMeta?> TryRead(string tenant, Ulid block, CancellationToken cancellation)
    {
        try
        {
            var path = FileOf(tenant, block);
            if (!disk.Exists(path))
            {
                return null;
            }

            var content = await disk.ReadAll(path, MostBytes + ChecksumBytes, cancellation);
            var json = content.AsMemory(0, Math.Max(0, content.Length - ChecksumBytes));
            if (!content.AsSpan(json.Length).SequenceEqual(ChecksumOf(json.Span)))
            {
                return null;
            }

            var meta = BlockMeta.Read(json, path);
            return meta.Id == block ? meta : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a copy when there is room. Of one block not twice at once, nor while it is dropped.</summary>
    public async ValueTask Keep(string tenant, BlockMeta meta, CancellationToken cancellation)
    {
        try
        {
            var json = meta.Write();
            byte[] bytes = [.. json, .. ChecksumOf(json)];
            if (!TryReserve(FolderOf(tenant, meta.Id), bytes.Length))
            {
                return;
            }

            try
            {
                disk.CreateDirectory(FolderOf(tenant, meta.Id));
                await disk.Replace(FileOf(tenant, meta.Id), bytes, cancellation);
            }
            finally
            {
                // After a failure another file may lie there, or two.
                lock (_gate)
                {
                    _bytes += BytesOf(FolderOf(tenant, meta.Id)) - bytes.Length;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is read from the bucket again.
        }
    }

    /// <summary>Drops the copies of a tenant's blocks that are not among those given.</summary>
    public void DropOthers(string tenant, IReadOnlySet<Ulid> blocks)
    {
        try
        {
            foreach (var entry in disk.List(Path.Join(_copies, tenant)))
            {
                if (entry.IsDirectory && BlockPaths.TryParse(entry.Name, out var block) && !blocks.Contains(block))
                {
                    Drop(FolderOf(tenant, block));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Next time.
        }
    }

    // Counts a copy that comes in the place of what lies in its folder.
    private bool TryReserve(string copy, int bytes)
    {
        lock (_gate)
        {
            _bytes ??= Count();
            var after = _bytes - BytesOf(copy) + bytes;
            if (after > budget)
            {
                return false;
            }

            _bytes = after;
            return true;
        }
    }

    private void Drop(string copy)
    {
        lock (_gate)
        {
            var bytes = BytesOf(copy);
            disk.Delete(copy);
            _bytes -= bytes;
        }
    }

    private static byte[] ChecksumOf(ReadOnlySpan<byte> json) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n{Crc32C.Of(json):x8}\n"));

    private string FolderOf(string tenant, Ulid block) => Path.Join(_copies, tenant, block.ToString());

    private string FileOf(string tenant, Ulid block) => Path.Join(FolderOf(tenant, block), BlockPaths.Meta);

    private long Count() => disk.List(_copies).Where(static t => t.IsDirectory)
        .SelectMany(t => disk.List(Path.Join(_copies, t.Name)).Where(static b => b.IsDirectory).Select(b => Path.Join(_copies, t.Name, b.Name)))
        .Sum(BytesOf);

    private long BytesOf(string copy) => disk.List(copy).Sum(static file => file.Length);
}
