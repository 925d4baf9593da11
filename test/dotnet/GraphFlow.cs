using Microsoft.Graph;
using Microsoft.Graph.Communications.Calls.Item.Answer;
using Microsoft.Graph.Communications.Calls.Item.Mute;
using Microsoft.Graph.Communications.Calls.Item.Participants.Invite;
using Microsoft.Graph.Communications.Calls.Item.PlayPrompt;
using Microsoft.Graph.Communications.Calls.Item.Reject;
using Microsoft.Graph.Communications.Calls.Item.SubscribeToTone;
using Microsoft.Graph.Models;
using Microsoft.Graph.Models.ODataErrors;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Abstractions.Serialization;

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
        await RejectAsync(bot, graph);
        await CallAsync(bot, graph);
        await CallSeveralAsync(bot, graph);
        await JoinAndInviteAsync(bot, graph);
        await FailAsync(bot, graph);
    }

    /// <summary>What the next notification is about, as this client reads it: a bot that has no SDK for calls does it so.</summary>
    static async Task<T?> NextAsync<T>(Scenario bot, string changeType, string what) where T : Entity
    {
        var data = (await bot.NextAsync(changeType, what))["resourceData"]!.ToJsonString();
        return await KiotaJsonSerializer.DeserializeAsync(data, Entity.CreateFromDiscriminatorValue) as T;
    }

    static async Task AnswerAsync(Scenario bot, GraphServiceClient graph)
    {
        var id = await bot.PlaceCallAsync("caller");
        var incoming = await NextAsync<Call>(bot, "created", "incoming");
        bot.Check(incoming?.Id == id, "the call has the same id everywhere", incoming?.Id);
        bot.Check(incoming is { State: CallState.Incoming, Direction: CallDirection.Incoming }, "notification: an incoming call", incoming?.State);
        var called = incoming?.Targets?.Single().Identity?.Application?.Id;
        bot.Check(called == bot.ApplicationId, "notification: the bot is who was called", called);
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
        var end = await NextAsync<Call>(bot, "deleted", "terminated");
        bot.Check(end is { State: CallState.Terminated, ResultInfo.Code: 200 }, "notification: the end has a result", end?.ResultInfo?.Code);
    }

    static async Task RejectAsync(Scenario bot, GraphServiceClient graph)
    {
        var id = await bot.PlaceCallAsync("stranger");
        await bot.NextAsync("created", "incoming");
        await graph.Communications.Calls[id].Reject.PostAsync(new RejectPostRequestBody { Reason = RejectReason.Busy });
        await NextAsync<Call>(bot, "deleted", "terminated");
    }

    static Call CallTo(Scenario bot, params string[] people) => new()
    {
        CallbackUri = bot.CallbackUri.ToString(),
        RequestedModalities = [Modality.Audio],
        MediaConfig = new ServiceHostedMediaConfig(),
        TenantId = bot.TenantId,
        Targets = [.. people.Select(id => new InvitationParticipantInfo { Identity = new IdentitySet { User = new Identity { Id = id } } })],
    };

    static async Task CallAsync(Scenario bot, GraphServiceClient graph)
    {
        var call = await graph.Communications.Calls.PostAsync(CallTo(bot, "heidi"));
        bot.Check(call is { State: CallState.Establishing, Direction: CallDirection.Outgoing }, "create: establishing, outgoing", call?.State);
        bot.Check(call?.Targets?.Single().Identity?.User?.Id == "heidi", "create: who is called", call?.Targets?.Count);
        bot.Check(call?.Source?.Identity?.Application?.Id == bot.ApplicationId, "create: who calls", call?.Source?.Identity?.Application?.Id);
        await bot.NextAsync("updated", "establishing");
        await bot.NextAsync("updated", "established");
        await bot.NextAsync("updated", "audio");

        var item = graph.Communications.Calls[call!.Id];
        await item.KeepAlive.PostAsync();
        var muted = await item.Mute.PostAsync(new MutePostRequestBody { ClientContext = "mute" });
        bot.Check(muted is { Status: OperationStatus.Completed, ClientContext: "mute" }, "mute: completed", muted?.Status);
        var prompt = new MediaPrompt { MediaInfo = new MediaInfo { Uri = "https://cdn.contoso.com/beep.wav", ResourceId = "beep" } };
        var played = await item.PlayPrompt.PostAsync(new PlayPromptPostRequestBody { ClientContext = "play", Prompts = [prompt] });
        bot.Check(played is { Status: OperationStatus.Running, ClientContext: "play" }, "play: running", played?.Status);
        var heard = await NextAsync<PlayPromptOperation>(bot, "deleted", "completed");
        bot.Check(heard?.Id == played?.Id && heard?.ClientContext == "play", "notification: the prompt that was played", heard?.Id);
        var subscribed = await item.SubscribeToTone.PostAsync(new SubscribeToTonePostRequestBody { ClientContext = "tones" });
        bot.Check(subscribed is { Status: OperationStatus.Completed, ClientContext: "tones" }, "subscribe to tones: completed", subscribed?.Status);
        await bot.SendAsync(HttpMethod.Post, "/simulator/people/heidi/press", new { tone = "pound", callId = call.Id });
        var pressed = await NextAsync<Call>(bot, "updated", "established");
        bot.Check(pressed?.ToneInfo is { Tone: Tone.Pound, SequenceId: 1 }, "notification: the key that was pressed", pressed?.ToneInfo?.Tone);

        await bot.SendAsync(HttpMethod.Post, "/simulator/people/heidi/leave", new { callId = call.Id });
        await bot.NextAsync("deleted", "terminated");
    }

    static async Task CallSeveralAsync(Scenario bot, GraphServiceClient graph)
    {
        var call = await graph.Communications.Calls.PostAsync(CallTo(bot, "heidi", "joni"));
        bot.Check(call?.Targets is { Count: 2 }, "create: a group call", call?.Targets?.Count);
        await bot.NextAsync("updated", "establishing");
        await bot.NextAsync("updated", "established");
        await bot.NextAsync("updated", "roster of 2");
        await bot.NextAsync("updated", "audio");
        var data = (await bot.NextAsync("updated", "roster of 3"))["resourceData"]!.ToJsonString();
        var roster = (await KiotaJsonSerializer.DeserializeCollectionAsync(data, Participant.CreateFromDiscriminatorValue)).ToList();
        var people = roster.Select(one => one.Info?.Identity?.User?.Id).OfType<string>().Order();
        bot.Check(people.SequenceEqual(["heidi", "joni"]), "notification: everybody who has come", string.Join(", ", people));
        await graph.Communications.Calls[call!.Id].DeleteAsync();
        await bot.NextAsync("updated", "terminating");
        await bot.NextAsync("deleted", "terminated");
    }

    /// <summary>As a bot does that is given a link: whoever has organised the meeting and its chat are what it joins with.</summary>
    static async Task<OnlineMeeting> FindMeetingAsync(Scenario bot, GraphServiceClient graph)
    {
        var meetings = graph.Users["organizer"].OnlineMeetings;
        var made = await meetings.PostAsync(new OnlineMeeting { StartDateTime = DateTimeOffset.UtcNow });
        var filter = $"JoinWebUrl eq '{made!.JoinWebUrl}'";
        var found = (await meetings.GetAsync(request => request.QueryParameters.Filter = filter))!.Value!.Single();
        bot.Check(found.Id == made.Id, "the meeting is found by its join URL", found.Id);
        bot.Check(found.JoinMeetingIdSettings?.JoinMeetingId == made.JoinMeetingIdSettings?.JoinMeetingId, "with its number", found.JoinMeetingIdSettings?.JoinMeetingId);
        return found;
    }

    static async Task JoinAndInviteAsync(Scenario bot, GraphServiceClient graph)
    {
        var meeting = await FindMeetingAsync(bot, graph);
        var call = await graph.Communications.Calls.PostAsync(new Call
        {
            CallbackUri = bot.CallbackUri.ToString(),
            RequestedModalities = [Modality.Audio],
            MediaConfig = new ServiceHostedMediaConfig { PreFetchMedia = [new() { Uri = "https://cdn.contoso.com/beep.wav", ResourceId = "beep" }] },
            ChatInfo = new ChatInfo { ThreadId = meeting.ChatInfo!.ThreadId, MessageId = meeting.ChatInfo.MessageId },
            MeetingInfo = new OrganizerMeetingInfo { Organizer = meeting.Participants!.Organizer!.Identity },
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
        var completed = await NextAsync<InviteParticipantsOperation>(bot, "deleted", "completed");
        bot.Check(completed?.Id == operation!.Id, "notification: the operation that completes is the one that began", completed?.Id);
        bot.Check(completed is { Status: OperationStatus.Completed, ResultInfo.Code: 200, Participants.Count: 1 }, "notification: with its result", completed?.Status);
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
