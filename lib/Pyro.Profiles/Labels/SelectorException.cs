namespace Pyro.Profiles.Labels;

/// <summary>The text of a selector or profile type cannot be understood; the message is Prometheus' own where that is demanded.</summary>
public sealed class SelectorException(string message) : Exception(message);
