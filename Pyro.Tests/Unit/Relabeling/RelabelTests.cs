using System.Text;
using Pyro.Profiles.Labels;
using Pyro.Profiles.Relabeling;

namespace Pyro.Tests.Unit.Relabeling;

public class RelabelTests
{
    private static string? Run(RelabelConfig config, params (string Name, string Value)[] labels) =>
        Run(new RelabelRules([new RelabelRule(config)], DefaultRulesPosition.Disabled), labels);

    private static string? Run(RelabelRules rules, params (string Name, string Value)[] labels)
    {
        List<Label> list = [.. labels.Select(l => new Label(l.Name, l.Value))];
        return rules.Apply(list) ? string.Join(' ', list.Select(l => $"{l.Name}={l.Value}")) : null;
    }

    [Fact]
    public void Replace_fills_the_template_from_the_groups()
    {
        var config = new RelabelConfig { SourceLabels = ["team", "role"], Separator = "-", Regex = "(.+)-(?P<last>.+)", TargetLabel = "squad", Replacement = "${last} of $1 $$ $x" };
        Assert.Equal("role=r squad=r of t $  team=t", Run(config, ("team", "t"), ("role", "r")));
        Assert.Equal("team=t", Run(config with { Regex = "x" }, ("team", "t")));
        Assert.Equal("a=1", Run(new RelabelConfig { SourceLabels = ["b"], TargetLabel = "b" }, ("a", "1"), ("b", "")));
        Assert.Equal("a=1 b=set", Run(new RelabelConfig { TargetLabel = "b", Replacement = "set" }, ("a", "1")));
        Assert.Equal("a=1", Run(new RelabelConfig { TargetLabel = "b", Replacement = "" }, ("a", "1"), ("b", "2")));
        Assert.Equal("a=1 v1=1", Run(new RelabelConfig { SourceLabels = ["a"], TargetLabel = "v$1" }, ("a", "1")));
    }

    [Fact]
    public void Expressions_are_anchored()
    {
        var drop = new RelabelConfig { SourceLabels = ["env"], Regex = "dev", Action = RelabelAction.Drop };
        Assert.Null(Run(drop, ("env", "dev")));
        Assert.NotNull(Run(drop, ("env", "dev2")));
        Assert.NotNull(Run(drop, ("env", "dev\n")));
        Assert.Null(Run(drop with { Action = RelabelAction.Keep }, ("env", "dev2")));
    }

    [Fact]
    public void Other_actions_do_as_Prometheus_does()
    {
        Assert.Equal("x=A;B y=c", Run(new RelabelConfig { SourceLabels = ["x"], TargetLabel = "x", Action = RelabelAction.Uppercase }, ("x", "a;b"), ("y", "c")));
        Assert.Equal("x=a", Run(new RelabelConfig { SourceLabels = ["x"], TargetLabel = "x", Action = RelabelAction.Lowercase }, ("x", "A")));
        Assert.Equal("b_1=v k_1=v", Run(new RelabelConfig { Regex = "k_(.*)", Replacement = "b_$1", Action = RelabelAction.LabelMap }, ("k_1", "v")));
        Assert.Equal("a=1", Run(new RelabelConfig { Regex = "b.*", Action = RelabelAction.LabelDrop }, ("a", "1"), ("b", "2"), ("bb", "3")));
        Assert.Equal("b=2 bb=3", Run(new RelabelConfig { Regex = "b.*", Action = RelabelAction.LabelKeep }, ("a", "1"), ("b", "2"), ("bb", "3")));
        Assert.NotNull(Run(new RelabelConfig { SourceLabels = ["a"], TargetLabel = "b", Action = RelabelAction.KeepEqual }, ("a", "1"), ("b", "1")));
        Assert.Null(Run(new RelabelConfig { SourceLabels = ["a"], TargetLabel = "b", Action = RelabelAction.DropEqual }, ("a", "1"), ("b", "1")));

        // Prometheus' own test: hashmod 1000 of "baz".
        Assert.Equal("c=baz d=976", Run(new RelabelConfig { SourceLabels = ["c"], TargetLabel = "d", Modulus = 1000, Action = RelabelAction.HashMod }, ("c", "baz")));
    }

    [Fact]
    public void Built_in_rules_rename_delta_and_wall_profiles()
    {
        Assert.Equal("__delta__=false __name__=memory __name_replaced__=godeltaprof_memory", Run(RelabelRules.Default, ("__name__", "godeltaprof_memory")));
        Assert.Equal("__name__=process_cpu __name_replaced__=wall __type__=cpu", Run(RelabelRules.Default, ("__name__", "wall"), ("__type__", "cpu")));
        Assert.Equal("__name__=wall", Run(RelabelRules.Default, ("__name__", "wall")));
    }

    [Fact]
    public void Rules_without_sense_are_refused()
    {
        Assert.Throws<RelabelConfigException>(() => new RelabelRule(new RelabelConfig { Regex = "(", TargetLabel = "a" }));
        Assert.Throws<RelabelConfigException>(() => new RelabelRule(new RelabelConfig()));
        Assert.Throws<RelabelConfigException>(() => new RelabelRule(new RelabelConfig { Action = RelabelAction.HashMod, TargetLabel = "a" }));
        Assert.Throws<RelabelConfigException>(() => new RelabelRule(new RelabelConfig { Action = RelabelAction.LabelDrop, TargetLabel = "a" }));
        Assert.Null(RelabelConfig.ParseAction("3"));
        Assert.Equal(RelabelAction.LabelMap, RelabelConfig.ParseAction("labelmap"));
    }

    [Fact]
    public void Any_configuration_is_refused_or_runs() => Fuzz.RunText("relabel configuration", ["(.*)\n$1\ntarget", "(?P<a>x+)[^]a\\]]\\Qb\\E\n${a}$$\nt$1", "[[:alpha:]]{2,3}|\\pL\n$\nx"], text =>
    {
        string[] parts = text.Split('\n');
        foreach (RelabelAction action in Enum.GetValues<RelabelAction>())
        {
            try
            {
                var rule = new RelabelRule(new RelabelConfig
                {
                    Regex = parts[0],
                    Replacement = parts.ElementAtOrDefault(1) ?? "$1",
                    TargetLabel = parts.ElementAtOrDefault(2) ?? "",
                    SourceLabels = ["a"],
                    Action = action,
                    Modulus = (ulong)Encoding.UTF8.GetByteCount(text),
                });
                Run(new RelabelRules([rule], DefaultRulesPosition.Last), ("a", "xxab"), ("b", "xx"));
            }
            catch (RelabelConfigException)
            {
            }
        }
    });
}
