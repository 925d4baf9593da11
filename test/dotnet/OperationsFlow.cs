using System.Net.Http.Headers;
using System.Text;
using Microsoft.Graph;
using Microsoft.Graph.Communications.Calls.Item;
using Microsoft.Graph.Communications.Calls.Item.AddLargeGalleryView;
using Microsoft.Graph.Communications.Calls.Item.CancelMediaProcessing;
using Microsoft.Graph.Communications.Calls.Item.ChangeScreenSharingRole;
using Microsoft.Graph.Communications.Calls.Item.Participants.Item;
using Microsoft.Graph.Communications.Calls.Item.Participants.Item.StartHoldMusic;
using Microsoft.Graph.Communications.Calls.Item.Participants.Item.StopHoldMusic;
using Microsoft.Graph.Communications.Calls.Item.PlayPrompt;
using Microsoft.Graph.Communications.Calls.Item.RecordResponse;
using Microsoft.Graph.Communications.Calls.Item.Redirect;
using Microsoft.Graph.Communications.Calls.Item.SendDtmfTones;
using Microsoft.Graph.Communications.Calls.Item.SubscribeToTone;
using Microsoft.Graph.Communications.Calls.Item.Transfer;
using Microsoft.Graph.Communications.Calls.Item.Unmute;
using Microsoft.Graph.Communications.Calls.Item.UpdateRecordingStatus;
using Microsoft.Graph.Communications.Calls.LogTeleconferenceDeviceQuality;
using Microsoft.Graph.Models;
using static GraphSteps;
using MuteParticipantBody =
    Microsoft.Graph.Communications.Calls.Item.Participants.Item.Mute.MutePostRequestBody;

/// <summary>
/// Microsoft.Graph 5 calls the operations that <see cref="GraphFlow"/> does not call. People wait until they are made
/// to act.
/// </summary>
static class OperationsFlow
{
    public static async Task PlayAsync(Scenario bot)
    {
        using var graph = CreateClient(bot);
        await bot.RegisterAsync();
        await RedirectAsync(bot, graph);
        await TransferAsync(bot, graph);
        await TransferConsultativelyAsync(bot, graph);
        await ControlMediaAsync(bot, graph);
        await RecordAsync(bot, graph);
        await ControlMeetingAsync(bot, graph);
        await ShareContentAsync(bot, graph);
        await ReportDeviceQualityAsync(bot, graph);
    }

    static InvitationParticipantInfo Person(string id) => new() { Identity = UserIdentity(id) };

    static async Task RedirectAsync(Scenario bot, GraphServiceClient graph)
    {
        var id = await bot.PlaceCallAsync("caller");
        await NextAsync<Call>(bot, "created", "incoming");
        await graph.Communications.Calls[id].Redirect.PostAsync(new RedirectPostRequestBody
        {
            CallbackUri = bot.CallbackUri.ToString(),
            Targets = [Person("heidi")],
            Timeout = 30,
        });
        await bot.ActAsPersonAsync("heidi", "answer", new { callId = id });
        var end = await NextAsync<Call>(bot, "deleted", "terminated");
        bot.CheckEqual(end?.State, CallState.Terminated, "notification: the redirected call is terminated");
        bot.CheckEqual(end?.ResultInfo?.Code, 200, "notification: the redirected call has a result");
        bot.CheckEqual(end?.Source?.Identity?.User?.Id, "caller", "notification: the redirected call has its caller");
        // v1.0 of the client has no such property.
        bot.Check(end?.AdditionalData.ContainsKey("answeredBy") is true, "notification: answeredBy is not lost");
    }

    /// <summary>Calls a person, who answers.</summary>
    static async Task<CallItemRequestBuilder> CallAsync(Scenario bot, GraphServiceClient graph, string personId)
    {
        var call = await graph.Communications.Calls.PostAsync(CallTo(bot, personId));
        await bot.ActAsPersonAsync(personId, "answer", new { callId = call!.Id });
        await ExpectEstablishedAsync(bot);
        return graph.Communications.Calls[call.Id];
    }

    static async Task<string> IdOfAsync(CallItemRequestBuilder item) => (await item.GetAsync())!.Id!;

    static async Task TransferAsync(Scenario bot, GraphServiceClient graph)
    {
        var item = await CallAsync(bot, graph, "heidi");
        await item.Transfer.PostAsync(new TransferPostRequestBody { TransferTarget = Person("joni") });
        var transferring = await NextAsync<Call>(bot, "updated", "transferring");
        bot.CheckEqual(transferring?.State, CallState.Transferring, "notification: the call is transferring");
        await bot.ActAsPersonAsync("joni", "decline", new { callId = transferring?.Id });
        var failed = await NextAsync<Call>(bot, "updated", "established");
        bot.CheckEqual(failed?.State, CallState.Established, "notification: the call is established again");
        bot.CheckEqual(failed?.ResultInfo?.Code, 500, "notification: the transfer has failed");
        bot.CheckEqual(failed?.ResultInfo?.Subcode, 7000, "notification: the failed transfer has a subcode");
        var again = await item.GetAsync();
        bot.CheckEqual(again?.State, CallState.Established, "GET: the call is established again");

        await item.Transfer.PostAsync(new TransferPostRequestBody { TransferTarget = Person("joni") });
        await NextAsync<Call>(bot, "updated", "transferring");
        await bot.ActAsPersonAsync("joni", "answer", new { callId = transferring?.Id });
        var accepted = await NextAsync<Call>(bot, "updated", "transferAccepted");
        bot.CheckEqual(accepted?.State, CallState.TransferAccepted, "notification: the transfer is accepted");
        var end = await NextAsync<Call>(bot, "deleted", "terminated");
        bot.CheckEqual(end?.ResultInfo?.Subcode, 7015, "notification: the transferred call has its subcode");
    }

    static async Task TransferConsultativelyAsync(Scenario bot, GraphServiceClient graph)
    {
        var item = await CallAsync(bot, graph, "heidi");
        var id = await IdOfAsync(item);
        var consultation = await IdOfAsync(await CallAsync(bot, graph, "joni"));
        var target = Person("joni");
        target.ReplacesCallId = consultation;
        var transferee = new ParticipantInfo { Identity = UserIdentity("heidi") };
        await item.Transfer.PostAsync(
            new TransferPostRequestBody { TransferTarget = target, Transferee = transferee });
        await NextAsync<Call>(bot, "updated", "transferring", id);
        await NextAsync<Call>(bot, "updated", "transferAccepted", id);
        var end = await NextAsync<Call>(bot, "deleted", "terminated", id);
        bot.CheckEqual(end?.ResultInfo?.Code, 200, "notification: the transferred call has a result");
        var replaced = await NextAsync<Call>(bot, "deleted", "terminated", consultation);
        bot.CheckEqual(replaced?.State, CallState.Terminated, "notification: the consultation is terminated");
    }

    static async Task ControlMediaAsync(Scenario bot, GraphServiceClient graph)
    {
        var item = await CallAsync(bot, graph, "heidi");
        var unmute = new UnmutePostRequestBody { ClientContext = "unmute" };
        CheckOperation(bot, await item.Unmute.PostAsync(unmute), OperationStatus.Completed, "unmute");
        await SendTonesAsync(bot, item);
        await ReceiveToneAsync(bot, item);
        await CancelAsync(bot, item);
        await HangUpAsync(bot, item);
    }

    static async Task SendTonesAsync(Scenario bot, CallItemRequestBuilder item)
    {
        var sending = await item.SendDtmfTones.PostAsync(new SendDtmfTonesPostRequestBody
        {
            ClientContext = "send",
            Tones = [Tone.Tone1, Tone.Star],
            DelayBetweenTonesMs = 50,
        });
        CheckOperation(bot, sending, OperationStatus.Running, "send");
        var sent = await NextAsync<SendDtmfTonesOperation>(bot, "deleted", "completed");
        CheckOperation(bot, sent, OperationStatus.Completed, "send");
        var reason = SendDtmfCompletionReason.CompletedSuccessfully;
        bot.CheckEqual(sent?.CompletionReason, reason, "notification: the tones have a completionReason");
    }

    static async Task ReceiveToneAsync(Scenario bot, CallItemRequestBuilder item)
    {
        var subscription = new SubscribeToTonePostRequestBody { ClientContext = "subscribe" };
        var subscribed = await item.SubscribeToTone.PostAsync(subscription);
        CheckOperation(bot, subscribed, OperationStatus.Completed, "subscribe");
        await bot.ActAsPersonAsync("heidi", "press", new { tone = "tone5", callId = await IdOfAsync(item) });
        var pressed = await NextAsync<Call>(bot, "updated", "established");
        bot.CheckEqual(pressed?.ToneInfo?.Tone, Tone.Tone5, "notification: the call has the pressed key");
    }

    static async Task CancelAsync(Scenario bot, CallItemRequestBuilder item)
    {
        // It plays until it is canceled.
        var prompt = new MediaPrompt { MediaInfo = BeepMedia(), AdditionalData = { ["loop"] = 0 } };
        await item.PlayPrompt.PostAsync(new PlayPromptPostRequestBody { ClientContext = "play", Prompts = [prompt] });
        var cancellation = new CancelMediaProcessingPostRequestBody { ClientContext = "cancel" };
        var canceled = await item.CancelMediaProcessing.PostAsync(cancellation);
        CheckOperation(bot, canceled, OperationStatus.Completed, "cancel");
        var played = await NextAsync<PlayPromptOperation>(bot, "deleted", "failed");
        CheckOperation(bot, played, OperationStatus.Failed, "play");
        bot.CheckEqual(played?.ResultInfo?.Subcode, 8508, "notification: the canceled prompt has its subcode");
    }

    static async Task RecordAsync(Scenario bot, GraphServiceClient graph)
    {
        var item = await CallAsync(bot, graph, "heidi");
        var running = await item.RecordResponse.PostAsync(new RecordResponsePostRequestBody
        {
            BargeInAllowed = true,
            ClientContext = "record",
            InitialSilenceTimeoutInSeconds = 20,
            MaxRecordDurationInSeconds = 30,
            MaxSilenceTimeoutInSeconds = 1,
            PlayBeep = true,
            Prompts = [new MediaPrompt { MediaInfo = BeepMedia() }],
            StopTones = ["#", "1"],
        });
        CheckOperation(bot, running, OperationStatus.Running, "record");
        await bot.ActAsPersonAsync("heidi", "say", new { seconds = 0.5, callId = await IdOfAsync(item) });
        var recorded = await NextAsync<RecordOperation>(bot, "deleted", "completed");
        CheckOperation(bot, recorded, OperationStatus.Completed, "record");
        bot.CheckEqual(recorded?.ResultInfo?.Code, 200, "notification: the recording has a result");
        var read = await item.Operations[running!.Id].GetAsync() as RecordOperation;
        var location = recorded?.RecordingLocation;
        bot.CheckEqual(read?.RecordingLocation, location, "GET: the operation has the location of the recording");
        await CheckRecordingAsync(bot, recorded!);
        await HangUpAsync(bot, item);
    }

    /// <summary>Reads a recording with its own token, as Microsoft's sample of a voice recorder does.</summary>
    static async Task CheckRecordingAsync(Scenario bot, RecordOperation operation)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Bearer", operation.RecordingAccessToken);
        var reply = await http.GetAsync(operation.RecordingLocation);
        var audio = await reply.Content.ReadAsByteArrayAsync();
        bot.CheckEqual(reply.Content.Headers.ContentType?.MediaType, "audio/wav", "the recording has a media type");
        var header = Encoding.ASCII.GetString(audio.AsSpan(0, 16));
        bot.Check(header.StartsWith("RIFF") && header.EndsWith("WAVEfmt "), "the recording is a WAV file", header);
        bot.CheckEqual(BitConverter.ToInt32(audio, 24), 16_000, "the recording has 16,000 samples per second");
    }

    /// <summary>Joins a meeting with a kind of media, and returns the call.</summary>
    static Task<Call?> JoinAsync(Scenario bot, GraphServiceClient graph, MediaConfig media, CallOptions? options = null)
    {
        var call = CallTo(bot);
        call.Targets = null;
        call.MediaConfig = media;
        call.CallOptions = options;
        call.ChatInfo = new ChatInfo { ThreadId = "19:meeting@thread.v2", MessageId = "0" };
        call.MeetingInfo = new OrganizerMeetingInfo { Organizer = UserIdentity("organizer") };
        return graph.Communications.Calls.PostAsync(call);
    }

    static async Task ControlMeetingAsync(Scenario bot, GraphServiceClient graph)
    {
        var call = await JoinAsync(bot, graph, new ServiceHostedMediaConfig());
        await NextAsync<Call>(bot, "updated", "establishing");
        await NextAsync<Call>(bot, "updated", "established");
        await NextListAsync<Participant>(bot, "updated", "roster of 1");
        await NextAsync<Call>(bot, "updated", "audio");
        await bot.JoinAsPersonAsync("heidi", call!.Id!);
        var roster = await NextListAsync<Participant>(bot, "updated", "roster of 2");
        var heidi = roster.Single(participant => participant.Info?.Identity?.User is not null).Id!;
        var item = graph.Communications.Calls[call.Id];
        await RouteAudioAsync(bot, item, heidi, call.MyParticipantId!);
        await ControlParticipantAsync(bot, item.Participants[heidi]);
        await AddLargeGalleryViewAsync(bot, item);
        await ReportRecordingAsync(bot, item);
        await HangUpAsync(bot, item);
    }

    static async Task RouteAudioAsync(
        Scenario bot, CallItemRequestBuilder item, string participantId, string myParticipantId)
    {
        var created = await item.AudioRoutingGroups.PostAsync(new AudioRoutingGroup
        {
            Id = "private",
            RoutingMode = RoutingMode.OneToOne,
            Sources = [myParticipantId],
            Receivers = [participantId],
        });
        bot.CheckEqual(created?.RoutingMode, RoutingMode.OneToOne, "create: the audio routing group has its mode");
        var list = await item.AudioRoutingGroups.GetAsync();
        bot.CheckEqual(list?.Value?.Single().Id, created?.Id, "list: the call has the audio routing group");
        var group = item.AudioRoutingGroups[created!.Id];
        var read = await group.GetAsync();
        bot.CheckEqual(read?.Receivers?.Single(), participantId, "GET: the audio routing group has its receiver");
        var changed = await group.PatchAsync(new AudioRoutingGroup
        {
            RoutingMode = RoutingMode.Multicast,
            Sources = [participantId],
            Receivers = [myParticipantId],
        });
        bot.CheckEqual(changed?.RoutingMode, RoutingMode.Multicast, "PATCH: the audio routing group has its new mode");
        bot.CheckEqual(changed?.Sources?.Single(), participantId, "PATCH: the audio routing group has its new source");
        await group.DeleteAsync();
        var rest = await item.AudioRoutingGroups.GetAsync();
        bot.CheckEqual(rest?.Value?.Count, 0, "list: the audio routing group is deleted");
    }

    static async Task ControlParticipantAsync(Scenario bot, ParticipantItemRequestBuilder item)
    {
        var heidi = await item.GetAsync();
        bot.CheckEqual(heidi?.Info?.Identity?.User?.Id, "heidi", "GET participant: it has its user");
        var muted = await item.Mute.PostAsync(new MuteParticipantBody { ClientContext = "mute heidi" });
        CheckOperation(bot, muted, OperationStatus.Completed, "mute heidi");
        var roster = await NextListAsync<Participant>(bot, "updated", "roster of 2");
        var entry = roster.Single(participant => participant.Id == heidi?.Id);
        bot.CheckEqual(entry.IsMuted, true, "notification: the participant is muted");

        var hold = new StartHoldMusicPostRequestBody
        {
            ClientContext = "hold",
            CustomPrompt = new MediaPrompt { MediaInfo = BeepMedia() },
        };
        CheckOperation(bot, await item.StartHoldMusic.PostAsync(hold), OperationStatus.Running, "hold");
        var held = await NextAsync<StartHoldMusicOperation>(bot, "deleted", "completed");
        CheckOperation(bot, held, OperationStatus.Completed, "hold");
        var release = new StopHoldMusicPostRequestBody { ClientContext = "release" };
        CheckOperation(bot, await item.StopHoldMusic.PostAsync(release), OperationStatus.Completed, "release");

        await item.DeleteAsync();
        var rest = await NextListAsync<Participant>(bot, "updated", "roster of 1");
        var application = rest.Single().Info?.Identity?.Application?.Id;
        bot.CheckEqual(application, bot.ApplicationId, "notification: only the bot is in the roster");
    }

    static async Task AddLargeGalleryViewAsync(Scenario bot, CallItemRequestBuilder item)
    {
        var body = new AddLargeGalleryViewPostRequestBody { ClientContext = "gallery" };
        var running = await item.AddLargeGalleryView.PostAsync(body);
        CheckOperation(bot, running, OperationStatus.Running, "gallery");
        var added = await NextAsync<AddLargeGalleryViewOperation>(bot, "deleted", "completed");
        bot.CheckEqual(added?.Id, running!.Id, "notification: the operation of the gallery view completes");
        var read = await item.Operations[running.Id].GetAsync() as AddLargeGalleryViewOperation;
        CheckOperation(bot, read, OperationStatus.Completed, "gallery");
    }

    static async Task ReportRecordingAsync(Scenario bot, CallItemRequestBuilder item)
    {
        var report = new UpdateRecordingStatusPostRequestBody
        {
            ClientContext = "report",
            Status = RecordingStatus.Recording,
        };
        var reported = await item.UpdateRecordingStatus.PostAsync(report);
        CheckOperation(bot, reported, OperationStatus.Completed, "report");
        var recording = (await NextListAsync<Participant>(bot, "updated", "roster of 1")).Single().RecordingInfo;
        bot.CheckEqual(recording?.RecordingStatus, RecordingStatus.Recording, "notification: the bot records");
        var initiator = recording?.Initiator?.Application?.Id;
        bot.CheckEqual(initiator, bot.ApplicationId, "notification: the recording has its initiator");
    }

    /// <summary>A bot with its own media, which asks for the notifications that callOptions enable.</summary>
    static async Task ShareContentAsync(Scenario bot, GraphServiceClient graph)
    {
        var options = new OutgoingCallOptions
        {
            IsContentSharingNotificationEnabled = true,
            IsDeltaRosterEnabled = true,
        };
        var call = await JoinAsync(bot, graph, new AppHostedMediaConfig { Blob = "<session>" }, options);
        var isKept = call is
        {
            MediaConfig: AppHostedMediaConfig,
            CallOptions: OutgoingCallOptions { IsContentSharingNotificationEnabled: true, IsDeltaRosterEnabled: true },
        };
        bot.Check(isKept, "create: the call has its media and its options");
        await NextAsync<Call>(bot, "updated", "establishing");
        await NextAsync<Call>(bot, "updated", "established");
        await NextChangesAsync(bot, 1);
        await NextAsync<Call>(bot, "updated", "audio");
        await bot.JoinAsPersonAsync("heidi", call!.Id!);
        var joined = (await NextChangesAsync(bot, 2)).Single();
        bot.CheckEqual(joined.Info?.Identity?.User?.Id, "heidi", "notification: the change has its participant");

        var item = graph.Communications.Calls[call.Id];
        await ShareScreenAsync(bot, item, call.MyParticipantId!);
        await bot.ActAsPersonAsync("heidi", "leave", new { callId = call.Id });
        var left = (await NextChangesAsync(bot, 5)).Single();
        bot.CheckEqual(left.Id, joined.Id, "notification: the participant who left is in the change");
        bot.CheckEqual(left.RemovedState?.Reason, "Removed", "notification: that participant has a removedState");
        await HangUpAsync(bot, item);
    }

    /// <summary>Returns the entries of the next notification of changes in the roster.</summary>
    static async Task<List<Participant>> NextChangesAsync(Scenario bot, long sequenceNumber)
    {
        var changes = (await NextListAsync<DeltaParticipants>(bot, "updated", "changes of 1")).Single();
        bot.CheckEqual(changes.SequenceNumber, sequenceNumber, $"notification: the change has number {sequenceNumber}");
        return changes.Participants!;
    }

    static async Task ShareScreenAsync(Scenario bot, CallItemRequestBuilder item, string myParticipantId)
    {
        var share = new ChangeScreenSharingRolePostRequestBody { Role = ScreenSharingRole.Sharer };
        await item.ChangeScreenSharingRole.PostAsync(share);
        var begun = (await NextListAsync<ContentSharingSession>(bot, "created", "content sharing")).Single();
        var mine = (await NextChangesAsync(bot, 3)).Single();
        bot.CheckEqual(mine.Id, myParticipantId, "notification: the bot is in the change");
        var screen = mine.MediaStreams?.Single(stream => stream.MediaType == Modality.VideoBasedScreenSharing);
        bot.CheckEqual(screen?.Direction, MediaDirection.SendOnly, "notification: the bot sends its screen");

        var list = await item.ContentSharingSessions.GetAsync();
        bot.CheckEqual(list?.Value?.Single().Id, begun.Id, "list: the call has its content sharing session");
        var read = await item.ContentSharingSessions[begun.Id].GetAsync();
        bot.CheckEqual(read?.Id, begun.Id, "GET: the client reads the content sharing session");

        var view = new ChangeScreenSharingRolePostRequestBody { Role = ScreenSharingRole.Viewer };
        await item.ChangeScreenSharingRole.PostAsync(view);
        var ended = (await NextListAsync<ContentSharingSession>(bot, "deleted", "content sharing")).Single();
        bot.CheckEqual(ended.Id, begun.Id, "notification: the same session ends");
        await NextChangesAsync(bot, 4);
    }

    static async Task ReportDeviceQualityAsync(Scenario bot, GraphServiceClient graph)
    {
        var delay = TimeSpan.FromMilliseconds(30);
        await graph.Communications.Calls.LogTeleconferenceDeviceQuality.PostAsync(new()
        {
            Quality = new TeleconferenceDeviceQuality
            {
                CallChainId = Guid.NewGuid(),
                ParticipantId = Guid.NewGuid(),
                MediaLegId = Guid.NewGuid(),
                DeviceName = "Room 1",
                DeviceDescription = "A room",
                MediaQualityList =
                [
                    new TeleconferenceDeviceAudioQuality { ChannelIndex = 1, AverageInboundJitter = delay },
                    new TeleconferenceDeviceVideoQuality { ChannelIndex = 2, AverageInboundFrameRate = 29.97 },
                    new TeleconferenceDeviceScreenSharingQuality { ChannelIndex = 3, InboundPackets = 5500 },
                ],
            },
        });
        bot.Check(true, "the client reports the quality of a device");
    }
}
