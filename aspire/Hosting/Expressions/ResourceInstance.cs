namespace Aspire.Hosting.ApplicationModel;

/// <summary>One instance of a resource, as its own environment and arguments see it.</summary>
/// <param name="Id">Its name, such as <c>ingester-abcdefgh</c>.</param>
/// <param name="Suffix">What tells it from the others, such as <c>abcdefgh</c>.</param>
/// <param name="TargetPorts">The port that the process listens on, for each endpoint.</param>
internal sealed record ResourceInstance(string Id, string Suffix, IReadOnlyDictionary<EndpointAnnotation, int> TargetPorts);

/// <summary>A value that each instance has its own of.</summary>
/// <param name="Of">Reads it.</param>
internal sealed record InstanceValue(Func<ResourceInstance, string> Of);

/// <summary>A value as a process gets it.</summary>
/// <param name="Text">The value.</param>
/// <param name="IsSecret">Whether a secret is in it, so that it is masked where it is shown.</param>
internal readonly record struct ResolvedValue(string Text, bool IsSecret);

/// <summary>A text that is masked where it is shown.</summary>
/// <param name="Text">The text.</param>
internal sealed record SecretText(string Text);
