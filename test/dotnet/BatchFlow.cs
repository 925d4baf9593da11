using System.Net;
using Microsoft.Graph;
using Microsoft.Graph.Models;
using Microsoft.Graph.Models.CallRecords;
using Microsoft.Kiota.Abstractions;
using static GraphSteps;

/// <summary>Microsoft.Graph 5 with its batch helpers, $select, lists and call records.</summary>
static class BatchFlow
{
    public static async Task PlayAsync(Scenario bot)
    {
        using var graph = CreateClient(bot);
        var id = await CreateInBatchAsync(bot, graph);
        await FailInBatchAsync(bot, graph, id);
        await SendManyAsync(bot, graph, id);
        await SelectAsync(bot, graph, id);
        await graph.Communications.Calls[id].DeleteAsync();
        await ReadRecordAsync(bot, graph, id);
        await ListAsync(bot, graph, id);
    }

    static async Task<string> CreateInBatchAsync(Scenario bot, GraphServiceClient graph)
    {
        var calls = graph.Communications.Calls;
        var batch = new BatchRequestContentCollection(graph);
        var createId = await batch.AddBatchRequestStepAsync(calls.ToPostRequestInformation(CallTo(bot, "heidi")));
        var unknownId = await batch.AddBatchRequestStepAsync(calls[Guid.NewGuid().ToString()].ToGetRequestInformation());
        var reply = await graph.Batch.PostAsync(batch);
        var created = await reply.GetResponseByIdAsync<Call>(createId);
        bot.CheckEqual(created?.State, CallState.Establishing, "batch: the call is created");
        using var unknown = await reply.GetResponseByIdAsync(unknownId);
        bot.CheckEqual(unknown?.StatusCode, HttpStatusCode.NotFound, "batch: the unknown call is not found");
        await ExpectEstablishedAsync(bot);
        return created!.Id!;
    }

    static async Task FailInBatchAsync(Scenario bot, GraphServiceClient graph, string id)
    {
        var calls = graph.Communications.Calls;
        async Task<HttpRequestMessage> ConvertAsync(RequestInformation request) =>
            (await graph.RequestAdapter.ConvertToNativeRequestAsync<HttpRequestMessage>(request))!;
        var batch = new BatchRequestContentCollection(graph);
        var unknown = await ConvertAsync(calls[Guid.NewGuid().ToString()].ToGetRequestInformation());
        batch.AddBatchRequestStep(new BatchRequestStep("1", unknown));
        var delete = await ConvertAsync(calls[id].ToDeleteRequestInformation());
        batch.AddBatchRequestStep(new BatchRequestStep("2", delete, ["1"]));
        var statuses = await (await graph.Batch.PostAsync(batch)).GetResponsesStatusCodesAsync();
        bot.CheckEqual(statuses["1"], HttpStatusCode.NotFound, "dependsOn: the first request fails");
        bot.CheckEqual(statuses["2"], HttpStatusCode.FailedDependency, "dependsOn: the second is not carried out");
    }

    /// <summary>The client divides more than 20 requests into several batches.</summary>
    static async Task SendManyAsync(Scenario bot, GraphServiceClient graph, string id)
    {
        var batch = new BatchRequestContentCollection(graph);
        for (var count = 0; count < 25; count++)
        {
            await batch.AddBatchRequestStepAsync(graph.Communications.Calls[id].ToGetRequestInformation());
        }
        var statuses = await (await graph.Batch.PostAsync(batch)).GetResponsesStatusCodesAsync();
        bot.CheckEqual(statuses.Values.Count(status => status == HttpStatusCode.OK), 25, "batch: 25 requests succeed");
    }

    static async Task SelectAsync(Scenario bot, GraphServiceClient graph, string id)
    {
        var call = await graph.Communications.Calls[id].GetAsync(request =>
            request.QueryParameters.Select = ["state", "subject"]);
        bot.Check(call is { State: CallState.Established, Id: not null, Direction: null }, "$select: the call has its state");
        var roster = await graph.Communications.Calls[id].Participants.GetAsync(request =>
            request.QueryParameters.Select = ["info"]);
        bot.CheckEqual(roster?.Value?.Count, 0, "$select: the roster of a peer-to-peer call is empty");
    }

    static async Task ReadRecordAsync(Scenario bot, GraphServiceClient graph, string id)
    {
        var record = await graph.Communications.CallRecords[id].GetAsync(request =>
            request.QueryParameters.Expand = ["sessions($expand=segments)", "participants_v2"]);
        bot.CheckEqual(record?.Id, id, "record: its id is that of the call");
        bot.CheckEqual(record?.Type, CallType.PeerToPeer, "record: the call is peer-to-peer");
        bot.CheckEqual(record?.Version, 1L, "record: it has a version");
        bot.Check(record?.StartDateTime <= record?.EndDateTime, "record: the call has begun before it ended");
        var isAudio = record?.Modalities is [Microsoft.Graph.Models.CallRecords.Modality.Audio];
        bot.Check(isAudio, "record: the modality is audio");
        bot.CheckEqual(record?.OrganizerV2?.Id, bot.ApplicationId, "record: the bot is the organizer");
        bot.CheckEqual(record?.OrganizerV2?.Identity?.Application?.Id, bot.ApplicationId, "record: it has an identity");
        var people = string.Join(' ', record!.ParticipantsV2!.Select(participant => participant.Id));
        bot.CheckEqual(people, $"{bot.ApplicationId} heidi", "record: it has two participants");
        var session = record.Sessions!.Single();
        var role = ((session.Caller as ServiceEndpoint)?.UserAgent as ServiceUserAgent)?.Role;
        bot.CheckEqual(role, ServiceRole.CustomBot, "session: the caller is a bot");
        var callee = (session.Callee as ParticipantEndpoint)?.AssociatedIdentity?.Id;
        bot.CheckEqual(callee, "heidi", "session: the callee is Heidi");
        bot.Check(session.FailureInfo is null && session.IsTest == false, "session: it has not failed");
        bot.CheckEqual(session.Segments!.Single().EndDateTime, record.EndDateTime, "segment: it ends with the call");
    }

    static async Task ListAsync(Scenario bot, GraphServiceClient graph, string id)
    {
        var records = new List<string?>();
        var page = await graph.Communications.CallRecords.GetAsync(request =>
            request.QueryParameters.Filter = $"startDateTime ge {DateTime.UtcNow.AddMinutes(-10):yyyy-MM-ddTHH:mm:ssZ}");
        var iterator = PageIterator<CallRecord, CallRecordCollectionResponse>.CreatePageIterator(graph, page!, record =>
        {
            records.Add(record.Id);
            return true;
        });
        await iterator.IterateAsync();
        bot.CheckEqual(string.Join(' ', records), id, "records: the list has the call of the tenant");

        var calls = await graph.Communications.Calls.GetAsync();
        var isListed = calls!.Value!.Any(call => call.Id == id && call.State == CallState.Terminated);
        bot.Check(isListed, "calls: an operator lists the call");
    }
}
