namespace Aspire.Dashboard.Telemetry;

/// <summary>A name and its value as text.</summary>
/// <param name="Name">The attribute's key.</param>
/// <param name="Value">The value; lists and maps in the form of JSON.</param>
public readonly record struct TelemetryAttribute(string Name, string Value);

/// <summary>Who sent something: one instance of a service.</summary>
/// <param name="name"><c>service.name</c>, the resource's name in the AppHost.</param>
/// <param name="instance"><c>service.instance.id</c>; may be empty.</param>
/// <param name="attributes">All attributes of the sender.</param>
public sealed class TelemetryResource(string name, string instance, TelemetryAttribute[] attributes)
{
    /// <summary><c>service.name</c>, the resource's name in the AppHost.</summary>
    public string Name { get; } = name;

    /// <summary><c>service.instance.id</c>; may be empty.</summary>
    public string Instance { get; } = instance;

    /// <summary>All attributes of the sender, as it last gave them.</summary>
    public TelemetryAttribute[] Attributes { get; internal set; } = attributes;

    /// <summary>Whether all that the sender sent has this one object, which is counted where it is kept.</summary>
    internal bool IsShared { get; init; } = true;
}

/// <summary>A log record.</summary>
public sealed class LogEntry
{
    /// <summary>Its number in the order of arrival, from 1.</summary>
    public long Id { get; internal set; }

    /// <summary>Who sent it.</summary>
    public required TelemetryResource Resource { get; init; }

    /// <summary>The logger's category.</summary>
    public required string Scope { get; init; }

    /// <summary>Nanoseconds since the epoch, UTC.</summary>
    public required long TimeNanos { get; init; }

    /// <summary>OTLP's severity number, 1 (trace) to 24 (fatal); 0: not given.</summary>
    public required int Severity { get; init; }

    /// <summary>The event's name; may be empty.</summary>
    public required string EventName { get; init; }

    /// <summary>The message.</summary>
    public required string Message { get; init; }

    /// <summary>The record's attributes.</summary>
    public required TelemetryAttribute[] Attributes { get; init; }

    /// <summary>The trace that it was written in; 0: none.</summary>
    public required UInt128 TraceId { get; init; }

    /// <summary>The span that it was written in; 0: none.</summary>
    public required ulong SpanId { get; init; }
}

/// <summary>Something that happened within a span, or a link to another span.</summary>
/// <param name="Name">The event's name; for a link, the other span.</param>
/// <param name="TimeNanos">Nanoseconds since the epoch; 0 for a link.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="LinkedTrace">For a link the other trace; 0 for an event.</param>
public sealed record SpanEvent(string Name, long TimeNanos, TelemetryAttribute[] Attributes, UInt128 LinkedTrace);

/// <summary>A span.</summary>
public sealed class SpanEntry
{
    /// <summary>Who sent it.</summary>
    public required TelemetryResource Resource { get; init; }

    /// <summary>The activity source's name.</summary>
    public required string Scope { get; init; }

    /// <summary>Its trace.</summary>
    public required UInt128 TraceId { get; init; }

    /// <summary>Its own id within the trace.</summary>
    public required ulong SpanId { get; init; }

    /// <summary>The span above it; 0: none.</summary>
    public required ulong ParentId { get; init; }

    /// <summary>What was done.</summary>
    public required string Name { get; init; }

    /// <summary>OTLP's kind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer.</summary>
    public required int Kind { get; init; }

    /// <summary>Nanoseconds since the epoch, UTC.</summary>
    public required long StartNanos { get; init; }

    /// <summary>Nanoseconds since the epoch, UTC; never before the start.</summary>
    public required long EndNanos { get; init; }

    /// <summary>What is said of such times.</summary>
    public const string OddTimes = "The sender gave times that cannot be: an end before the start, or a start more than a day off.";

    /// <summary>Times that cannot be: an end before the start, or a start more than a day from when the span arrived.</summary>
    public required bool HasOddTimes { get; init; }

    /// <summary>OTLP's status: 0 unset, 1 ok, 2 error.</summary>
    public required int Status { get; init; }

    /// <summary>What went wrong; may be empty.</summary>
    public required string StatusMessage { get; init; }

    /// <summary>The span's attributes.</summary>
    public required TelemetryAttribute[] Attributes { get; init; }

    /// <summary>Its events.</summary>
    public required SpanEvent[] Events { get; init; }

    /// <summary>Its links.</summary>
    public required SpanEvent[] Links { get; init; }

    /// <summary>Whether it failed.</summary>
    public bool IsError => Status == 2;
}
