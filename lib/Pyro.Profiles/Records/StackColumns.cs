using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pyro.Profiles.Records;

/// <summary>
/// The stacks of a record: for each sample its depth, how many of its outermost frames it shares with the sample before, and the
/// frames that are its own. Samples of one profile run through the same callers, so that often less than half of the frames is left.
/// </summary>
internal static class StackColumns
{
    /// <summary>A record with more frames than this is not believed.</summary>
    private const int MaxFrames = 1 << 27;

    [ThreadStatic]
    private static uint[]? _depth, _shared, _own;

    /// <summary>Writes the stacks.</summary>
    public static void Write(ProfileRecord record, IBufferWriter<byte> output)
    {
        int count = record.SampleCount, owned = 0, previous = 0;
        Span<uint> depth = Scratch(ref _depth, count), shared = Scratch(ref _shared, count);
        Span<uint> own = Scratch(ref _own, record.SampleStackStart[count]);
        ReadOnlySpan<uint> frames = MemoryMarshal.Cast<int, uint>(record.StackLocation.AsSpan(0, record.SampleStackStart[count]));
        for (int s = 0; s < count; s++)
        {
            int start = record.SampleStackStart[s], end = record.SampleStackStart[s + 1];
            ReadOnlySpan<uint> stack = frames[start..end];
            int same = SharedTail(stack, frames[previous..start]);
            depth[s] = (uint)stack.Length;
            shared[s] = (uint)same;
            stack[..^same].CopyTo(own[owned..]);
            owned += stack.Length - same;
            previous = start;
        }

        PackedColumn.Write(output, depth, 1);
        PackedColumn.Write(output, shared, 0);
        PackedColumn.Write(output, own[..owned], 1);
    }

    /// <summary>Reads the stacks of <see cref="ProfileRecord.SampleCount"/> samples.</summary>
    /// <exception cref="RecordFormatException">Depths, shared frames or locations are impossible.</exception>
    public static void Read(ref ReadOnlySpan<byte> input, ProfileRecord into)
    {
        int count = into.SampleCount;
        Span<uint> shared = Scratch(ref _shared, count);
        ProfileRecord.Reserve(ref into.SampleStackStart, count + 1);
        into.SampleStackStart[0] = 0;
        Span<int> ends = into.SampleStackStart.AsSpan(1, count);
        PackedColumn.Read(ref input, MemoryMarshal.Cast<int, uint>(ends));
        PackedColumn.Read(ref input, shared);
        int owned = Starts(ends, shared), frames = into.SampleStackStart[count];
        if (owned > input.Length)
        {
            throw new RecordFormatException("there are fewer frames than the stacks have");
        }

        Span<uint> own = Scratch(ref _own, owned);
        uint most = PackedColumn.Read(ref input, own);
        if (owned > 0 && most >= (uint)into.LocationCount)
        {
            throw new RecordFormatException("a stack refers to a location that is not there");
        }

        ProfileRecord.Reserve(ref into.StackLocation, frames);
        Fill(MemoryMarshal.Cast<int, uint>(into.StackLocation.AsSpan(0, frames)), into.SampleStackStart, shared, own);
    }

    /// <summary>Turns depths into ends and returns how many frames the stacks do not share.</summary>
    private static int Starts(Span<int> ends, ReadOnlySpan<uint> shared)
    {
        uint end = 0, before = 0, owned = 0;
        for (int s = 0; s < ends.Length; s++)
        {
            uint depth = (uint)ends[s];
            if (depth > MaxFrames - end || shared[s] > depth || shared[s] > before)
            {
                throw new RecordFormatException("a stack is too deep or shares frames that are not there");
            }

            end += depth;
            owned += depth - shared[s];
            before = depth;
            ends[s] = (int)end;
        }

        return (int)owned;
    }

    private static void Fill(Span<uint> frames, int[] start, ReadOnlySpan<uint> shared, ReadOnlySpan<uint> own)
    {
        for (int s = 0; s < shared.Length; s++)
        {
            int same = (int)shared[s], at = start[s], mine = start[s + 1] - at - same;
            own[..mine].CopyTo(frames[at..]);
            own = own[mine..];
            frames.Slice(at - same, same).CopyTo(frames[(at + mine)..]);
        }
    }

    private static int SharedTail(ReadOnlySpan<uint> left, ReadOnlySpan<uint> right)
    {
        int most = Math.Min(left.Length, right.Length), same = 0;
        left = left[^most..];
        right = right[^most..];
        for (; same + 4 <= most; same += 4)
        {
            int at = most - same - 4;
            if (Vector128.Create(left.Slice(at, 4)) != Vector128.Create(right.Slice(at, 4)))
            {
                break;
            }
        }

        while (same < most && left[most - same - 1] == right[most - same - 1])
        {
            same++;
        }

        return same;
    }

    private static Span<uint> Scratch(ref uint[]? scratch, int count)
    {
        uint[] column = scratch ?? [];
        ProfileRecord.Reserve(ref column, count);
        scratch = column;
        return column.AsSpan(0, count);
    }
}
