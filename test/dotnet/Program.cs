// Runs one of Microsoft's .NET clients against the service that RINGBACK_BASE_URL names, or the router of the Functions
// host. The argument selects which.

return args switch
{
    ["routing"] => await Routing.RunAsync(Console.In),
    ["graph"] => await Scenario.RunAsync(GraphFlow.PlayAsync),
    ["operations"] => await Scenario.RunAsync(OperationsFlow.PlayAsync),
    ["batch"] => await Scenario.RunAsync(BatchFlow.PlayAsync),
    ["communications"] => await Scenario.RunAsync(CommunicationsFlow.PlayAsync),
    _ => throw new ArgumentException("The argument must be routing, graph, operations, batch or communications."),
};
