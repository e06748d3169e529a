using Pyro.Blocks.Index;
using Pyro.Blocks.Symbols;
using Pyro.Blocks.Writing;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Records;

namespace Pyro.Ingester.Head;

/// <summary>The rows of a sealed head in the order of a block, whatever order they came in.</summary>
public sealed class HeadRows : IRowSource
{
    private readonly HeadView _view;
    private readonly HeadSeries[] _series;
    private readonly SymbolTables?[] _symbols;
    private int[] _rows = [];
    private int[] _stacks = [];
    private long[] _values = [], _spans = [];
    private int _atSeries = -1;
    private int _atRow;

    /// <summary>All rows of a head that takes no more.</summary>
    public HeadRows(in HeadView view)
    {
        _view = view;
        _symbols = new SymbolTables?[view.Partitions.Length];
        _series = view.Index.Series.ToArray();
        Array.Sort(_series, static (a, b) => LabelPairOrder.Compare(a.Labels, b.Labels));
    }

    /// <inheritdoc/>
    public LabelSet Labels => _series[_atSeries].Labels;

    /// <inheritdoc/>
    public ulong Fingerprint => _series[_atSeries].Fingerprint;

    /// <inheritdoc/>
    public SourceRow Row
    {
        get
        {
            var row = _rows[_atRow];
            var detail = _view.Rows.Details[row];
            var n = detail.Samples.Count;
            Samples(detail.Samples);
            var partition = _view.Partitions[detail.Partition];
            return new SourceRow
            {
                Id = detail.Id,
                TimeNanos = _view.Rows.Times[row],
                DurationNanos = detail.DurationNanos,
                Period = detail.Period,
                Partition = partition.Id,
                Symbols = _symbols[detail.Partition] ??= PartitionTables.Of(partition.View()),
                Stacks = _stacks.AsSpan(0, n),
                Values = _values.AsSpan(0, n),
                Spans = detail.Samples.Spans ? _spans.AsSpan(0, n) : default,
            };
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> NextSeries(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (++_atSeries == _series.Length)
        {
            return ValueTask.FromResult(false);
        }

        var rows = _view.Rows;
        _rows = _series[_atSeries].Rows.ToArray();
        Array.Sort(_rows, (a, b) =>
        {
            var order = rows.Times[a].CompareTo(rows.Times[b]);
            return order != 0 ? order : rows.Details[a].Id.CompareTo(rows.Details[b].Id);
        });
        _atRow = -1;
        return ValueTask.FromResult(true);
    }

    /// <inheritdoc/>
    public ValueTask<bool> NextRow(CancellationToken cancellation) => ValueTask.FromResult(++_atRow < _rows.Length);

    private void Samples(in SamplePlace place)
    {
        var n = place.Count;
        if (_stacks.Length < n)
        {
            var size = Math.Max(n, 2 * _stacks.Length);
            (_stacks, _values, _spans) = (new int[size], new long[size], new long[size]);
        }

        var samples = _view.Rows.Samples;
        var stacks = samples.Stacks(place);
        for (var i = 0; i < n; i++)
        {
            _stacks[i] = (int)stacks[i];
        }

        if (place.Wide)
        {
            samples.WideValues(place).CopyTo(_values);
        }
        else
        {
            var values = samples.NarrowValues(place);
            for (var i = 0; i < n; i++)
            {
                _values[i] = values[i];
            }
        }

        if (place.Spans)
        {
            var spans = samples.Spans(place);
            for (var i = 0; i < n; i++)
            {
                _spans[i] = (long)spans[i];
            }
        }
    }
}
