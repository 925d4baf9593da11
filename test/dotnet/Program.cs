// Microsoft's own .NET clients against a running Ringback. The first argument says which; the environment, where.

return args switch
{
    ["routing"] => await Routing.RunAsync(Console.In),
    ["graph"] => await Scenario.RunAsync(GraphFlow.PlayAsync),
    ["communications"] => await Scenario.RunAsync(CommunicationsFlow.PlayAsync),
    _ => throw new ArgumentException("Say routing, graph or communications."),
};
