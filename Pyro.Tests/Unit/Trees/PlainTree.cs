using Pyro.Profiles.Trees;

namespace Pyro.Tests.Unit.Trees;

/// <summary>A slow tree of objects that is cut by the letter of the rule: a heap of the N largest, filled walking down.</summary>
internal sealed class PlainTree
{
    private readonly SortedDictionary<string, PlainTree> _children = new(StringComparer.Ordinal);
    private long _self;

    private long Total => _self + _children.Values.Sum(c => c.Total);

    public static PlainTree Of((string[] Stack, long Value)[] stacks)
    {
        var root = new PlainTree();
        foreach (var (stack, value) in stacks)
        {
            var node = root;
            foreach (var name in stack)
            {
                node = node._children.TryGetValue(name, out var child) ? child : node._children[name] = new PlainTree();
            }

            node._self += value;
        }

        return root;
    }

    public PlainTree Cut(long maxNodes) => Keep(Least(maxNodes));

    public SortedDictionary<string, (long Self, long Folded)> Paths()
    {
        var paths = new SortedDictionary<string, (long, long)>(StringComparer.Ordinal);
        AddTo(paths, "");
        return paths;
    }

    private void AddTo(SortedDictionary<string, (long, long)> paths, string path)
    {
        if (_self != 0)
        {
            paths[path] = (_self, 0);
        }

        foreach (var (name, child) in _children)
        {
            child.AddTo(paths, path + "/" + name);
        }
    }

    private PlainTree Keep(long least)
    {
        var cut = new PlainTree { _self = _self };
        var other = 0L;
        foreach (var (name, child) in _children)
        {
            if (child.Total < least)
            {
                other += child.Total;
            }
            else
            {
                cut._children[name] = child.Keep(least);
            }
        }

        if (other != 0)
        {
            (cut._children.TryGetValue("other", out var there) ? there : cut._children["other"] = new PlainTree())._self += other;
        }

        return cut;
    }

    private int Count() => _children.Values.Sum(c => 1 + c.Count());

    private long Least(long maxNodes)
    {
        if (maxNodes < 1 || Count() <= maxNodes)
        {
            return 0;
        }

        var heap = new PriorityQueue<long, long>();
        Fill(heap, maxNodes);
        return heap.Peek();
    }

    private void Fill(PriorityQueue<long, long> heap, long most)
    {
        foreach (var child in _children.Values)
        {
            var total = child.Total;
            if (heap.Count >= most)
            {
                if (total <= heap.Peek())
                {
                    continue;
                }

                heap.Dequeue();
            }

            heap.Enqueue(total, total);
            child.Fill(heap, most);
        }
    }
}
