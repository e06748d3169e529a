using System.Runtime.InteropServices;

namespace Pyro.Profiles.Pprof;

/// <summary>
/// Go's runtime keeps only so many frames of a deep stack, from the leaf, so that its root is missing and a flame graph falls apart.
/// Where the outermost frames of some stacks lie inside others that reach further out, the missing frames are taken from those.
/// For validated profiles.
/// </summary>
public static class GoTruncatedStacks
{
    /// <summary>Frames that must agree, and how much further than these a stack is looked into.</summary>
    private const int Window = 16, Reach = 8, Suffix = Window + Reach;

    /// <summary>A longer chain of stacks means recursion, not truncation.</summary>
    private const int MaxLinks = 56;

    /// <summary>Repairs the stacks of a heap or CPU profile that shows signs of truncation; false: nothing was changed.</summary>
    public static bool Repair(PprofProfile p)
    {
        if (!Suspicious(p))
        {
            return false;
        }

        var groups = Groups(p, out int[] groupOf);
        int[] parent = new int[groups.Count], kept = new int[groups.Count];
        if (!Link(p, groups, parent, kept) || !Chains(p, groups, parent, kept, out int[]?[] missing))
        {
            return false;
        }

        Append(p, groupOf, missing);
        return true;
    }

    private static bool Suspicious(PprofProfile p)
    {
        bool heap = false, cpu = false;
        for (int t = 0; t < p.TypeCount; t++)
        {
            ReadOnlySpan<byte> name = p.String(p.TypeName[t]);
            heap |= name.SequenceEqual("alloc_objects"u8) || name.SequenceEqual("alloc_space"u8)
                || name.SequenceEqual("inuse_objects"u8) || name.SequenceEqual("inuse_space"u8);
            cpu |= name.SequenceEqual("cpu"u8);
        }

        int deepest = 0;
        for (int s = 0; s < p.SampleCount; s++)
        {
            deepest = Math.Max(deepest, p.Stack(s).Length);
        }

        return (heap && deepest is >= 28 and < 33) || (cpu && deepest >= 60);
    }

    /// <summary>Groups the deep stacks by their outermost frames; a group is known by its first sample.</summary>
    private static List<int> Groups(PprofProfile p, out int[] groupOf)
    {
        var groups = new List<int>();
        var byHash = new Dictionary<ulong, int>();
        groupOf = new int[p.SampleCount];
        for (int s = 0; s < p.SampleCount; s++)
        {
            groupOf[s] = -1;
            if (p.Stack(s).Length < Suffix)
            {
                continue;
            }

            ulong hash = Hash(p.Stack(s)[^Suffix..]);
            if (!byHash.TryGetValue(hash, out groupOf[s]))
            {
                byHash[hash] = groupOf[s] = groups.Count;
                groups.Add(s);
            }
        }

        return groups;
    }

    /// <summary>For each group the one that holds its outermost window further in, and how many frames that one has outside of the window.</summary>
    private static bool Link(PprofProfile p, List<int> groups, int[] parent, int[] outside)
    {
        var windows = new Dictionary<ulong, (int Group, int Outside)>();
        for (int g = 0; g < groups.Count; g++)
        {
            ReadOnlySpan<int> suffix = p.Stack(groups[g])[^Suffix..];
            for (int outer = 1; outer <= Reach; outer++)
            {
                windows.TryAdd(Hash(suffix.Slice(Reach - outer, Window)), (g, outer));
            }
        }

        bool any = false;
        for (int g = 0; g < groups.Count; g++)
        {
            parent[g] = -1;
            if (windows.TryGetValue(Hash(p.Stack(groups[g])[^Window..]), out var holder) && holder.Group != g)
            {
                (parent[g], outside[g]) = holder;
                any = true;
            }
        }

        return any;
    }

    /// <summary>The missing frames of each group, innermost first; false: some chain never ends.</summary>
    private static bool Chains(PprofProfile p, List<int> groups, int[] parent, int[] outside, out int[]?[] missing)
    {
        missing = new int[groups.Count][];
        var frames = new List<int>();
        for (int g = 0; g < groups.Count; g++)
        {
            frames.Clear();
            int links = 0;
            for (int at = g; parent[at] >= 0; at = parent[at])
            {
                if (++links > MaxLinks)
                {
                    return false;
                }

                frames.AddRange(p.Stack(groups[parent[at]])[^outside[at]..]);
            }

            missing[g] = frames.Count > 0 ? [.. frames] : null;
        }

        return true;
    }

    private static void Append(PprofProfile p, int[] groupOf, int[]?[] missing)
    {
        var frames = new List<int>(p.SampleStackStart[p.SampleCount]);
        int start = 0;
        for (int s = 0; s < p.SampleCount; s++)
        {
            int end = p.SampleStackStart[s + 1];
            frames.AddRange(p.StackLocation.AsSpan(start..end));
            start = end;
            if (groupOf[s] >= 0 && missing[groupOf[s]] is { } root)
            {
                frames.AddRange(root);
            }

            p.SampleStackStart[s + 1] = frames.Count;
        }

        PprofProfile.Reserve(ref p.StackLocation, frames.Count);
        CollectionsMarshal.AsSpan(frames).CopyTo(p.StackLocation);
    }

    private static ulong Hash(ReadOnlySpan<int> frames) => SeededHash.Of(MemoryMarshal.AsBytes(frames));
}
