using Microsoft.Graph;
using Microsoft.Graph.Communications.Calls.Item;
using Microsoft.Graph.Communications.Calls.Item.Answer;
using Microsoft.Graph.Communications.Calls.Item.Mute;
using Microsoft.Graph.Communications.Calls.Item.Participants.Invite;
using Microsoft.Graph.Communications.Calls.Item.PlayPrompt;
using Microsoft.Graph.Communications.Calls.Item.Reject;
using Microsoft.Graph.Communications.Calls.Item.SubscribeToTone;
using Microsoft.Graph.Models;
using Microsoft.Graph.Models.ODataErrors;
using static GraphSteps;

/// <summary>Microsoft.Graph 5 with its default middleware.</summary>
static class GraphFlow
{
    public static async Task PlayAsync(Scenario bot)
    {
        using var graph = CreateClient(bot);
        await bot.RegisterAsync();
        await AnswerAsync(bot, graph);
        await RejectAsync(bot, graph);
        await CallAsync(bot, graph);
        await CallGroupAsync(bot, graph);
        await JoinAndInviteAsync(bot, graph);
        await FailAsync(bot, graph);
    }

    static async Task AnswerAsync(Scenario bot, GraphServiceClient graph)
    {
        var id = await bot.PlaceCallAsync("caller");
        var incoming = await NextAsync<Call>(bot, "created", "incoming");
        bot.CheckEqual(incoming?.Id, id, "notification and simulator have the same call id");
        bot.CheckEqual(incoming?.State, CallState.Incoming, "notification: the state is incoming");
        bot.CheckEqual(incoming?.Direction, CallDirection.Incoming, "notification: the direction is incoming");
        var target = incoming?.Targets?.Single().Identity?.Application?.Id;
        bot.CheckEqual(target, bot.ApplicationId, "notification: the target is the bot");
        await graph.Communications.Calls[id].Answer.PostAsync(new AnswerPostRequestBody
        {
            CallbackUri = bot.CallbackUri.ToString(),
            AcceptedModalities = [Modality.Audio],
            MediaConfig = new ServiceHostedMediaConfig(),
        });
        await ExpectEstablishedAsync(bot);
        await CheckAnsweredCallAsync(bot, graph.Communications.Calls[id]);
        await graph.Communications.Calls[id].DeleteAsync();
        await bot.NextAsync("updated", "terminating");
        var end = await NextAsync<Call>(bot, "deleted", "terminated");
        bot.CheckEqual(end?.State, CallState.Terminated, "notification: the call is terminated");
        bot.CheckEqual(end?.ResultInfo?.Code, 200, "notification: the terminated call has a result");
    }

    static async Task CheckAnsweredCallAsync(Scenario bot, CallItemRequestBuilder item)
    {
        var call = await item.GetAsync();
        bot.CheckEqual(call?.State, CallState.Established, "GET: the call is established");
        bot.CheckEqual(call?.Direction, CallDirection.Incoming, "GET: the direction is incoming");
        bot.CheckEqual(call?.Source?.Identity?.User?.DisplayName, "Test User", "GET: the call has its caller");
        bot.CheckEqual(call?.MediaState?.Audio, MediaState.Active, "GET: the audio is active");
        bot.Check(call?.CallChainId is not null && call.MyParticipantId is not null, "GET: the call has its ids");
        bot.CheckEqual(call?.TenantId, bot.TenantId, "GET: the call has the tenant of the bot");
        var participants = await item.Participants.GetAsync();
        bot.CheckEqual(participants?.Value?.Count, 0, "a peer-to-peer call has no roster");
    }

    static async Task RejectAsync(Scenario bot, GraphServiceClient graph)
    {
        var id = await bot.PlaceCallAsync("stranger");
        await bot.NextAsync("created", "incoming");
        var body = new RejectPostRequestBody { Reason = RejectReason.Busy };
        await graph.Communications.Calls[id].Reject.PostAsync(body);
        await NextAsync<Call>(bot, "deleted", "terminated");
    }

    static async Task CallAsync(Scenario bot, GraphServiceClient graph)
    {
        var call = await graph.Communications.Calls.PostAsync(CallTo(bot, "heidi"));
        bot.CheckEqual(call?.State, CallState.Establishing, "create: the call is establishing");
        bot.CheckEqual(call?.Direction, CallDirection.Outgoing, "create: the direction is outgoing");
        bot.CheckEqual(call?.Targets?.Single().Identity?.User?.Id, "heidi", "create: the call has its target");
        var source = call?.Source?.Identity?.Application?.Id;
        bot.CheckEqual(source, bot.ApplicationId, "create: the source is the bot");
        await ExpectEstablishedAsync(bot);

        var item = graph.Communications.Calls[call!.Id];
        await item.KeepAlive.PostAsync();
        await MuteAndPlayAsync(bot, item);
        var subscription = new SubscribeToTonePostRequestBody { ClientContext = "tones" };
        var subscribed = await item.SubscribeToTone.PostAsync(subscription);
        CheckOperation(bot, subscribed, OperationStatus.Completed, "tones");
        await bot.ActAsPersonAsync("heidi", "press", new { tone = "pound", callId = call.Id });
        var pressed = await NextAsync<Call>(bot, "updated", "established");
        bot.CheckEqual(pressed?.ToneInfo?.Tone, Tone.Pound, "notification: the call has the pressed key");
        bot.CheckEqual(pressed?.ToneInfo?.SequenceId, 1L, "notification: the first key has the number 1");

        await bot.ActAsPersonAsync("heidi", "leave", new { callId = call.Id });
        await bot.NextAsync("deleted", "terminated");
    }

    static async Task MuteAndPlayAsync(Scenario bot, CallItemRequestBuilder item)
    {
        var muted = await item.Mute.PostAsync(new MutePostRequestBody { ClientContext = "mute" });
        CheckOperation(bot, muted, OperationStatus.Completed, "mute");
        var prompt = new MediaPrompt { MediaInfo = BeepMedia() };
        var play = new PlayPromptPostRequestBody { ClientContext = "play", Prompts = [prompt] };
        var running = await item.PlayPrompt.PostAsync(play);
        CheckOperation(bot, running, OperationStatus.Running, "play");
        var played = await NextAsync<PlayPromptOperation>(bot, "deleted", "completed");
        bot.CheckEqual(played?.Id, running?.Id, "notification: the operation of the prompt completes");
        bot.CheckEqual(played?.ClientContext, "play", "notification: the operation has its clientContext");
    }

    static async Task CallGroupAsync(Scenario bot, GraphServiceClient graph)
    {
        var call = await graph.Communications.Calls.PostAsync(CallTo(bot, "heidi", "joni"));
        bot.CheckEqual(call?.Targets?.Count, 2, "create: the group call has two targets");
        await bot.NextAsync("updated", "establishing");
        await bot.NextAsync("updated", "established");
        await bot.NextAsync("updated", "roster of 2");
        await bot.NextAsync("updated", "audio");
        var roster = await NextListAsync<Participant>(bot, "updated", "roster of 3");
        var people = roster.Select(participant => participant.Info?.Identity?.User?.Id).OfType<string>().Order();
        bot.CheckEqual(string.Join(", ", people), "heidi, joni", "notification: the roster lists both participants");
        await HangUpAsync(bot, graph.Communications.Calls[call!.Id]);
    }

    /// <summary>
    /// Finds a meeting by its link, as a bot does that is given one: it joins with the organizer and the chat.
    /// </summary>
    static async Task<OnlineMeeting> FindMeetingAsync(Scenario bot, GraphServiceClient graph)
    {
        var meetings = graph.Users["organizer"].OnlineMeetings;
        var created = await meetings.PostAsync(new OnlineMeeting { StartDateTime = DateTimeOffset.UtcNow });
        var filter = $"JoinWebUrl eq '{created!.JoinWebUrl}'";
        var page = await meetings.GetAsync(request => request.QueryParameters.Filter = filter);
        var found = page!.Value!.Single();
        bot.CheckEqual(found.Id, created.Id, "the filter finds the meeting by its join URL");
        var number = found.JoinMeetingIdSettings?.JoinMeetingId;
        bot.CheckEqual(number, created.JoinMeetingIdSettings?.JoinMeetingId, "the found meeting has its number");
        return found;
    }

    static async Task JoinAndInviteAsync(Scenario bot, GraphServiceClient graph)
    {
        var meeting = await FindMeetingAsync(bot, graph);
        var call = await JoinAsync(bot, graph, meeting);
        var item = graph.Communications.Calls[call.Id];
        var operationId = await InviteAsync(bot, item);
        await CheckInvitationAsync(bot, item, operationId);
        await CheckRosterAsync(bot, item, call.MyParticipantId!);
        var groups = await item.AudioRoutingGroups.GetAsync();
        bot.CheckEqual(groups?.Value?.Count, 0, "list: the call has no audio routing groups");
        await HangUpAsync(bot, item);
        await ExpectErrorAsync(bot, () => item.GetAsync(), new(404, "8522", "Call not found."));
    }

    static async Task<Call> JoinAsync(Scenario bot, GraphServiceClient graph, OnlineMeeting meeting)
    {
        var call = await graph.Communications.Calls.PostAsync(new Call
        {
            CallbackUri = bot.CallbackUri.ToString(),
            RequestedModalities = [Modality.Audio],
            MediaConfig = new ServiceHostedMediaConfig { PreFetchMedia = [BeepMedia()] },
            ChatInfo = new ChatInfo
            {
                ThreadId = meeting.ChatInfo!.ThreadId,
                MessageId = meeting.ChatInfo.MessageId,
            },
            MeetingInfo = new OrganizerMeetingInfo { Organizer = meeting.Participants!.Organizer!.Identity },
            TenantId = bot.TenantId,
        });
        bot.CheckEqual(call?.State, CallState.Establishing, "create: the call is establishing");
        bot.CheckEqual(call?.Id?.Length, 36, "create: the id of the call is a GUID");
        bot.Check(call?.MediaConfig is ServiceHostedMediaConfig, "create: mediaConfig has its type", call?.MediaConfig);
        bot.Check(call?.MeetingInfo is OrganizerMeetingInfo, "create: meetingInfo has its type", call?.MeetingInfo);
        await bot.NextAsync("updated", "establishing");
        await bot.NextAsync("updated", "established");
        await bot.NextAsync("updated", "roster of 1");
        await bot.NextAsync("updated", "audio");
        return call!;
    }

    /// <summary>Invites a participant and checks the notifications. Returns the id of the operation.</summary>
    static async Task<string> InviteAsync(Scenario bot, CallItemRequestBuilder item)
    {
        var operation = await item.Participants.Invite.PostAsync(new InvitePostRequestBody
        {
            ClientContext = "invite",
            Participants = [new() { Identity = UserIdentity("heidi", "Heidi Steen") }],
        });
        CheckOperation(bot, operation, OperationStatus.Running, "invite");
        var completed = await NextAsync<InviteParticipantsOperation>(bot, "deleted", "completed");
        bot.CheckEqual(completed?.Id, operation!.Id, "notification: the operation of the invitation completes");
        bot.CheckEqual(completed?.Status, OperationStatus.Completed, "notification: the operation is completed");
        bot.CheckEqual(completed?.ResultInfo?.Code, 200, "notification: the operation has a result");
        bot.CheckEqual(completed?.Participants?.Count, 1, "notification: the operation has its participant");
        await bot.NextAsync("updated", "roster of 2");
        return operation.Id!;
    }

    static async Task CheckInvitationAsync(Scenario bot, CallItemRequestBuilder item, string operationId)
    {
        var operation = await item.Operations[operationId].GetAsync() as InviteParticipantsOperation;
        bot.CheckEqual(operation?.Status, OperationStatus.Completed, "GET: the operation is completed");
        bot.CheckEqual(operation?.ResultInfo?.Code, 200, "GET: the operation has a result");
        bot.CheckEqual(operation?.ResultInfo?.Subcode, 0, "GET: the result has a subcode");
        var invited = operation?.Participants?.Single().Identity?.User?.Id;
        bot.CheckEqual(invited, "heidi", "GET: the operation has its participant");
    }

    static async Task CheckRosterAsync(Scenario bot, CallItemRequestBuilder item, string myParticipantId)
    {
        var roster = (await item.Participants.GetAsync())!.Value!;
        bot.CheckEqual(roster.Count, 2, "list: the roster has two participants");
        bot.Check(roster.All(participant => participant.Info?.Identity is not null), "list: all have an identity");
        var me = await item.Participants[myParticipantId].GetAsync();
        var applicationId = me?.Info?.Identity?.Application?.Id;
        bot.CheckEqual(applicationId, bot.ApplicationId, "GET participant: myParticipantId identifies the bot");
        var isAudible = me is
        {
            IsMuted: false,
            IsInLobby: false,
            MediaStreams: [{ MediaType: Modality.Audio, ServerMuted: false }],
        };
        bot.Check(isAudible, "GET participant: the bot is not muted and has an audio stream");
    }

    record ExpectedError(int Status, string Code, string Message);

    static async Task FailAsync(Scenario bot, GraphServiceClient graph)
    {
        var calls = graph.Communications.Calls;
        var unknown = calls[Guid.NewGuid().ToString()];
        var notFound = new ExpectedError(404, "8522", "Call not found.");
        await ExpectErrorAsync(bot, () => unknown.GetAsync(), notFound);
        await ExpectErrorAsync(bot, () => unknown.DeleteAsync(), notFound);
        await ExpectErrorAsync(bot, () => calls.PostAsync(new Call()), new(400, "invalidRequest", "callbackUri"));
    }

    static async Task ExpectErrorAsync(Scenario bot, Func<Task> send, ExpectedError expected)
    {
        var claim = $"the client throws {expected.Status} {expected.Code}: {expected.Message}";
        try
        {
            await send();
            bot.Check(false, claim, "no error");
        }
        catch (ODataError error)
        {
            var isExpected = error.ResponseStatusCode == expected.Status
                && error.Error?.Code == expected.Code
                && error.Error.Message!.Contains(expected.Message);
            bot.Check(isExpected, claim, $"{error.ResponseStatusCode} {error.Error?.Code} {error.Error?.Message}");
        }
    }
}
