using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pyro.Configuration.Yaml;

/// <summary>Reads the one document of a text, with anchors and merge keys; bounded in depth and in size after expansion.</summary>
public sealed class YamlReader
{
    private const int MaxDepth = 64;
    private const int MaxValues = 200_000;

    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, (YamlValue Value, int Size)> _anchors = [];
    private int _values;

    private YamlReader(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>The document, or null when the text holds none.</summary>
    /// <exception cref="YamlFormatException">The text is not YAML, holds a second document, repeats a key, or is too deep or too large.</exception>
    public static YamlValue? Read(string text)
    {
        YamlReader reader = new(text);
        try
        {
            reader._parser.Consume<StreamStart>();
            if (!reader._parser.TryConsume<DocumentStart>(out _))
            {
                return null;
            }
            YamlValue value = reader.ReadValue(0);
            reader._parser.Consume<DocumentEnd>();
            if (!reader._parser.TryConsume<StreamEnd>(out _))
            {
                throw new YamlFormatException("a second document begins here, and only one is read", (int)(reader._parser.Current?.Start.Line ?? 1));
            }
            return value is YamlScalar { Plain: true, Text: "" } ? null : value;
        }
        catch (YamlException e)
        {
            throw new YamlFormatException(e.InnerException?.Message ?? e.Message, (int)e.Start.Line);
        }
        catch (InvalidOperationException)
        {
            // The scanner's answer to some texts that it loses track of.
            throw new YamlFormatException("not YAML", (int)(reader._parser.Current?.End.Line ?? 1));
        }
    }

    private YamlValue ReadValue(int depth)
    {
        ParsingEvent next = _parser.Current ?? throw new YamlFormatException("unexpected end", 1);
        int line = (int)next.Start.Line;
        if (depth > MaxDepth)
        {
            throw new YamlFormatException($"nested deeper than {MaxDepth}", line);
        }
        int before = _values;
        Count(1, line);
        switch (next)
        {
            case AnchorAlias alias:
                _parser.MoveNext();
                if (!_anchors.TryGetValue(alias.Value, out (YamlValue Value, int Size) anchored))
                {
                    throw new YamlFormatException($"unknown anchor {alias.Value}", line);
                }
                Count(anchored.Size, line);
                return anchored.Value;
            case Scalar scalar:
                _parser.MoveNext();
                return Anchored(scalar, new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, line), before);
            case SequenceStart start:
                _parser.MoveNext();
                return Anchored(start, ReadList(depth, line), before);
            case MappingStart start:
                _parser.MoveNext();
                return Anchored(start, ReadMap(depth, line), before);
            default:
                throw new YamlFormatException("a value was expected", line);
        }
    }

    private void Count(int values, int line)
    {
        _values += values;
        if (_values > MaxValues)
        {
            throw new YamlFormatException($"more than {MaxValues} values", line);
        }
    }

    private YamlValue Anchored(NodeEvent node, YamlValue value, int before)
    {
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor] = (value, _values - before);
        }
        return value;
    }

    private YamlList ReadList(int depth, int line)
    {
        List<YamlValue> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadValue(depth + 1));
        }
        return new YamlList(items, line);
    }

    private YamlMap ReadMap(int depth, int line)
    {
        List<YamlEntry> entries = [];
        List<YamlEntry> merged = [];
        HashSet<string> keys = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (ReadValue(depth + 1) is not YamlScalar key)
            {
                throw new YamlFormatException("a key must be a text", line);
            }
            YamlValue value = ReadValue(depth + 1);
            if (key is { Plain: true, Text: "<<" })
            {
                AddMerged(merged, value);
            }
            else if (keys.Add(key.Text))
            {
                entries.Add(new YamlEntry(key.Text, value, key.Line));
            }
            else
            {
                throw new YamlFormatException($"key \"{key.Text}\" is given twice", key.Line);
            }
        }
        foreach (YamlEntry entry in merged)
        {
            if (keys.Add(entry.Key))
            {
                entries.Add(entry);
            }
        }
        return new YamlMap(entries, line);
    }

    private static void AddMerged(List<YamlEntry> merged, YamlValue value)
    {
        switch (value)
        {
            case YamlMap map:
                merged.AddRange(map.Entries);
                break;
            case YamlList list:
                foreach (YamlValue item in list.Items)
                {
                    AddMerged(merged, item);
                }
                break;
            default:
                throw new YamlFormatException("<< takes a mapping", value.Line);
        }
    }
}
