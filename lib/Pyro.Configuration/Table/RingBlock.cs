using static Pyro.Configuration.OptionKind;

namespace Pyro.Configuration.Table;

/// <summary>Membership of a ring; the same options in every ring but the ingesters'.</summary>
internal static class RingBlock
{
    /// <summary>The options of one such block.</summary>
    /// <param name="flag">Start of the flags, without its last dot.</param>
    /// <param name="path">YAML path of the block.</param>
    public static Option[] Of(string flag, string path) =>
    [
        .. KvStoreBlock.Of($"{flag}.", $"{path}.kvstore"),
        .. Block.Advanced(
            new($"{flag}.heartbeat-period", $"{path}.heartbeat_period", Duration, "15s", "Time between heartbeats; 0 sends none."),
            new($"{flag}.heartbeat-timeout", $"{path}.heartbeat_timeout", Duration, "1m",
                "A member without a heartbeat for this long is unhealthy; 0 never."),
            new($"{flag}.instance-id", $"{path}.instance_id", Text, "<hostname>", "Name of this member."),
            new($"{flag}.instance-interface-names", $"{path}.instance_interface_names", List, "",
                "Network interfaces to take the address from; empty takes the private ones."),
            new($"{flag}.instance-port", $"{path}.instance_port", Integer, "0", "Port to advertise; 0 is the listening port.")
            {
                Min = 0, Max = 65535,
            },
            new($"{flag}.instance-addr", $"{path}.instance_addr", Text, "", "Address to advertise; empty takes it from the interfaces."),
            new($"{flag}.instance-enable-ipv6", $"{path}.instance_enable_ipv6", Switch, "false", "Let the advertised address be an IPv6 one.")),
    ];
}
