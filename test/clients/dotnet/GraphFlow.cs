using Microsoft.Graph;
using Microsoft.Graph.Communications.Calls.Item.Answer;
using Microsoft.Graph.Communications.Calls.Item.Participants.Invite;
using Microsoft.Graph.Models;
using Microsoft.Graph.Models.ODataErrors;
using Microsoft.Kiota.Abstractions.Authentication;

/// <summary>Microsoft.Graph 5 with its default pipeline.</summary>
static class GraphFlow
{
    class Token(Scenario scenario) : IAccessTokenProvider
    {
        public AllowedHostsValidator AllowedHostsValidator { get; } = new([new Uri(scenario.BaseUrl).Host]);
        public Task<string> GetAuthorizationTokenAsync(Uri uri, Dictionary<string, object>? context, CancellationToken stop) =>
            Task.FromResult(scenario.Token);
    }

    public static async Task PlayAsync(Scenario bot)
    {
        using var graph = new GraphServiceClient(new BaseBearerTokenAuthenticationProvider(new Token(bot)), $"{bot.BaseUrl}/v1.0");
        await bot.RegisterAsync();
        await AnswerAsync(bot, graph);
        await JoinAndInviteAsync(bot, graph);
        await FailAsync(bot, graph);
    }

    static async Task AnswerAsync(Scenario bot, GraphServiceClient graph)
    {
        var id = await bot.PlaceCallAsync("caller");
        var incoming = await bot.NextAsync("created", "incoming");
        bot.Check(incoming["resourceData"]!["id"]!.GetValue<string>() == id, "the call has the same id everywhere");
        await graph.Communications.Calls[id].Answer.PostAsync(new AnswerPostRequestBody
        {
            CallbackUri = bot.CallbackUri.ToString(),
            AcceptedModalities = [Modality.Audio],
            MediaConfig = new ServiceHostedMediaConfig(),
        });
        await bot.NextAsync("updated", "establishing");
        await bot.NextAsync("updated", "established");
        await bot.NextAsync("updated", "audio");

        var call = await graph.Communications.Calls[id].GetAsync();
        bot.Check(call is { State: CallState.Established, Direction: CallDirection.Incoming }, "GET: established, incoming", call?.State);
        bot.Check(call?.Source?.Identity?.User?.DisplayName == "Test User", "GET: who has called", call?.Source?.Identity?.User?.DisplayName);
        bot.Check(call?.MediaState?.Audio == MediaState.Active, "GET: the audio is active", call?.MediaState?.Audio);
        bot.Check(call?.CallChainId is not null && call.MyParticipantId is not null && call.TenantId == bot.TenantId, "GET: ids");
        var participants = await graph.Communications.Calls[id].Participants.GetAsync();
        bot.Check(participants?.Value is { Count: 0 }, "a peer-to-peer call has no roster", participants?.Value?.Count);
        await graph.Communications.Calls[id].DeleteAsync();
        await bot.NextAsync("updated", "terminating");
        var end = await bot.NextAsync("deleted", "terminated");
        bot.Check(end["resourceData"]!["resultInfo"]!["code"]!.GetValue<int>() == 200, "the end has a result");
    }

    static async Task JoinAndInviteAsync(Scenario bot, GraphServiceClient graph)
    {
        var call = await graph.Communications.Calls.PostAsync(new Call
        {
            CallbackUri = bot.CallbackUri.ToString(),
            RequestedModalities = [Modality.Audio],
            MediaConfig = new ServiceHostedMediaConfig { PreFetchMedia = [new() { Uri = "https://cdn.contoso.com/beep.wav", ResourceId = "beep" }] },
            ChatInfo = new ChatInfo { ThreadId = "19:meeting@thread.v2", MessageId = "0" },
            MeetingInfo = new OrganizerMeetingInfo { Organizer = new IdentitySet { User = new Identity { Id = "organizer" } } },
            TenantId = bot.TenantId,
        });
        bot.Check(call is { State: CallState.Establishing, Id.Length: 36 }, "create: the call in the reply", call?.State);
        bot.Check(call?.MediaConfig is ServiceHostedMediaConfig && call.MeetingInfo is OrganizerMeetingInfo, "create: the types of its parts");
        await bot.NextAsync("updated", "establishing");
        await bot.NextAsync("updated", "established");
        await bot.NextAsync("updated", "roster of 1");
        await bot.NextAsync("updated", "audio");

        var item = graph.Communications.Calls[call!.Id];
        var operation = await item.Participants.Invite.PostAsync(new InvitePostRequestBody
        {
            ClientContext = "a context",
            Participants = [new() { Identity = new IdentitySet { User = new Identity { Id = "heidi", DisplayName = "Heidi Steen" } } }],
        });
        bot.Check(operation is { Status: OperationStatus.Running, ClientContext: "a context" }, "invite: running", operation?.Status);
        var completed = await bot.NextAsync("deleted", "completed");
        bot.Check(completed["resourceData"]!["id"]!.GetValue<string>() == operation!.Id, "invite: the operation that completes is the one that began");
        await bot.NextAsync("updated", "roster of 2");

        var later = await item.Operations[operation.Id].GetAsync() as InviteParticipantsOperation;
        bot.Check(later is { Status: OperationStatus.Completed, ResultInfo: { Code: 200, Subcode: 0 } }, "GET operation: completed, with a result", later?.Status);
        bot.Check(later?.Participants?.Single().Identity?.User?.Id == "heidi", "GET operation: whom it invited");
        var roster = (await item.Participants.GetAsync())!.Value!;
        bot.Check(roster.Count == 2 && roster.All(one => one.Info?.Identity is not null), "list: everybody has an identity", roster.Count);
        var me = await item.Participants[call.MyParticipantId].GetAsync();
        bot.Check(me?.Info?.Identity?.Application?.Id == bot.ApplicationId, "GET participant: the bot itself", me?.Info?.Identity?.Application?.Id);
        bot.Check(me is { IsMuted: false, IsInLobby: false, MediaStreams: [{ MediaType: Modality.Audio, ServerMuted: false }] }, "GET participant: its media");
        var groups = await item.AudioRoutingGroups.GetAsync();
        bot.Check(groups?.Value is { Count: 0 }, "list: no audio routing groups", groups?.Value?.Count);
        await item.DeleteAsync();
        await bot.NextAsync("updated", "terminating");
        await bot.NextAsync("deleted", "terminated");
        await FailsAsync(bot, () => item.GetAsync(), 404, "8522", "Call not found.");
    }

    static async Task FailAsync(Scenario bot, GraphServiceClient graph)
    {
        var nowhere = graph.Communications.Calls[Guid.NewGuid().ToString()];
        await FailsAsync(bot, () => nowhere.GetAsync(), 404, "8522", "Call not found.");
        await FailsAsync(bot, () => nowhere.DeleteAsync(), 404, "8522", "Call not found.");
        await FailsAsync(bot, () => graph.Communications.Calls.PostAsync(new Call()), 400, "invalidRequest", "callbackUri");
    }

    static async Task FailsAsync(Scenario bot, Func<Task> send, int status, string code, string says)
    {
        try
        {
            await send();
            bot.Check(false, $"{status} {code}", "no error");
        }
        catch (ODataError error)
        {
            var isRight = error.ResponseStatusCode == status && error.Error?.Code == code && error.Error.Message!.Contains(says);
            bot.Check(isRight, $"{status} {code}: {says}", $"{error.ResponseStatusCode} {error.Error?.Code} {error.Error?.Message}");
        }
    }
}
